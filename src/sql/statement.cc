#include "sql/statement.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "base/hash.h"
#include "sql/lexer.h"
#include "sql/postgres_parser.h"
#include "sql/summary.h"

namespace tripod::sql {

namespace {

constexpr std::string_view kValue = "?";
// Longer ones are rarely told apart by their structure, and parsing them takes long.
constexpr size_t kLongestParsed = 16 << 10;

bool is_symbol(const Token& token, std::string_view text) { return token.kind == TokenKind::kSymbol && token.text == text; }

bool is_same(const Token& a, const Token& b) { return a.kind == b.kind && a.text == b.text; }

// "-5" and "5" are both a value; "a - 5" has an operator.
bool begins_value(std::span<const Token> before) {
  if (before.empty()) return true;
  const Token& last = before.back();
  if (last.kind == TokenKind::kSymbol) return last.text != ")" && last.text != "]";
  static constexpr std::array<std::string_view, 16> kBefore = {"SELECT", "WHERE", "AND",  "OR",   "NOT",   "THEN",    "ELSE", "WHEN",
                                                               "LIMIT",  "IN",    "LIKE", "BETWEEN", "SET", "OFFSET", "RETURNING", "VALUES"};
  return std::ranges::any_of(kBefore, [&](std::string_view word) { return is_keyword(last, word); });
}

bool is_made_up(std::span<const Token> before, const Token& token) {
  if (token.kind != TokenKind::kWord && token.kind != TokenKind::kQuoted) return false;
  if (without_quotes(token.text).starts_with("_django_curs_")) return true;
  return !before.empty() && is_keyword(before.back(), "SAVEPOINT");
}

// Values and placeholders become `?`, with the sign before them.
std::vector<Token> without_values(std::span<const Token> tokens) {
  std::vector<Token> out;
  out.reserve(tokens.size());
  for (const Token& token : tokens) {
    const bool is_value = token.kind == TokenKind::kValue || is_made_up(out, token);
    if (!is_value) {
      out.push_back(token);
      continue;
    }
    bool space = token.space_before;
    const bool is_signed = !out.empty() && (is_symbol(out.back(), "-") || is_symbol(out.back(), "+"));
    if (is_signed && begins_value(std::span(out).first(out.size() - 1))) {
      space = out.back().space_before;
      out.pop_back();
    }
    // Texts beside each other are one: 'a' 'b'.
    if (!out.empty() && out.back().kind == TokenKind::kValue) continue;
    out.push_back({.kind = TokenKind::kValue, .space_before = space, .text = kValue});
  }
  while (!out.empty() && is_symbol(out.back(), ";")) out.pop_back();
  return out;
}

// Items between commas that say the same as the first are left out: "?, ?, ?" is "?", "(?, ?), (?, ?)" is "(?, ?)". Items hold values,
// brackets and commas alone: columns are no list of values.
class ListCollapser {
 public:
  explicit ListCollapser(std::vector<Token> tokens) : in_(std::move(tokens)) { out_.reserve(in_.size()); }

  std::vector<Token> run() {
    while (at_ < in_.size()) {
      const bool opens_list = begins_list();
      out_.push_back(in_[at_++]);
      if (opens_list) collapse();
    }
    return std::move(out_);
  }

 private:
  // Behind this token: IN (, ARRAY[, VALUES.
  bool begins_list() const {
    const Token& token = in_[at_];
    if (is_keyword(token, "VALUES")) return true;
    if (at_ == 0) return false;
    const Token& before = in_[at_ - 1];
    return (is_symbol(token, "(") && is_keyword(before, "IN")) || (is_symbol(token, "[") && is_keyword(before, "ARRAY"));
  }

  // End of the item that begins at `from`: `from` itself where there is none that holds values alone.
  size_t item_end(size_t from) const {
    size_t depth = 0;
    size_t i = from;
    bool has_value = false;
    for (; i < in_.size(); ++i) {
      const Token& token = in_[i];
      if (token.kind == TokenKind::kValue) has_value = true;
      else if (is_symbol(token, "(")) ++depth;
      else if (depth > 0 && is_symbol(token, ")")) --depth;
      else if (depth > 0 && (is_symbol(token, ",") || is_keyword(token, "DEFAULT") || is_keyword(token, "NULL"))) continue;
      else break;
      if (depth == 0) {
        ++i;
        break;
      }
    }
    return has_value && depth == 0 ? i : from;
  }

  void collapse() {
    const size_t first = at_;
    const size_t end = item_end(first);
    if (end == first) return;
    out_.insert(out_.end(), in_.begin() + static_cast<ptrdiff_t>(first), in_.begin() + static_cast<ptrdiff_t>(end));
    at_ = end;
    while (at_ < in_.size() && is_symbol(in_[at_], ",")) {
      const size_t next = item_end(at_ + 1);
      if (!std::ranges::equal(std::span(in_).subspan(first, end - first), std::span(in_).subspan(at_ + 1, next - at_ - 1), is_same)) return;
      at_ = next;
    }
  }

  const std::vector<Token> in_;
  std::vector<Token> out_;
  size_t at_ = 0;
};

std::string text_of(std::span<const Token> tokens) {
  std::string out;
  for (const Token& token : tokens) {
    const bool is_tight = is_symbol(token, ",") || is_symbol(token, ")") || (!out.empty() && out.back() == '(');
    if (token.space_before && !out.empty() && !is_tight) out += ' ';
    out += is_symbol(token, "%%") ? std::string_view("%") : token.text;
  }
  return out;
}

std::string folded(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

uint64_t hash_of(std::span<const Token> tokens) {
  std::string all;
  for (const Token& token : tokens) {
    // `a`, "a", [a] and a are one name: the dialects of two tracers may be told differently.
    all += token.kind == TokenKind::kWord ? folded(token.text) : std::string(token.kind == TokenKind::kQuoted ? without_quotes(token.text) : token.text);
    all += ' ';
  }
  return base::hash64(all);
}

// With $1, $2 ... for values, as PostgreSQL's parser wants them; after INTERVAL it wants a text. Empty: nested too deeply.
std::string for_parser(std::span<const Token> tokens) {
  std::string out;
  size_t values = 0;
  size_t depth = 0;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (is_symbol(token, "(") || is_symbol(token, "[") || is_keyword(token, "CASE")) ++depth;
    if (depth > kDeepestNesting) return {};
    if ((is_symbol(token, ")") || is_symbol(token, "]") || is_keyword(token, "END")) && depth > 0) --depth;
    if (token.space_before) out += ' ';
    if (token.kind != TokenKind::kValue) out += is_symbol(token, "%%") ? std::string_view("%") : token.text;
    else if (i > 0 && is_keyword(tokens[i - 1], "INTERVAL")) out += "'1 s'";
    else if (i > 0 && (is_keyword(tokens[i - 1], "SAVEPOINT") || is_keyword(tokens[i - 1], "DECLARE"))) out += "made_up";
    else out += "$" + std::to_string(++values);
  }
  return out;
}

uint64_t fingerprint_of(std::span<const Token> tokens, Dialect dialect, bool is_cut) {
  if (tokens.empty()) return 0;
  if (dialect == Dialect::kPostgres && !is_cut) {
    const std::string text = for_parser(tokens);
    if (!text.empty() && text.size() <= kLongestParsed) {
      if (const auto parsed = postgres_fingerprint(text)) return *parsed;
    }
  }
  return hash_of(tokens);
}

}  // namespace

Statement normalise(std::string_view text, Dialect dialect) {
  const bool is_too_long = text.size() > kLongestStatement;
  const Tokens lexed = lex(text.substr(0, kLongestStatement), dialect);
  const std::vector<Token> tokens = ListCollapser(without_values(lexed.tokens)).run();
  Statement out;
  out.is_cut = lexed.is_cut || is_too_long;
  out.normalised = text_of(tokens);
  out.fingerprint = fingerprint_of(tokens, dialect, out.is_cut);
  summarise(tokens, out);
  return out;
}

std::string fingerprint_text(uint64_t fingerprint) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out(16, '0');
  for (size_t i = 0; i < 16; ++i) out[15 - i] = kDigits[(fingerprint >> (4 * i)) & 15];
  return out;
}

}  // namespace tripod::sql
