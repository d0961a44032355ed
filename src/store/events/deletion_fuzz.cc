// Any bytes as the file of deletions and as a predicate: refused, or what comes of them reads the same when written again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/hash.h"
#include "store/events/deletion_file.h"
#include "store/events/predicate_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod::store;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto predicate = decode_predicate(bytes)) {
    const std::string again = encode_predicate(*predicate);
    const auto twice = decode_predicate(again);
    TRIPOD_CHECK(twice && encode_predicate(*twice) == again);
  }
  // With the right checksum, so that what is behind it is reached.
  std::string whole(bytes);
  const uint64_t checksum = tripod::base::hash64(whole);
  whole.append(reinterpret_cast<const char*>(&checksum), sizeof(checksum));
  if (const auto list = DeletionList::decode(whole)) {
    const std::string again = list->encode();
    const auto twice = DeletionList::decode(again);
    TRIPOD_CHECK(twice && twice->encode() == again && twice->deletions.size() == list->deletions.size());
  }
  return 0;
}
