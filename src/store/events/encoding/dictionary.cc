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
    const auto& wanted = candidates.words();
    auto& words = out.words();
    for (size_t w = 0; w < words.size(); ++w) {
      if (wanted[w] == 0) continue;
      const size_t first = w * 64, n = std::min<size_t>(64, codes_.size() - first);
      uint64_t bits = 0;
      for (size_t i = 0; i < n; ++i) bits |= uint64_t{hit[codes_[first + i]]} << i;
      words[w] |= bits & wanted[w];
    }
  }

 private:
  const ColumnPtr entries_;
  const std::vector<uint16_t> codes_;
};

bool read_codes(CheckedReader& in, size_t width, size_t size, std::vector<uint16_t>& codes) {
  std::string_view bytes;
  if (size > in.left() / width || !in.bytes(size * width, bytes)) return false;
  codes.resize(size);
  for (size_t i = 0; i < size; ++i) {
    codes[i] = width == 1 ? static_cast<unsigned char>(bytes[i]) : load_word<uint16_t>(bytes.data() + 2 * i);
  }
  return true;
}

}  // namespace

void encode(const ColumnInput& input, std::string& out) {
  const bool narrow = input.distinct.size() <= 256;
  ColumnInput entries{input.distinct, input.types, {}, {}};
  const Encoding encoding = choose_encoding(entries, false);
  out += static_cast<char>(narrow ? 1 : 2);
  out += static_cast<char>(encoding);
  append_varint(out, input.distinct.size());
  const size_t at = out.size();
  out.resize(at + input.codes.size() * (narrow ? 1 : 2));
  for (size_t i = 0; i < input.codes.size(); ++i) {
    if (narrow) {
      out[at + i] = static_cast<char>(input.codes[i]);
    } else {
      std::memcpy(out.data() + at + 2 * i, &input.codes[i], 2);
    }
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
