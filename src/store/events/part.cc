#include "store/events/part.h"

#include <utility>

namespace tripod::store {

base::Result<PartPtr> Part::open(base::Fs& fs, const std::string& dir, std::string name) {
  std::string path = dir + "/" + name;
  auto reader = PartReader::open(fs, path);
  if (!reader) return base::fail(std::move(reader.error()));
  if (auto blocks = (*reader)->blocks(); !blocks) return base::fail(std::move(blocks.error()));
  auto directory = (*reader)->directory();
  if (!directory) return base::fail(std::move(directory.error()));
  return PartPtr(new Part(fs, std::move(path), std::move(name), **reader, (*directory)->replaces));
}

Part::~Part() {
  // A file that cannot be removed is left to the next start, which finds it unlisted.
  if (retired_.load(std::memory_order_relaxed)) (void)fs_.remove(path_);
}

}  // namespace tripod::store
