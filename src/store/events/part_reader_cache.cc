#include "store/events/part_reader_cache.h"

#include <utility>

namespace tripod::store {

base::Result<std::shared_ptr<const PartReader>> PartReaderCache::get(base::Fs& fs, const std::string& path) {
  {
    std::lock_guard lock(mu_);
    if (const auto found = by_path_.find(path); found != by_path_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      auto reader = entries_.front().reader;
      trim();
      return reader;
    }
  }
  auto opened = PartReader::open(fs, path);
  if (!opened) return base::fail(std::move(opened.error()));
  std::shared_ptr<const PartReader> reader = std::move(*opened);
  std::lock_guard lock(mu_);
  if (const auto found = by_path_.find(path); found != by_path_.end()) return found->second->reader;
  entries_.push_front({path, reader, {}});
  by_path_[path] = entries_.begin();
  trim();
  return reader;
}

// Readers grow while they are used: what they take is looked at whenever one is asked for. The one just used stays.
void PartReaderCache::trim() {
  size_t bytes = 0, files = 0;
  for (auto at = entries_.begin(); at != entries_.end();) {
    const size_t size = at->reader->memory_bytes();
    bytes += size;
    ++files;
    if (at->charge.bytes() != size) {
      at->charge = {};
      at->charge = budget_.try_charge(size);
    }
    const bool first = at == entries_.begin();
    const bool charged = at->charge || size == 0;
    if (!first && (bytes > limits_.bytes || files > limits_.files || !charged)) {
      by_path_.erase(at->path);
      at = entries_.erase(at);
      bytes -= size;
      --files;
    } else {
      ++at;
    }
  }
}

void PartReaderCache::forget(const std::string& path) {
  std::lock_guard lock(mu_);
  const auto found = by_path_.find(path);
  if (found == by_path_.end()) return;
  entries_.erase(found->second);
  by_path_.erase(found);
}

size_t PartReaderCache::memory_bytes() const {
  std::lock_guard lock(mu_);
  size_t bytes = 0;
  for (const Entry& entry : entries_) bytes += entry.reader->memory_bytes();
  return bytes;
}

size_t PartReaderCache::open_files() const {
  std::lock_guard lock(mu_);
  return entries_.size();
}

}  // namespace tripod::store
