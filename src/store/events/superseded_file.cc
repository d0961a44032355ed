#include "store/events/superseded_file.h"

#include <cstring>

#include "base/hash.h"
#include "store/events/varint.h"

namespace tripod::store {
namespace {

constexpr char kMagic[8] = {'T', 'r', 'i', 'p', 'o', 'd', 'S', 's'};
constexpr uint32_t kVersion = 1;
constexpr uint64_t kMost = uint64_t{1} << 32;

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t reserved;
};
static_assert(sizeof(Header) == 16);

}  // namespace

std::string encode_superseded(const SequenceSet& superseded) {
  Header header{{}, kVersion, 0};
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  std::string out;
  append_word(out, header);
  out.append(superseded.encode());
  append_word(out, base::hash64(out));
  return out;
}

base::Result<SequenceSet> decode_superseded(std::string_view bytes) {
  Header header{};
  CheckedReader in(bytes);
  if (!in.word(header) || std::memcmp(header.magic, kMagic, sizeof(kMagic)) != 0 || in.left() < sizeof(uint64_t)) {
    return base::fail(base::Code::kDataLoss, "not a file of superseded records");
  }
  if (header.version != kVersion) {
    return base::fail(base::Code::kUnsupported, "superseded records of version " + std::to_string(header.version) +
                                                    ": this program reads version " + std::to_string(kVersion));
  }
  const std::string_view content = bytes.substr(0, bytes.size() - sizeof(uint64_t));
  if (load_word<uint64_t>(bytes.data() + content.size()) != base::hash64(content)) {
    return base::fail(base::Code::kDataLoss, "superseded records: checksum");
  }
  return SequenceSet::decode(content.substr(sizeof(Header)), kMost);
}

}  // namespace tripod::store
