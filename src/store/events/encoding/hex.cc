// Encoding "hex": identifiers of 16 or 32 lower-case hexadecimal digits, or UUIDs with dashes, as 8 or 16 bytes each.
#include <cstring>
#include <optional>
#include <utility>

#include "store/events/encoding/column.h"

namespace tripod::store::hex {
namespace {

// Numbers are part of the file format.
enum class Shape : uint8_t { kDigits16 = 1, kDigits32 = 2, kUuid = 3 };

size_t byte_count(Shape shape) { return shape == Shape::kDigits16 ? 8 : 16; }
bool is_dash_position(size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

std::optional<Shape> shape_of(size_t text_size) {
  if (text_size == 16) return Shape::kDigits16;
  if (text_size == 32) return Shape::kDigits32;
  if (text_size == 36) return Shape::kUuid;
  return std::nullopt;
}

// Eight digits, as they lie in memory, become four bytes. False when one is not a lower-case digit.
bool eight_digits(const char* text, char* out) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  uint64_t digits = 0;
  std::memcpy(&digits, text, sizeof(digits));
  const uint64_t values = (digits & 0x0f * kOnes) + 9 * (digits >> 6 & kOnes);
  const uint64_t letters = (values + 6 * kOnes) >> 4 & kOnes;
  // Written again they must be the same: that leaves out everything else up to 'o'.
  if (values + '0' * kOnes + ('a' - '0' - 10) * letters != digits || (values & 0xf0 * kOnes) != 0) return false;
  uint64_t bytes = (values << 4 | values >> 8) & 0x00ff00ff00ff00ff;
  bytes = (bytes | bytes >> 8) & 0x0000ffff0000ffff;
  const auto packed = static_cast<uint32_t>(bytes | bytes >> 16);
  std::memcpy(out, &packed, sizeof(packed));
  return true;
}

bool to_bytes(std::string_view text, Shape shape, char* out) {
  char digits[32];
  if (shape == Shape::kUuid) {
    if (text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return false;
    std::memcpy(digits, text.data(), 8);
    for (size_t i = 0; i < 3; ++i) std::memcpy(digits + 8 + 4 * i, text.data() + 9 + 5 * i, 4);
    std::memcpy(digits + 20, text.data() + 24, 12);
    text = {digits, sizeof(digits)};
  }
  for (size_t i = 0; i < byte_count(shape) / 4; ++i) {
    if (!eight_digits(text.data() + 8 * i, out + 4 * i)) return false;
  }
  return true;
}

std::string_view to_text(const char* bytes, Shape shape, ValueScratch& scratch) {
  static constexpr char kDigits[] = "0123456789abcdef";
  size_t at = 0;
  for (size_t i = 0; i < byte_count(shape); ++i) {
    if (shape == Shape::kUuid && is_dash_position(at)) scratch[at++] = '-';
    const auto byte = static_cast<uint8_t>(bytes[i]);
    scratch[at++] = kDigits[byte >> 4];
    scratch[at++] = kDigits[byte & 15];
  }
  return {scratch.data(), at};
}

bool can_contain(std::string_view lower_needle, Shape shape) {
  if (lower_needle.size() > (shape == Shape::kUuid ? 36u : 2 * byte_count(shape))) return false;
  for (char c : lower_needle) {
    const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (!digit && !(c == '-' && shape == Shape::kUuid)) return false;
  }
  return true;
}

class HexColumn final : public Column {
 public:
  HexColumn(std::string body, Shape shape, size_t size) : Column(size), body_(std::move(body)), shape_(shape) {}

  model::Value at(size_t i, ValueScratch& scratch) const override {
    return model::Value::string(to_text(bytes_of(i), shape_, scratch));
  }

  void match(const Matcher& matcher, const Bitmap& candidates, Bitmap& out) const override {
    if (matcher.op() == Predicate::Op::kEqual) return match_equal(matcher.operand_text(), candidates, out);
    if (matcher.op() == Predicate::Op::kContains && !can_contain(matcher.substring().needle(), shape_)) return;
    Column::match(matcher, candidates, out);
  }

 private:
  const char* bytes_of(size_t i) const { return body_.data() + 1 + i * byte_count(shape_); }

  void match_equal(std::string_view wanted, const Bitmap& candidates, Bitmap& out) const {
    char bytes[16];
    if (shape_of(wanted.size()) != shape_ || !to_bytes(wanted, shape_, bytes)) return;
    const size_t n = byte_count(shape_);
    candidates.for_each([&](size_t i) {
      if (std::char_traits<char>::compare(bytes_of(i), bytes, n) == 0) out.set(i);
    });
  }

  const std::string body_;  // shape, then the identifiers
  const Shape shape_;
};

}  // namespace

bool fits(const ColumnInput& input) {
  const auto shape = shape_of(input.values.front().text().size());
  if (!shape) return false;
  char bytes[16];
  for (const model::Value& value : input.values) {
    if (shape_of(value.text().size()) != shape || !to_bytes(value.text(), *shape, bytes)) return false;
  }
  return true;
}

void encode(const ColumnInput& input, std::string& out) {
  const Shape shape = *shape_of(input.values.front().text().size());
  out += static_cast<char>(shape);
  size_t at = out.size();
  out.resize(at + input.values.size() * byte_count(shape));
  for (const model::Value& value : input.values) {
    to_bytes(value.text(), shape, out.data() + at);
    at += byte_count(shape);
  }
}

base::Result<ColumnPtr> decode(std::string body, size_t size) {
  const auto shape = body.empty() ? Shape{} : static_cast<Shape>(body[0]);
  const bool known = shape == Shape::kDigits16 || shape == Shape::kDigits32 || shape == Shape::kUuid;
  if (!known || (body.size() - 1) / byte_count(shape) != size || (body.size() - 1) % byte_count(shape) != 0) {
    return base::fail(base::Code::kDataLoss, "hex column: malformed");
  }
  return std::make_unique<HexColumn>(std::move(body), shape, size);
}

}  // namespace tripod::store::hex
