#include "store/events/deletion_file.h"

#include <cstring>
#include <utility>

#include "base/hash.h"
#include "store/events/predicate_codec.h"
#include "store/events/varint.h"

namespace tripod::store {
namespace {

constexpr char kMagic[8] = {'T', 'r', 'i', 'p', 'o', 'd', 'D', 'l'};
constexpr uint32_t kVersion = 1;

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t reserved;
};
static_assert(sizeof(Header) == 16);

base::Result<std::shared_ptr<const Deletion>> read_deletion(CheckedReader& in) {
  const auto bad = [] { return base::fail(base::Code::kDataLoss, "deletions: malformed"); };
  auto out = std::make_shared<Deletion>();
  uint64_t start = 0, end = 0, created = 0;
  std::string_view predicate, text;
  if (!in.varint(out->id) || !in.varint(start) || !in.varint(end) || !in.varint(out->max_sequence) ||
      !in.varint(created) || !in.text(predicate) || !in.text(text)) {
    return bad();
  }
  out->range = {unzigzag(start), unzigzag(end)};
  out->created = unzigzag(created);
  out->text = text;
  auto decoded = decode_predicate(predicate);
  if (!decoded) return base::fail(std::move(decoded.error()));
  out->predicate = std::move(*decoded);
  auto filter = Filter::compile(out->predicate);
  if (!filter) return bad();
  out->filter = std::move(*filter);
  return out;
}

}  // namespace

std::string DeletionList::encode() const {
  Header header{{}, kVersion, 0};
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  std::string out;
  append_word(out, header);
  append_varint(out, next_id);
  append_varint(out, deletions.size());
  for (const auto& deletion : deletions) {
    append_varint(out, deletion->id);
    append_varint(out, zigzag(deletion->range.start));
    append_varint(out, zigzag(deletion->range.end));
    append_varint(out, deletion->max_sequence);
    append_varint(out, zigzag(deletion->created));
    append_text(out, encode_predicate(deletion->predicate));
    append_text(out, deletion->text);
  }
  append_word(out, base::hash64(out));
  return out;
}

base::Result<DeletionList> DeletionList::decode(std::string_view bytes) {
  const auto bad = [](std::string_view what) {
    return base::fail(base::Code::kDataLoss, "deletions: " + std::string(what));
  };
  CheckedReader in(bytes);
  Header header{};
  if (!in.word(header) || std::memcmp(header.magic, kMagic, sizeof(kMagic)) != 0) return bad("not a file of deletions");
  if (header.version != kVersion) {
    return base::fail(base::Code::kUnsupported, "deletions of version " + std::to_string(header.version) +
                                                    ": this program reads version " + std::to_string(kVersion));
  }
  if (in.left() < sizeof(uint64_t)) return bad("cut off");
  const std::string_view content = bytes.substr(0, bytes.size() - sizeof(uint64_t));
  if (load_word<uint64_t>(bytes.data() + content.size()) != base::hash64(content)) return bad("checksum");
  CheckedReader body(content.substr(sizeof(Header)));
  DeletionList out;
  uint64_t count = 0;
  if (!body.varint(out.next_id) || !body.varint(count)) return bad("malformed");
  for (uint64_t i = 0; i < count; ++i) {
    auto deletion = read_deletion(body);
    if (!deletion) return base::fail(std::move(deletion.error()));
    out.deletions.push_back(std::move(*deletion));
  }
  if (body.left() != 0) return bad("malformed");
  return out;
}

}  // namespace tripod::store
