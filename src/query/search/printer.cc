// Predicates back to the language.
#include "query/search/fields.h"
#include "query/search/operand.h"
#include "query/search/question.h"
#include "query/search/search.h"

namespace tripod::query::search {

using store::FieldValue;
using store::Predicate;
using Op = Predicate::Op;

namespace {

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else {
      out += c;
    }
  }
  return out + '"';
}

bool is_bare_key(std::string_view key) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '@';
  };
  if (key.empty() || !letter(key.front()) || key.ends_with('-') || key == "has" || key == "in") return false;
  for (const char c : key) {
    if (!letter(c) && !(c >= '0' && c <= '9') && c != '.' && c != '-' && c != '/') return false;
  }
  return true;
}

std::string regex_text(std::string_view pattern) {
  std::string out = "/";
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '/') {
      out += "\\/";
    } else if (pattern[i] == '\\' && i + 1 < pattern.size()) {
      ++i;
      if (pattern[i] != '/') out += '\\';
      if (pattern[i] == '/')
        out += "\\/";
      else
        out += pattern[i];
    } else {
      out += pattern[i];
    }
  }
  return out + '/';
}

// A pattern of kWildcard as a bare word; empty where the language has no word for it (an unescaped
// `?`).
std::string wildcard_word(std::string_view pattern) {
  std::string out;
  for (size_t i = 0; i < pattern.size(); ++i) {
    char c = pattern[i];
    if (c == '?') return {};
    if (c == '*') {
      out += '*';
      continue;
    }
    if (c == '\\' && i + 1 < pattern.size()) c = pattern[++i];
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
    // Escaped wherever it might mean something: at the start, or as a delimiter.
    if (!plain) out += '\\';
    out += c;
  }
  return out;
}

// The same question as a regular expression, for patterns without a word.
std::string wildcard_regex(std::string_view pattern) {
  std::string out = "(?is)^";
  for (size_t i = 0; i < pattern.size(); ++i) {
    char c = pattern[i];
    if (c == '*' || c == '?') {
      out += c == '*' ? ".*" : ".";
      continue;
    }
    if (c == '\\' && i + 1 < pattern.size()) c = pattern[++i];
    if (std::string_view("\\^$.|?*+()[]{}/").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out + "$";
}

std::string operand_text(const FieldValue& operand) {
  if (const auto* text = std::get_if<std::string>(&operand)) return quote(*text);
  if (const auto* json = std::get_if<store::JsonText>(&operand)) return quote(json->text);
  if (const auto* flag = std::get_if<bool>(&operand)) return *flag ? "true" : "false";
  return std::holds_alternative<std::monostate>(operand) ? "\"\"" : number_text(operand);
}

class Printer {
 public:
  explicit Printer(store::Dataset dataset) : dataset_(dataset) {}

  std::string print(const Predicate& predicate) const {
    switch (predicate.op) {
      case Op::kTrue:
        return "*";
      case Op::kAnd:
        return join(predicate, " AND ", "*");
      case Op::kOr:
        return join(predicate, " OR ", "NOT *");
      case Op::kNot:
        return "NOT " + nested(predicate.children.front());
      default:
        return leaf(predicate);
    }
  }

 private:
  std::string join(const Predicate& predicate, const char* word, const char* none) const {
    std::string out;
    for (const Predicate& child : predicate.children) {
      if (!out.empty()) out += word;
      out += nested(child);
    }
    return out.empty() ? none : out;
  }

  std::string nested(const Predicate& child) const {
    const bool group = child.op == Op::kAnd || child.op == Op::kOr;
    return group ? "(" + print(child) + ")" : print(child);
  }

  std::string key_text(const std::string& key) const {
    const bool itself =
        is_bare_key(key) && resolve_fields(dataset_, key) == std::vector<std::string>{key};
    return itself ? key : quote(key);
  }

  std::string leaf(const Predicate& predicate) const {
    const std::string key = predicate.key.empty() ? "" : key_text(predicate.key);
    const bool prose = is_prose(dataset_, predicate.key);
    switch (predicate.op) {
      case Op::kEqual:
        return key + (prose || renames_level(predicate) ? "=" : ":") +
               operand_text(predicate.operand);
      case Op::kNotEqual:
        return key + "!=" + operand_text(predicate.operand);
      case Op::kLess:
        return key + ":<" + operand_text(predicate.operand);
      case Op::kLessEqual:
        return key + ":<=" + operand_text(predicate.operand);
      case Op::kGreater:
        return key + ":>" + operand_text(predicate.operand);
      case Op::kGreaterEqual:
        return key + ":>=" + operand_text(predicate.operand);
      case Op::kExists:
        return "has:" + key;
      case Op::kContains:
        return (key.empty() ? "" : key + (prose ? ":" : ":~")) + operand_text(predicate.operand);
      case Op::kRegex:
        return regex_leaf(key, text_of(predicate.operand));
      default:
        return wildcard_leaf(key, text_of(predicate.operand), prose);
    }
  }

  // `level:"warning"` asks for warn in logs; only `=` asks for the word itself.
  bool renames_level(const Predicate& predicate) const {
    const std::string text = text_of(predicate.operand);
    if (is_span_level(dataset_, predicate.key)) return text != "unset" && text != "ok" && text != "error";
    const auto levels = levels_of(dataset_, predicate.key);
    if (levels.empty()) return false;
    for (const std::string_view level : levels) {
      if (level == text) return false;
    }
    return true;
  }

  static std::string text_of(const FieldValue& operand) {
    const auto* text = std::get_if<std::string>(&operand);
    return text != nullptr ? *text : std::string();
  }

  static std::string regex_leaf(const std::string& key, const std::string& pattern) {
    // The language has no empty expression between its slashes.
    return (key.empty() ? "" : key + ":") + regex_text(pattern.empty() ? "(?:)" : pattern);
  }

  static std::string wildcard_leaf(const std::string& key, const std::string& pattern, bool prose) {
    const std::string word = wildcard_word(pattern);
    const bool open = pattern.size() >= 2 && pattern.front() == '*' && pattern.back() == '*';
    const bool has_star = word.find('*') != std::string::npos;
    if (word.empty() || !has_star || (key.empty() && !open))
      return regex_leaf(key, wildcard_regex(pattern));
    return (key.empty() ? "" : key + (prose ? "=" : ":")) + word;
  }

  const store::Dataset dataset_;
};

}  // namespace

std::string written(const FieldName& name) { return name.literal ? quote(name.name) : name.name; }

std::string print(const Predicate& predicate, store::Dataset dataset) {
  if (predicate.op == Op::kTrue) return "";
  return Printer(dataset).print(predicate);
}

}  // namespace tripod::query::search
