// Encoding "text": strings (or JSON texts) one behind the other, their lengths packed.
#include <algorithm>
#include <limits>
#include <utility>

#include "store/events/encoding/column.h"
#include "store/events/encoding/packed_ints.h"

namespace tripod::store::text {
namespace {

class TextColumn final : public Column {
 public:
  TextColumn(std::string body, size_t text_at, std::vector<uint32_t> ends, bool json)
      : Column(ends.size()), body_(std::move(body)), text_at_(text_at), ends_(std::move(ends)), json_(json) {}

  model::Value at(size_t i, ValueScratch&) const override {
    return json_ ? model::Value::json(text_of(i)) : model::Value::string(text_of(i));
  }

  void match(const Matcher& matcher, const Bitmap& candidates, Bitmap& out) const override {
    if (matcher.op() == Predicate::Op::kEqual) return match_equal(matcher.operand_text(), candidates, out);
    const bool few = candidates.count() * 8 < size();
    if (matcher.op() == Predicate::Op::kContains && !few && !matcher.substring().needle().empty()) {
      return match_contains(matcher.substring(), candidates, out);
    }
    Column::match(matcher, candidates, out);
  }

 private:
  std::string_view all() const { return std::string_view(body_).substr(text_at_); }
  uint32_t start_of(size_t i) const { return i == 0 ? 0 : ends_[i - 1]; }
  std::string_view text_of(size_t i) const {
    return std::string_view(body_.data() + text_at_ + start_of(i), ends_[i] - start_of(i));
  }

  void match_equal(std::string_view wanted, const Bitmap& candidates, Bitmap& out) const {
    candidates.for_each([&](size_t i) {
      if (text_of(i) == wanted) out.set(i);
    });
  }

  // One search over all texts: hits are rare, and most texts are too short to be worth a search of their own.
  void match_contains(const SubstringSearcher& searcher, const Bitmap& candidates, Bitmap& out) const {
    const std::string_view text = all();
    size_t i = 0;
    for (size_t at = searcher.find(text); at != std::string_view::npos;) {
      i = static_cast<size_t>(std::upper_bound(ends_.begin() + static_cast<ptrdiff_t>(i), ends_.end(), at) -
                              ends_.begin());
      // A hit across the border of two texts is none.
      const bool inside = at + searcher.needle().size() <= ends_[i];
      if (inside && candidates.test(i)) out.set(i);
      at = searcher.find(text, inside ? ends_[i] : at + 1);
    }
  }

  const std::string body_;
  const size_t text_at_;
  const std::vector<uint32_t> ends_;  // of each text, counted from text_at_
  const bool json_;
};

}  // namespace

void encode(const ColumnInput& input, std::string& out) {
  out += input.types == type_bit(model::ValueType::kJson) ? '\1' : '\0';
  std::vector<int64_t> sizes;
  sizes.reserve(input.values.size());
  size_t total = 0;
  for (const model::Value& value : input.values) {
    sizes.push_back(static_cast<int64_t>(value.text().size()));
    total += value.text().size();
  }
  append_packed(out, sizes);
  out.reserve(out.size() + total);
  for (const model::Value& value : input.values) out.append(value.text());
}

base::Result<ColumnPtr> decode(std::string body, size_t size) {
  const auto bad = [] { return base::fail(base::Code::kDataLoss, "text column: malformed"); };
  CheckedReader in(body);
  uint8_t json = 0;
  std::vector<int64_t> sizes;
  if (!in.word(json) || json > 1 || !read_packed(in, size, sizes)) return bad();
  if (in.left() > std::numeric_limits<uint32_t>::max()) return bad();
  std::vector<uint32_t> ends;
  ends.reserve(size);
  uint64_t end = 0;
  for (int64_t bytes : sizes) {
    if (bytes < 0 || static_cast<uint64_t>(bytes) > in.left() - end) return bad();
    end += static_cast<uint64_t>(bytes);
    ends.push_back(static_cast<uint32_t>(end));
  }
  if (end != in.left()) return bad();
  const size_t text_at = in.position();
  return std::make_unique<TextColumn>(std::move(body), text_at, std::move(ends), json == 1);
}

}  // namespace tripod::store::text
