// Encoding "ipv4": addresses as packed integers.
#include <charconv>
#include <optional>
#include <utility>

#include "store/events/encoding/column.h"
#include "store/events/encoding/packed_ints.h"

namespace tripod::store::ipv4 {
namespace {

// The address as a number, if the text is the one that to_text() writes for it.
std::optional<uint32_t> parse(std::string_view text) {
  if (text.size() < 7 || text.size() > 15) return std::nullopt;
  uint32_t out = 0;
  size_t at = 0;
  for (int group = 0; group < 4; ++group) {
    if (group > 0 && (at == text.size() || text[at++] != '.')) return std::nullopt;
    uint32_t number = 0;
    const size_t start = at;
    while (at < text.size() && at - start < 3 && text[at] >= '0' && text[at] <= '9') {
      number = number * 10 + static_cast<uint32_t>(text[at++] - '0');
    }
    const bool needless_zero = at - start > 1 && text[start] == '0';
    if (at == start || number > 255 || needless_zero) return std::nullopt;
    out = out << 8 | number;
  }
  if (at != text.size()) return std::nullopt;
  return out;
}

std::string_view to_text(uint32_t address, ValueScratch& scratch) {
  char* at = scratch.data();
  for (int shift = 24; shift >= 0; shift -= 8) {
    at = std::to_chars(at, scratch.data() + scratch.size(), address >> shift & 255).ptr;
    if (shift > 0) *at++ = '.';
  }
  return {scratch.data(), static_cast<size_t>(at - scratch.data())};
}

bool can_contain(std::string_view needle) {
  return needle.size() <= 15 && needle.find_first_not_of("0123456789.") == std::string_view::npos;
}

class Ipv4Column final : public Column {
 public:
  explicit Ipv4Column(std::vector<uint32_t> addresses) : Column(addresses.size()), addresses_(std::move(addresses)) {}

  model::Value at(size_t i, ValueScratch& scratch) const override {
    return model::Value::string(to_text(addresses_[i], scratch));
  }

  void match(const Matcher& matcher, const Bitmap& candidates, Bitmap& out) const override {
    if (matcher.op() == Predicate::Op::kEqual) return match_equal(matcher.operand_text(), candidates, out);
    if (matcher.op() == Predicate::Op::kContains && !can_contain(matcher.substring().needle())) return;
    Column::match(matcher, candidates, out);
  }

 private:
  void match_equal(std::string_view text, const Bitmap& candidates, Bitmap& out) const {
    const auto wanted = parse(text);
    if (!wanted) return;
    for (size_t w = 0; w < out.words().size(); ++w) {
      if (candidates.words()[w] == 0) continue;
      const size_t first = w * 64, n = std::min<size_t>(64, addresses_.size() - first);
      uint64_t bits = 0;
      for (size_t i = 0; i < n; ++i) bits |= uint64_t{addresses_[first + i] == *wanted} << i;
      out.words()[w] |= bits & candidates.words()[w];
    }
  }

  const std::vector<uint32_t> addresses_;
};

}  // namespace

bool fits(const ColumnInput& input) {
  for (const model::Value& value : input.values) {
    if (!parse(value.text())) return false;
  }
  return true;
}

void encode(const ColumnInput& input, std::string& out) {
  std::vector<int64_t> numbers;
  numbers.reserve(input.values.size());
  for (const model::Value& value : input.values) numbers.push_back(*parse(value.text()));
  append_packed(out, numbers);
}

base::Result<ColumnPtr> decode(std::string body, size_t size) {
  const auto bad = [] { return base::fail(base::Code::kDataLoss, "ipv4 column: malformed"); };
  CheckedReader in(body);
  std::vector<int64_t> numbers;
  if (!read_packed(in, size, numbers) || in.left() != 0) return bad();
  std::vector<uint32_t> addresses;
  addresses.reserve(size);
  for (int64_t number : numbers) {
    if (number < 0 || number > UINT32_MAX) return bad();
    addresses.push_back(static_cast<uint32_t>(number));
  }
  return std::make_unique<Ipv4Column>(std::move(addresses));
}

}  // namespace tripod::store::ipv4
