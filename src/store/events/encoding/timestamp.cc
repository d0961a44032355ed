// Encoding "timestamp": times written in one style, as packed integers of nanoseconds.
#include <algorithm>
#include <utility>

#include "model/line_template.h"
#include "store/events/encoding/column.h"
#include "store/events/encoding/packed_ints.h"

namespace tripod::store::timestamp {
namespace {

using model::TimeStyle;

bool can_contain(std::string_view lower_needle) {
  return lower_needle.find_first_not_of("0123456789-:.,+tz ") == std::string_view::npos;
}

class TimestampColumn final : public Column {
 public:
  TimestampColumn(std::string style, std::vector<int64_t> times)
      : Column(times.size()), style_text_(std::move(style)), style_(*TimeStyle::parse(style_text_)), times_(std::move(times)) {}

  model::Value at(size_t i, ValueScratch& scratch) const override {
    std::string text;
    style_.write(times_[i], text);
    // Styles write at most 35 characters.
    const size_t n = text.copy(scratch.data(), scratch.size());
    return model::Value::string({scratch.data(), n});
  }

  void match(const Matcher& matcher, const Bitmap& candidates, Bitmap& out) const override {
    if (matcher.op() == Predicate::Op::kEqual) return match_equal(matcher.operand_text(), candidates, out);
    if (matcher.op() == Predicate::Op::kContains && !can_contain(matcher.substring().needle())) return;
    Column::match(matcher, candidates, out);
  }

 private:
  void match_equal(std::string_view text, const Bitmap& candidates, Bitmap& out) const {
    const auto wanted = style_.read(text);
    if (!wanted) return;
    candidates.for_each([&](size_t i) {
      if (times_[i] == *wanted) out.set(i);
    });
  }

  const std::string style_text_;
  const TimeStyle style_;  // views style_text_
  const std::vector<int64_t> times_;
};

// The style of the first value, when it is that of a time with a part of a second. Shorter ones are few: a dictionary fits them.
std::optional<TimeStyle> style_of(const ColumnInput& input) {
  const std::string_view first = input.values.front().text();
  if (first.size() < 20 || first.size() > 35 || first[4] != '-') return std::nullopt;
  auto style = TimeStyle::of(first, false);
  return style && style->digits > 0 ? style : std::nullopt;
}

}  // namespace

bool fits(const ColumnInput& input) {
  const auto style = style_of(input);
  if (!style) return false;
  return std::ranges::all_of(input.values, [&](const model::Value& value) { return style->read(value.text()).has_value(); });
}

void encode(const ColumnInput& input, std::string& out) {
  const auto style = style_of(input);
  append_text(out, style->text());
  std::vector<int64_t> times;
  times.reserve(input.values.size());
  for (const model::Value& value : input.values) times.push_back(*style->read(value.text()));
  append_packed(out, times);
}

base::Result<ColumnPtr> decode(std::string body, size_t size) {
  const auto bad = [] { return base::fail(base::Code::kDataLoss, "timestamp column: malformed"); };
  CheckedReader in(body);
  std::string_view text;
  if (!in.text(text)) return bad();
  const auto style = TimeStyle::parse(text);
  std::vector<int64_t> times;
  if (!style || style->is_integer || !read_packed(in, size, times) || in.left() != 0) return bad();
  return std::make_unique<TimestampColumn>(std::string(text), std::move(times));
}

}  // namespace tripod::store::timestamp
