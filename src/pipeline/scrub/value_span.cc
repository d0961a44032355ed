#include "pipeline/scrub/value_span.h"

#include <algorithm>
#include <array>

namespace tripod::pipeline::scrub {
namespace {

constexpr std::string_view kFiltered = "[Filtered]";
constexpr size_t kMostSpaces = 16;
constexpr size_t kMostBackslashes = 8;
constexpr size_t kMostNameBytes = 128;  // bounds, so that no text makes the scan quadratic
constexpr size_t kMostReprBytes = 1024;

bool is_space(char c) { return c == ' ' || c == '\t'; }
bool is_quote(char c) { return c == '"' || c == '\''; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_placeholder_char(char c) { return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_'; }

enum class Separator : uint8_t { kNone, kColon, kEquals, kSpacedEquals, kComma, kOption, kElement };

// The name as it stands in the text, and what separates it from its value.
struct Name {
  size_t start = 0;        // of the whole identifier
  char quote = '\0';       // around it
  size_t backslashes = 0;  // before its closing quote: text within text
  Separator separator = Separator::kNone;
  size_t value = 0;  // first byte of the value
};

class Parser {
 public:
  Parser(std::string_view text, const WordMatch& word, TextKind kind)
      : text_(text), word_(word), kind_(kind) {}

  std::optional<Edit> find(size_t at) {
    Name name;
    name.start = at;
    while (name.start > 0 && at - name.start < 64 && is_word_char(text_[name.start - 1]))
      --name.start;
    size_t i = end_of_name(word_.end);
    i = closing_quote(i, name);
    read_separator(i, name);
    if (name.separator == Separator::kNone) return std::nullopt;
    if (word_.strength == Strength::kParameter && !is_url_parameter(name)) return std::nullopt;
    if (word_.strength == Strength::kCookie && kind_ != TextKind::kCookie) return std::nullopt;
    return value(name);
  }

 private:
  char at(size_t i) const { return i < text_.size() ? text_[i] : '\0'; }

  bool is_url_parameter(const Name& name) const {
    return name.separator == Separator::kEquals && name.start > 0 &&
           (text_[name.start - 1] == '?' || text_[name.start - 1] == '&' ||
            text_[name.start - 1] == ';');
  }

  // Rest of the identifier; "]" of user[password]=, plain or percent-encoded.
  size_t end_of_name(size_t i) const {
    const size_t limit = std::min(i + kMostNameBytes, text_.size());
    while (i < limit && is_word_char(text_[i])) ++i;
    if (at(i) == ']') return i + 1;
    if (at(i) == '%' && at(i + 1) == '5' && (at(i + 2) | 0x20) == 'd') return i + 3;
    return i;
  }

  size_t closing_quote(size_t i, Name& name) const {
    size_t j = i;
    while (at(j) == '\\' && j - i < kMostBackslashes) ++j;
    if (!is_quote(at(j))) return i;
    name.quote = at(j);
    name.backslashes = j - i;
    return j + 1;
  }

  size_t skip_spaces(size_t i) const {
    const size_t from = i;
    while (i < text_.size() && is_space(text_[i]) && i - from < kMostSpaces) ++i;
    return i;
  }

  void read_separator(size_t i, Name& name) const {
    const size_t after = skip_spaces(i);
    const char c = at(after);
    size_t value = after + 1;
    if (c == ':' && at(value) != ':') {
      if (at(value) == '=') ++value;
      name.separator = Separator::kColon;
    } else if (c == '=' && at(value) != '=' && at(value) != '~') {
      if (at(value) == '>') ++value;
      const bool spaced = after > i && is_space(at(value));
      name.separator = spaced ? Separator::kSpacedEquals : Separator::kEquals;
    } else if (c == ',' && name.quote != '\0' && opens_pair(name)) {
      name.separator = Separator::kComma;
    } else if (c == '>' && after == i && name.quote == '\0' && name.start > 0 &&
               text_[name.start - 1] == '<') {
      name.separator = Separator::kElement;
    } else if (after > i && name.quote == '\0' && name.start >= 2 &&
               text_.substr(name.start, 2) == "--") {
      name.separator = Separator::kOption;
      value = after;
    } else {
      return;
    }
    name.value = name.separator == Separator::kElement ? value : skip_spaces(value);
    if (name.separator == Separator::kEquals && kind_ != TextKind::kCode && name.quote == '\0' &&
        name.value > value) {
      name.value = value;  // "token= next": the value is empty
    }
  }

  // ('password', 'x') and ["password", "x"], as header lists are printed.
  bool opens_pair(const Name& name) const {
    size_t i = name.start;
    if (i == 0 || text_[i - 1] != name.quote) return false;
    i -= 1 + std::min(name.backslashes, i - 1);
    if (i > 0 && (text_[i - 1] == 'b' || text_[i - 1] == 'u')) --i;
    return i > 0 && (text_[i - 1] == '(' || text_[i - 1] == '[');
  }

  std::optional<Edit> value(const Name& name) const {
    const size_t i = name.value;
    if (i >= text_.size()) return std::nullopt;
    if (auto quoted = quoted_value(name)) return quoted->to > quoted->from ? quoted : std::nullopt;
    if (name.separator == Separator::kComma) return std::nullopt;
    if (kind_ == TextKind::kCode) return is_url_parameter(name) ? bare(name) : std::nullopt;
    if (name.separator == Separator::kElement) return element(i, name);
    const char c = text_[i];
    if (c == '{' || c == '[' || c == '(') {
      const bool structured = name.quote != '\0' || name.separator == Separator::kEquals ||
                              name.separator == Separator::kSpacedEquals;
      return structured ? bracketed(i, name) : std::nullopt;
    }
    if (c == '<') return in_angle_brackets(i, name);
    return bare(name);
  }

  // An edit of length 0 says: a quoted value, and nothing to hide in it.
  std::optional<Edit> quoted_value(const Name& name) const {
    size_t i = name.value;
    const size_t prefix_end = std::min(i + 2, text_.size());
    while (i < prefix_end && std::string_view("bBrRuUfF").find(text_[i]) != std::string_view::npos)
      ++i;
    const size_t slashes_from = i;
    while (at(i) == '\\' && i - slashes_from < kMostBackslashes) ++i;
    if (!is_quote(at(i))) return std::nullopt;
    const size_t slashes = i - slashes_from;
    const size_t from = i + 1;
    const size_t to = end_of_quoted(from, text_[i], slashes);
    if (is_no_secret(text_.substr(from, to - from)) ||
        counts_tokens(text_.substr(from, to - from))) {
      return Edit{from, from, {}};
    }
    return Edit{from, to, kFiltered};
  }

  // The quote that closes has as many backslashes before it as the one that opens; in reprs, an odd
  // one escapes it. Text that was cut off ends the value too.
  size_t end_of_quoted(size_t from, char quote, size_t slashes) const {
    size_t run = 0;
    for (size_t i = from; i < text_.size(); ++i) {
      if (text_[i] == '\\') {
        ++run;
        continue;
      }
      if (text_[i] == quote && (slashes == 0 ? run % 2 == 0 : run <= slashes))
        return i - std::min(run, slashes);
      run = 0;
    }
    return text_.size();
  }

  std::optional<Edit> bracketed(size_t from, const Name& name) const {
    size_t depth = 0;
    char quote = '\0';
    for (size_t i = from; i < text_.size(); ++i) {
      const char c = text_[i];
      if (c == '\\') {
        ++i;
      } else if (quote != '\0') {
        if (c == quote) quote = '\0';
      } else if (is_quote(c)) {
        quote = c;
      } else if (c == '{' || c == '[' || c == '(') {
        ++depth;
      } else if ((c == '}' || c == ']' || c == ')') && --depth == 0) {
        if (is_no_secret(text_.substr(from, i + 1 - from))) return std::nullopt;
        return Edit{from, i + 1, replacement(name)};
      }
    }
    return Edit{from, text_.size(), replacement(name)};
  }

  std::optional<Edit> in_angle_brackets(size_t from, const Name& name) const {
    const size_t length = text_.substr(from, kMostReprBytes).find('>');
    const size_t to = length == std::string_view::npos ? text_.size() : from + length + 1;
    const std::string_view repr = text_.substr(from, std::min(to - from, kMostReprBytes));
    // "<Token: 9944b…>" is the token itself; "<TokenAuth object at 0x7f…>" and "<str>" are not.
    if (repr.find(" at 0x") != std::string_view::npos || repr.find(':') == std::string_view::npos)
      return std::nullopt;
    return Edit{from, to, replacement(name)};
  }

  // <password>x</password>; "<token>" of a usage line has no end.
  std::optional<Edit> element(size_t from, const Name& name) const {
    const size_t end = text_.find('<', from);
    if (end == std::string_view::npos || at(end + 1) != '/') return std::nullopt;
    return until_any(from, "<", name);
  }

  std::optional<Edit> until_any(size_t from, std::string_view ends, const Name& name) const {
    const size_t end = text_.find_first_of(ends, from);
    const size_t to = end == std::string_view::npos ? text_.size() : end;
    if (is_no_secret(text_.substr(from, to - from))) return std::nullopt;
    return Edit{from, to, replacement(name)};
  }

  std::optional<Edit> bare(const Name& name) const {
    const size_t from = name.value;
    if (word_.authorization) {
      return until_any(from, name.separator == Separator::kColon ? "\r\n\"'\\," : "\r\n\"'\\,&;",
                       name);
    }
    if (name.separator == Separator::kOption && text_[from] == '-') return std::nullopt;
    const size_t end = text_.find_first_of(" \t\r\n,;&)]}\"'<>\\|(", from);
    const size_t to = end == std::string_view::npos ? text_.size() : end;
    const std::string_view value = text_.substr(from, to - from);
    if (is_no_secret(value) || counts_tokens(value)) return std::nullopt;
    // "password = form.get(…": a line of code in a traceback.
    if (at(to) == '(' && name.separator == Separator::kSpacedEquals) return std::nullopt;
    const bool sure = word_.strength == Strength::kStrong || name.quote != '\0' ||
                      name.separator == Separator::kEquals ||
                      name.separator == Separator::kOption || name.separator == Separator::kElement;
    if (!sure && !looks_secret(value)) return std::nullopt;
    return Edit{from, to, replacement(name)};
  }

  // A value without quotes under a quoted name: JSON stays JSON, a repr a repr.
  std::string_view replacement(const Name& name) const {
    if (name.quote == '\0') return kFiltered;
    if (name.backslashes == 0) return name.quote == '"' ? "\"[Filtered]\"" : "'[Filtered]'";
    if (name.backslashes == 1) return name.quote == '"' ? "\\\"[Filtered]\\\"" : "\\'[Filtered]\\'";
    return kFiltered;
  }

  bool counts_tokens(std::string_view value) const {
    return word_.plural_tokens &&
           std::all_of(value.begin(), value.end(), [](char c) { return is_digit(c) || c == '.'; });
  }

  // After "auth:" or "token:" in prose.
  static bool looks_secret(std::string_view value) {
    if (value.size() >= 20) return true;
    return value.size() >= 6 && std::any_of(value.begin(), value.end(), is_digit);
  }

  // Nothing, a word for nothing, a placeholder of a statement or a template, or already hidden.
  static bool is_no_secret(std::string_view value) {
    static constexpr std::array<std::string_view, 18> kNothing = {
        "",     "null", "None", "nil", "undefined", "true", "false", "True",       "False",
        "NULL", "%s",   "%r",   "?",   "{}",        "[]",   "()",    "[Filtered]", "[Filtered"};
    if (std::find(kNothing.begin(), kNothing.end(), value) != kNothing.end()) return true;
    if (value.front() == '$' && value.size() <= 4)
      return value.size() > 1 && std::all_of(value.begin() + 1, value.end(), is_digit);
    if (value.front() == '%' && value.size() > 3 && value.size() < 64)
      return value[1] == '(' && value.ends_with(")s");
    if (value.front() == ':' && value.size() > 1)
      return std::all_of(value.begin() + 1, value.end(), is_placeholder_char);
    return std::all_of(value.begin(), value.end(), [](char c) { return c == '*'; });
  }

  std::string_view text_;
  const WordMatch& word_;
  TextKind kind_;
};

}  // namespace

std::optional<Edit> find_value(std::string_view text, size_t at, const WordMatch& word,
                               TextKind kind) {
  return Parser(text, word, kind).find(at);
}

}  // namespace tripod::pipeline::scrub
