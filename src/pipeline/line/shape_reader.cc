// Reading a line by its shape.
#include <cstring>
#include <string>

#include "base/json_plain.h"
#include "pipeline/line/field_time.h"
#include "pipeline/line/line_head.h"
#include "pipeline/line/line_shapes.h"

namespace tripod::pipeline {

using model::Hole;
using model::LogRecord;
using model::Value;

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Undoes the escapes that append_escaped makes; false for any others.
bool unescape(std::string_view text, std::string& out) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    if (++i == text.size()) return false;
    switch (text[i]) {
      case '"': out += '"'; break;
      case '\\': out += '\\'; break;
      case 'n': out += '\n'; break;
      case 'r': out += '\r'; break;
      case 't': out += '\t'; break;
      case 'b': out += '\b'; break;
      case 'f': out += '\f'; break;
      default: return false;
    }
  }
  return true;
}

constexpr size_t kTraceIdDigits = 32;
constexpr size_t kSpanIdDigits = 16;

// Literals of shapes are short: a call would take longer than to compare them. `size` bytes are there on both sides.
bool same_bytes(const char* a, const char* b, size_t size) {
  const auto word = [](const char* at) {
    uint64_t out = 0;
    std::memcpy(&out, at, sizeof(out));
    return out;
  };
  constexpr size_t kWord = sizeof(uint64_t);
  if (size < kWord) {
    for (size_t i = 0; i < size; ++i) {
      if (a[i] != b[i]) return false;
    }
    return true;
  }
  for (size_t i = 0; i + kWord < size; i += kWord) {
    if (word(a + i) != word(b + i)) return false;
  }
  return word(a + size - kWord) == word(b + size - kWord);
}

bool is_lower_hex(std::string_view text) {
  bool nonzero = false;
  for (const char c : text) {
    if (!is_digit(c) && (c < 'a' || c > 'f')) return false;
    nonzero = nonzero || c != '0';
  }
  return nonzero;
}

}  // namespace

// One line.
class ShapeReader {
 public:
  ShapeReader(const ShapeTree& tree, std::string_view text, LogRecord& record, base::Arena& arena)
      : tree_(tree), text_(text), record_(record), arena_(arena) {}

  bool run() {
    const std::vector<uint32_t>* next = &tree_.roots_;
    while (true) {
      const ShapeTree::Node* node = step(*next);
      if (node == nullptr) return false;
      if (node->hole == Hole::kEnd) return fill(tree_.shapes_[static_cast<size_t>(node->shape)]);
      next = &node->next;
    }
  }

 private:
  const ShapeTree::Node* step(const std::vector<uint32_t>& candidates) {
    const size_t before = at_;
    for (const uint32_t number : candidates) {
      const ShapeTree::Node& node = tree_.nodes_[number];
      if (text_.size() - before < node.literal.size()) continue;
      if (!same_bytes(text_.data() + before, node.literal.data(), node.literal.size())) continue;
      at_ += node.literal.size();
      if (node.hole == Hole::kEnd ? at_ == text_.size() : hole(node)) return &node;
      at_ = before;
    }
    return nullptr;
  }

  bool hole(const ShapeTree::Node& node) {
    if (holes_ == ShapeTree::kMostHoles) return false;
    Value& value = values_.at[holes_];
    bool good = false;
    switch (node.hole) {
      case Hole::kString: good = string(node.use, value); break;
      case Hole::kInteger: good = integer(value); break;
      case Hole::kFloat:
      case Hole::kFixed: good = number(node, value); break;
      case Hole::kBool: good = boolean(value); break;
      case Hole::kTime: good = time(node.style); break;
      case Hole::kEnd: break;
    }
    if (good) ++holes_;
    return good;
  }

  bool string(HoleUse use, Value& out) {
    const size_t end = base::end_of_plain_json(text_, at_);
    if (end == text_.size()) return false;
    std::string_view content = text_.substr(at_, end - at_);
    size_t behind = end;
    if (text_[end] != '"') {
      if (text_[end] != '\\' || !escaped(end, content, behind)) return false;
    }
    if (use == HoleUse::kPath) {
      const auto place = code_place(content);
      if (!place || behind != end || text_[end] != '"') return false;
      content = place->path;
      behind = at_ + content.size();
    }
    at_ = behind;
    out = Value::string(content);
    switch (use) {
      case HoleUse::kBody: return !content.empty();
      case HoleUse::kNoPath: return !code_place(content);
      case HoleUse::kTraceId: return content.size() == kTraceIdDigits && is_lower_hex(content);
      case HoleUse::kSpanId: return content.size() == kSpanIdDigits && is_lower_hex(content);
      default: return true;
    }
  }

  // A string whose first escape is at `from`. Only escapes that would be written again the same way.
  bool escaped(size_t from, std::string_view& content, size_t& behind) {
    size_t end = from;
    while (end < text_.size() && text_[end] == '\\') end = base::end_of_plain_json(text_, end + 2);
    if (end >= text_.size() || text_[end] != '"') return false;
    const std::string_view token = text_.substr(at_, end - at_);
    std::string plain;
    plain.reserve(token.size());
    if (!unescape(token, plain)) return false;
    content = arena_.copy(plain);
    behind = end;
    return true;
  }

  size_t number_end() const {
    size_t end = at_;
    while (end < text_.size() && (is_digit(text_[end]) || text_[end] == '.' || text_[end] == '-' || text_[end] == '+' ||
                                  text_[end] == 'e' || text_[end] == 'E')) {
      ++end;
    }
    return end;
  }

  bool integer(Value& out) {
    constexpr size_t kMostDigits = 18;  // any number of so many digits is an int64
    size_t end = at_;
    const bool negative = end < text_.size() && text_[end] == '-';
    if (negative) ++end;
    const size_t first = end;
    int64_t number = 0;
    while (end < text_.size() && is_digit(text_[end]) && end - first < kMostDigits) number = number * 10 + (text_[end++] - '0');
    const size_t digits = end - first;
    if (digits == 0 || (text_[first] == '0' && (digits > 1 || negative))) return false;
    // The text that follows in the shape begins with no digit, point or exponent.
    if (end < text_.size() && (is_digit(text_[end]) || text_[end] == '.' || (text_[end] | 0x20) == 'e')) return false;
    out = Value::int64(negative ? -number : number);
    at_ = end;
    return true;
  }

  bool number(const ShapeTree::Node& node, Value& out) {
    const size_t end = number_end();
    const std::string_view token = text_.substr(at_, end - at_);
    const bool fits = node.hole == Hole::kFloat ? model::is_plain_float(token) : model::fixed_decimals(token) == node.decimals;
    if (!fits) return false;
    out = Value::float64(model::read_decimal(token));
    at_ = end;
    return true;
  }

  bool boolean(Value& out) {
    const std::string_view rest = text_.substr(at_);
    const bool truth = rest.starts_with("true");
    if (!truth && !rest.starts_with("false")) return false;
    at_ += truth ? 4 : 5;
    out = Value::boolean(truth);
    return true;
  }

  bool time(const model::TimeStyle& style) {
    const size_t end = style.is_integer ? number_end() : base::end_of_plain_json(text_, at_);
    const auto time = style.read(text_.substr(at_, end - at_));
    if (!time || !is_sane_time(*time, record_)) return false;
    time_ = *time;
    at_ = end;
    return true;
  }

  bool fill(const LineShape& shape) {
    if (shape.body >= 0) record_.body = values_.at[static_cast<size_t>(shape.body)];
    if (shape.time >= 0) {
      if (record_.observed_time == 0) record_.observed_time = record_.time;
      record_.time = time_;
      record_.time_is_of_line = true;
    }
    if (shape.trace_id >= 0) record_.trace_id = model::TraceId::from_hex(values_.at[static_cast<size_t>(shape.trace_id)].text());
    if (shape.span_id >= 0) record_.span_id = model::SpanId::from_hex(values_.at[static_cast<size_t>(shape.span_id)].text());
    record_.severity_number = shape.severity_number;
    record_.severity_text = shape.severity_text;
    record_.original = text_;
    record_.original_template = shape.original_template;
    record_.attributes = arena_.make_array<model::Attribute>(shape.attributes.size());
    for (size_t i = 0; i < shape.attributes.size(); ++i) {
      const LineShape::Attribute& from = shape.attributes[i];
      model::Attribute& to = record_.attributes[i];
      to.key = from.key;
      if (from.hole >= 0) to.value = values_.at[static_cast<size_t>(from.hole)];
      else to.value = from.is_json ? Value::json(from.text) : Value::string(from.text);
    }
    return true;
  }

  const ShapeTree& tree_;
  const std::string_view text_;
  LogRecord& record_;
  base::Arena& arena_;
  size_t at_ = 0;
  size_t holes_ = 0;
  // Those of the holes read so far: the others are never looked at, and setting them all would take as long as reading the line.
  union Values {
    Values() {}
    Value at[ShapeTree::kMostHoles];
  } values_;
  base::UnixNanos time_ = 0;
};

bool ShapeTree::read(std::string_view text, LogRecord& record, base::Arena& arena) const {
  return !roots_.empty() && ShapeReader(*this, text, record, arena).run();
}

}  // namespace tripod::pipeline
