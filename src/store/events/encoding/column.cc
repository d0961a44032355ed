#include "store/events/encoding/column.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace tripod::store {

void Column::match(const Matcher& matcher, const Bitmap& candidates, Bitmap& out) const {
  ValueScratch scratch;
  candidates.for_each([&](size_t i) {
    if (matcher.matches(at(i, scratch))) out.set(i);
  });
}

void Column::match_codes(std::span<const uint8_t> hits, const Bitmap& candidates, Bitmap& out) const {
  const auto numbers = codes();
  const auto& wanted = candidates.words();
  auto& words = out.words();
  for (size_t w = 0; w < words.size(); ++w) {
    if (wanted[w] == 0) continue;
    const size_t first = w * 64, n = std::min<size_t>(64, numbers.size() - first);
    uint64_t bits = 0;
    for (size_t i = 0; i < n; ++i) bits |= uint64_t{hits[numbers[first + i]]} << i;
    words[w] |= bits & wanted[w];
  }
}

bool same_value(const model::Value& a, const model::Value& b) {
  if (a.type() != b.type()) return false;
  if (a.type() == model::ValueType::kFloat64) {
    return std::bit_cast<uint64_t>(a.as_float64()) == std::bit_cast<uint64_t>(b.as_float64());
  }
  return a == b;
}

Encoding choose_encoding(const ColumnInput& input, bool with_dictionary) {
  if (input.distinct.size() == 1) return Encoding::kConstant;
  if (with_dictionary && !input.distinct.empty()) return Encoding::kDictionary;
  const TypeSet types = input.types;
  if (types == type_bit(model::ValueType::kInt64)) return Encoding::kInt64;
  if (types == type_bit(model::ValueType::kFloat64)) return Encoding::kFloat64;
  if (types == type_bit(model::ValueType::kBool)) return Encoding::kBool;
  if (types == type_bit(model::ValueType::kString)) {
    if (input.identifiers || hex::fits(input)) return Encoding::kHex;
    if (ipv4::fits(input)) return Encoding::kIpv4;
    return timestamp::fits(input) ? Encoding::kTimestamp : Encoding::kText;
  }
  return types == type_bit(model::ValueType::kJson) ? Encoding::kText : Encoding::kMixed;
}

void encode_column(Encoding encoding, const ColumnInput& input, std::string& out) {
  switch (encoding) {
    case Encoding::kConstant: return constant::encode(input, out);
    case Encoding::kDictionary: return dictionary::encode(input, out);
    case Encoding::kInt64: return int64::encode(input, out);
    case Encoding::kFloat64: return float64::encode(input, out);
    case Encoding::kBool: return boolean::encode(input, out);
    case Encoding::kHex: return hex::encode(input, out);
    case Encoding::kText: return text::encode(input, out);
    case Encoding::kMixed: return mixed::encode(input, out);
    case Encoding::kIpv4: return ipv4::encode(input, out);
    case Encoding::kTimestamp: return timestamp::encode(input, out);
    case Encoding::kRareFields: break;
  }
  TRIPOD_CHECK(false && "not an encoding of one field");
}

base::Result<ColumnPtr> decode_column(Encoding encoding, std::string body, size_t size) {
  switch (encoding) {
    case Encoding::kConstant: return constant::decode(std::move(body), size);
    case Encoding::kDictionary: return dictionary::decode(std::move(body), size);
    case Encoding::kInt64: return int64::decode(std::move(body), size);
    case Encoding::kFloat64: return float64::decode(std::move(body), size);
    case Encoding::kBool: return boolean::decode(std::move(body), size);
    case Encoding::kHex: return hex::decode(std::move(body), size);
    case Encoding::kText: return text::decode(std::move(body), size);
    case Encoding::kMixed: return mixed::decode(std::move(body), size);
    case Encoding::kIpv4: return ipv4::decode(std::move(body), size);
    case Encoding::kTimestamp: return timestamp::decode(std::move(body), size);
    case Encoding::kRareFields: break;
  }
  return base::fail(base::Code::kDataLoss, "column: unknown encoding");
}

}  // namespace tripod::store
