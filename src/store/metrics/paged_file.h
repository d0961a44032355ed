// A file whose pages have checksums, each verified before its bytes are used: once where the file
// is mapped.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/fs.h"
#include "base/result.h"

namespace tripod::store::metrics {

// Thread-safe.
class PagedFile {
 public:
  // `hashes`: the low 32 bits of each page's hash, in order; the last page may be shorter.
  PagedFile(std::unique_ptr<base::ReadFile> file, uint64_t size, std::vector<uint32_t> hashes);

  // Bytes [offset, offset + size), verified. They point into the mapping or into `scratch`, and are
  // valid as long as both. kDataLoss when they are outside the file or a page is damaged.
  base::Result<std::string_view> view(uint64_t offset, size_t size, std::string& scratch) const;
  // Reads page by page, and calls `damaged(offset, size)` for those that are not what was written. Errors of the disk end it.
  base::Result<> check(const std::function<void(uint64_t, uint64_t)>& damaged) const;

 private:
  base::Result<> verify(size_t page, std::string_view bytes) const;

  const std::unique_ptr<base::ReadFile> file_;
  const uint64_t size_;
  const std::vector<uint32_t> hashes_;
  const std::string_view mapped_;
  const std::unique_ptr<std::atomic<bool>[]> verified_;
};

}  // namespace tripod::store::metrics
