#include "store/metrics/paged_file.h"

#include <algorithm>

#include "base/hash.h"
#include "store/metrics/block_format.h"

namespace tripod::store::metrics {

using base::Code;
using base::fail;
using base::Result;

PagedFile::PagedFile(std::unique_ptr<base::ReadFile> file, uint64_t size,
                     std::vector<uint32_t> hashes)
    : file_(std::move(file)),
      size_(size),
      hashes_(std::move(hashes)),
      mapped_(file_->mapped()),
      verified_(std::make_unique<std::atomic<bool>[]>(hashes_.size())) {}

Result<> PagedFile::verify(size_t page, std::string_view bytes) const {
  if (page < hashes_.size() && static_cast<uint32_t>(base::hash64(bytes)) == hashes_[page]) {
    return {};
  }
  return fail(Code::kDataLoss, "page " + std::to_string(page) + " of a chunks file is damaged");
}

Result<std::string_view> PagedFile::view(uint64_t offset, size_t size, std::string& scratch) const {
  if (offset > size_ || size > size_ - offset || size == 0) {
    return fail(Code::kDataLoss, "a chunk lies outside its file");
  }
  const uint64_t first = offset / kPageBytes;
  const uint64_t last = (offset + size - 1) / kPageBytes;
  const uint64_t from = first * kPageBytes;
  const uint64_t to = std::min(size_, (last + 1) * kPageBytes);
  std::string_view pages;
  if (mapped_.size() >= to) {
    pages = mapped_.substr(from, to - from);
  } else {
    auto read = file_->read(from, to - from);
    if (!read) return fail(std::move(read.error()));
    scratch = std::move(*read);
    pages = scratch;
  }
  for (uint64_t page = first; page <= last; ++page) {
    const bool known = !mapped_.empty() && page < hashes_.size() &&
                       verified_[page].load(std::memory_order_relaxed);
    if (known) continue;
    auto sound = verify(page, pages.substr((page - first) * kPageBytes, kPageBytes));
    if (!sound) return fail(std::move(sound.error()));
    verified_[page].store(true, std::memory_order_relaxed);
  }
  return pages.substr(offset - from, size);
}

Result<> PagedFile::check(const std::function<void(uint64_t, uint64_t)>& damaged) const {
  for (uint64_t offset = 0; offset < size_; offset += kPageBytes) {
    const uint64_t size = std::min<uint64_t>(kPageBytes, size_ - offset);
    auto bytes = file_->read(offset, size);
    if (!bytes && bytes.error().code != Code::kDataLoss) return fail(std::move(bytes.error()));
    if (!bytes || !verify(offset / kPageBytes, *bytes)) damaged(offset, size);
  }
  return {};
}

}  // namespace tripod::store::metrics
