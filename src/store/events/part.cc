#include "store/events/part.h"

#include <utility>

namespace tripod::store {

base::Result<PartPtr> Part::open(base::Fs& fs, const std::string& dir, std::string name, PartReaderCache* cache) {
  std::string path = dir + "/" + name;
  auto reader = PartReader::open(fs, path);
  if (!reader) return base::fail(std::move(reader.error()));
  if (auto blocks = (*reader)->blocks(); !blocks) return base::fail(std::move(blocks.error()));
  auto directory = (*reader)->directory();
  if (!directory) return base::fail(std::move(directory.error()));
  std::shared_ptr<Part> part(new Part(fs, std::move(path), std::move(name), **reader, (*directory)->replaces));
  part->cache_ = cache;
  return PartPtr(std::move(part));
}

base::Result<std::shared_ptr<const PartReader>> Part::read() const {
  if (cache_ != nullptr) return cache_->get(fs_, path_);
  auto reader = PartReader::open(fs_, path_);
  if (!reader) return base::fail(std::move(reader.error()));
  return std::shared_ptr<const PartReader>(std::move(*reader));
}

Part::~Part() {
  if (cache_ != nullptr) cache_->forget(path_);
  // A file that cannot be removed is left to the next start, which finds it unlisted.
  if (retired_.load(std::memory_order_relaxed)) (void)fs_.remove(path_);
}

}  // namespace tripod::store
