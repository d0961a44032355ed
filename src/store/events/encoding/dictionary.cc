// Encoding "dictionary": the distinct values as a column of their own, and each value's number among them.
#include <utility>

#include "store/events/encoding/column.h"
#include "store/events/varint.h"

namespace tripod::store::dictionary {
namespace {

class DictionaryColumn final : public Column {
 public:
  DictionaryColumn(ColumnPtr entries, std::vector<uint16_t> codes)
      : Column(codes.size()), entries_(std::move(entries)), codes_(std::move(codes)) {}

  model::Value at(size_t i, ValueScratch& scratch) const override {
    return entries_->at(codes_[i], scratch);
  }
  const Column* entries() const override { return entries_.get(); }
  std::span<const uint16_t> codes() const override { return codes_; }

  // Asks about each distinct value once, then only looks numbers up.
  void match(const Matcher& matcher, const Bitmap& candidates, Bitmap& out) const override {
    Bitmap hits(entries_->size());
    entries_->match(matcher, Bitmap(entries_->size(), true), hits);
    if (hits.none()) return;
    std::vector<uint8_t> hit(entries_->size());
    hits.for_each([&hit](size_t i) { hit[i] = 1; });
    match_codes(hit, candidates, out);
  }

 private:
  const ColumnPtr entries_;
  const std::vector<uint16_t> codes_;
};

// Codes are numbered as they come. Where there are many of them, most values are new ones or have come shortly before
// (identifiers of requests): how far back is a small number, or 0 for a new one, and compresses where the code would not.
void append_distances(std::span<const uint16_t> codes, std::string& out) {
  const size_t at = out.size(), count = codes.size();
  out.resize(at + 2 * count);
  uint32_t next = 0;
  for (size_t i = 0; i < count; ++i) {
    const uint32_t distance = next - codes[i];
    if (distance == 0) ++next;
    out[at + i] = static_cast<char>(distance);
    out[at + count + i] = static_cast<char>(distance >> 8);
  }
}

bool read_distances(std::string_view bytes, std::span<uint16_t> codes) {
  const auto* low = reinterpret_cast<const uint8_t*>(bytes.data());
  const auto* high = low + codes.size();
  uint32_t next = 0;
  for (size_t i = 0; i < codes.size(); ++i) {
    const uint32_t distance = low[i] | static_cast<uint32_t>(high[i]) << 8;
    if (distance > next) return false;
    codes[i] = static_cast<uint16_t>(next - distance);
    next += distance == 0 ? 1 : 0;
  }
  return next <= 1u << 16;
}

bool read_codes(CheckedReader& in, size_t width, size_t size, std::vector<uint16_t>& codes) {
  std::string_view bytes;
  if (size > in.left() / width || !in.bytes(size * width, bytes)) return false;
  codes.resize(size);
  if (width == 2) return read_distances(bytes, codes);
  for (size_t i = 0; i < size; ++i) codes[i] = static_cast<unsigned char>(bytes[i]);
  return true;
}

}  // namespace

void encode(const ColumnInput& input, std::string& out) {
  const bool narrow = input.distinct.size() <= 256;
  ColumnInput entries{input.distinct, input.types, {}, {}, input.identifiers};
  const Encoding encoding = choose_encoding(entries, false);
  out += static_cast<char>(narrow ? 1 : 2);
  out += static_cast<char>(encoding);
  append_varint(out, input.distinct.size());
  if (narrow) {
    for (uint16_t code : input.codes) out += static_cast<char>(code);
  } else {
    append_distances(input.codes, out);
  }
  encode_column(encoding, entries, out);
}

base::Result<ColumnPtr> decode(std::string body, size_t size) {
  const auto bad = [] { return base::fail(base::Code::kDataLoss, "dictionary column: malformed"); };
  CheckedReader in(body);
  uint8_t width = 0, encoding = 0;
  uint64_t count = 0;
  if (!in.word(width) || !in.word(encoding) || !in.varint(count)) return bad();
  if ((width != 1 && width != 2) || count > 1u << 16) return bad();
  // A dictionary of dictionaries is never made, and could be nested without end.
  if (static_cast<Encoding>(encoding) == Encoding::kDictionary) return bad();
  std::vector<uint16_t> codes;
  if (!read_codes(in, width, size, codes)) return bad();
  for (uint16_t code : codes) {
    if (code >= count) return bad();
  }
  auto entries = decode_column(static_cast<Encoding>(encoding), body.substr(in.position()), count);
  if (!entries) return entries;
  return std::make_unique<DictionaryColumn>(std::move(*entries), std::move(codes));
}

}  // namespace tripod::store::dictionary
