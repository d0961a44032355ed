#include "ingest/loki/label_text.h"

#include <fmt/format.h>

#include <charconv>

#include "base/utf8.h"

namespace tripod::ingest::loki {
namespace {

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == ':';
}

class Parser {
 public:
  Parser(std::string_view text, base::Arena& arena, std::vector<model::Label>& out)
      : text_(text), arena_(arena), out_(out) {}

  base::Result<> run() {
    skip_spaces();
    if (!take('{')) return bad("expected {");
    skip_spaces();
    while (!take('}')) {
      const size_t start = at_;
      while (at_ < text_.size() && is_name_char(text_[at_])) ++at_;
      const std::string_view name = text_.substr(start, at_ - start);
      if (name.empty()) return bad("expected a label name");
      skip_spaces();
      if (!take('=')) return bad("expected =");
      skip_spaces();
      std::string_view value;
      if (!read_value(value)) return bad("expected a quoted value");
      out_.push_back({name, value});
      skip_spaces();
      if (take(',')) {
        skip_spaces();
      } else if (peek() != '}') {
        return bad("expected , or }");
      }
    }
    skip_spaces();
    if (at_ != text_.size()) return bad("something follows the labels");
    return {};
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void skip_spaces() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  base::Result<> bad(std::string_view what) const {
    return base::fail(base::Code::kInvalidArgument,
                      fmt::format("labels: {} at byte {}", what, at_));
  }

  bool read_value(std::string_view& value) {
    if (take('`')) {
      const size_t end = text_.find('`', at_);
      if (end == text_.npos) return false;
      value = text_.substr(at_, end - at_);
      at_ = end + 1;
      return true;
    }
    if (!take('"')) return false;
    const size_t start = at_;
    const size_t stop = text_.find_first_of("\"\\", start);
    if (stop == text_.npos) return false;
    if (text_[stop] == '"') {
      value = text_.substr(start, stop - start);
      at_ = stop + 1;
      return true;
    }
    std::string unquoted(text_.substr(start, stop - start));
    at_ = stop;
    while (!take('"')) {
      if (at_ >= text_.size()) return false;
      if (take('\\')) {
        if (!unescape(unquoted)) return false;
      } else {
        unquoted += text_[at_++];
      }
    }
    // \x and octal escapes write any byte.
    value = arena_.copy(base::is_valid_utf8(unquoted) ? unquoted
                                                      : base::replace_invalid_utf8(unquoted));
    return true;
  }

  bool unescape(std::string& out) {
    static constexpr std::string_view kFrom = "abfnrtv\\\"'";
    static constexpr std::string_view kTo = "\a\b\f\n\r\t\v\\\"'";
    const char c = peek();
    if (const size_t i = kFrom.find(c); c != '\0' && i != kFrom.npos) {
      ++at_;
      out += kTo[i];
      return true;
    }
    uint32_t code = 0;
    if (c >= '0' && c <= '7') {
      if (!number(3, 8, code) || code > 255) return false;
      out += static_cast<char>(code);
      return true;
    }
    ++at_;
    if (c == 'x') {
      if (!number(2, 16, code)) return false;
      out += static_cast<char>(code);
      return true;
    }
    if (c != 'u' && c != 'U') return false;
    if (!number(c == 'u' ? 4 : 8, 16, code)) return false;
    base::append_utf8(out, code);
    return true;
  }

  bool number(size_t digits, int base, uint32_t& code) {
    const std::string_view text = text_.substr(std::min(at_, text_.size()), digits);
    const auto end = std::from_chars(text.data(), text.data() + text.size(), code, base);
    if (text.size() != digits || end.ptr != text.data() + digits) return false;
    at_ += digits;
    return true;
  }

  const std::string_view text_;
  base::Arena& arena_;
  std::vector<model::Label>& out_;
  size_t at_ = 0;
};

}  // namespace

base::Result<> parse_label_text(std::string_view text, base::Arena& arena,
                                std::vector<model::Label>& out) {
  return Parser(text, arena, out).run();
}

}  // namespace tripod::ingest::loki
