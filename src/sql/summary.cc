#include "sql/summary.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace tripod::sql {

namespace {

template <size_t N>
bool is_any(const Token& token, const std::array<std::string_view, N>& words) {
  return token.kind == TokenKind::kWord && std::ranges::any_of(words, [&](std::string_view word) { return is_keyword(token, word); });
}

constexpr std::array<std::string_view, 5> kInside = {"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"};
constexpr std::array<std::string_view, 4> kObjects = {"TABLE", "INDEX", "VIEW", "DATABASE"};
constexpr std::array<std::string_view, 11> kEndOfName = {"SELECT", "SET", "VALUES", "WHERE", "USING", "ON", "AS", "DEFAULT", "LATERAL", "UNNEST", "ONLY"};
constexpr std::array<std::string_view, 6> kBeforeNames = {"IF", "NOT", "EXISTS", "ONLY", "INTO", "TABLE"};

std::string upper_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

bool is_symbol(const Token& token, std::string_view text) { return token.kind == TokenKind::kSymbol && token.text == text; }

class Summariser {
 public:
  Summariser(std::span<const Token> tokens, Statement& out) : tokens_(tokens), out_(out) {}

  void run() {
    for (at_ = 0; at_ < tokens_.size(); ++at_) {
      const Token& token = tokens_[at_];
      if (is_symbol(token, "(")) ++depth_;
      if (is_symbol(token, ")") && depth_ > 0) --depth_;
      if (token.kind == TokenKind::kWord && !is_part_of_name()) take(token);
    }
    if (out_.operation.empty()) out_.operation = first_word_;
    if (out_.summary.empty()) out_.summary = out_.operation;
  }

 private:
  bool is_part_of_name() const { return at_ > 0 && is_symbol(tokens_[at_ - 1], "."); }
  const Token* following(size_t steps) const { return at_ + steps < tokens_.size() ? &tokens_[at_ + steps] : nullptr; }

  void take(const Token& token) {
    if (first_word_.empty()) begin(token);
    else if (is_keyword(token, "WITH") && first_word_ == "EXPLAIN") in_with_ = true;
    if (in_with_) learn_name_of_with();
    if (is_any(token, kInside) && !is_clause(token)) return operation(token);
    const bool is_from = is_keyword(token, "FROM") && !is_argument();
    if (is_from || is_keyword(token, "JOIN") || is_keyword(token, "INTO") || is_keyword(token, "USING")) return tables();
    if (is_any(token, kObjects) && is_definition_) {
      add_word(upper_case(token.text));
      return tables();
    }
    if (is_keyword(token, "TABLE") && (first_word_ == "LOCK" || first_word_ == "TRUNCATE")) return tables();
  }

  void begin(const Token& token) {
    first_word_ = upper_case(token.text);
    in_with_ = first_word_ == "WITH";
    is_definition_ = first_word_ == "CREATE" || first_word_ == "ALTER" || first_word_ == "DROP";
    if (in_with_ || is_any(token, kInside)) return;
    out_.operation = first_word_;
    add_word(first_word_);
    if (first_word_ == "TRUNCATE" || first_word_ == "REPLACE" || first_word_ == "CALL" || first_word_ == "COPY") tables();
  }

  // FOR UPDATE, ON CONFLICT DO UPDATE, ON DELETE CASCADE: no operations of their own. "INSERT(" and "REPLACE(" are functions of MySQL.
  bool is_clause(const Token& token) const {
    if (at_ == 0) return false;
    const Token& before = tokens_[at_ - 1];
    if (is_keyword(token, "UPDATE") && (is_keyword(before, "FOR") || is_keyword(before, "DO") || is_keyword(before, "KEY") || is_keyword(before, "ON"))) return true;
    if (is_keyword(token, "DELETE") && is_keyword(before, "ON")) return true;
    if (is_definition_) return !is_keyword(token, "SELECT");
    return following(1) != nullptr && is_symbol(*following(1), "(") && !is_keyword(token, "SELECT");
  }

  // EXTRACT(YEAR FROM created), TRIM(x FROM y), SUBSTRING(a FROM 1): no table. IS DISTINCT FROM neither.
  bool is_argument() const {
    if (at_ == 0) return false;
    if (is_keyword(tokens_[at_ - 1], "DISTINCT")) return true;
    size_t depth = 0;
    for (size_t i = at_; i-- > 0;) {
      if (is_symbol(tokens_[i], ")")) ++depth;
      if (is_symbol(tokens_[i], "(")) {
        if (depth-- > 0) continue;
        static constexpr std::array<std::string_view, 5> kFunctions = {"EXTRACT", "TRIM", "SUBSTRING", "OVERLAY", "POSITION"};
        return i > 0 && is_any(tokens_[i - 1], kFunctions);
      }
      if (depth == 0 && is_any(tokens_[i], kInside)) return false;
      if (at_ - i > kLookBack) return false;
    }
    return false;
  }

  // WITH name AS (, name (columns) AS (
  void learn_name_of_with() {
    const Token& token = tokens_[at_];
    const Token* next = following(1);
    if (next == nullptr || depth_ > 0) return;
    if (is_keyword(*next, "AS") || is_symbol(*next, "(")) names_of_with_.push_back(std::string(token.text));
    if (is_any(token, kInside)) in_with_ = false;
  }

  void operation(const Token& token) {
    const std::string name = upper_case(token.text);
    if (out_.operation.empty() || (depth_ == 0 && first_word_ == "WITH" && !has_main_)) {
      out_.operation = name;
      has_main_ = depth_ == 0;
      if (has_main_) out_.collection.clear();
    }
    add_word(name);
    if (name == "UPDATE") tables();
  }

  // One table, or several with commas between them.
  void tables() {
    do {
      if (!table()) return;
      skip_alias();
    } while (following(1) != nullptr && is_symbol(*following(1), ",") && (++at_, true));
  }

  bool table() {
    while (following(1) != nullptr && is_any(*following(1), kBeforeNames)) ++at_;
    const Token* next = following(1);
    if (next == nullptr || (next->kind != TokenKind::kWord && next->kind != TokenKind::kQuoted) || is_any(*next, kEndOfName)) return false;
    std::string name(without_quotes(next->text));
    ++at_;
    while (following(2) != nullptr && is_symbol(*following(1), ".") && following(2)->kind != TokenKind::kSymbol) {
      name += "." + std::string(without_quotes(following(2)->text));
      at_ += 2;
    }
    const bool is_function = following(1) != nullptr && is_symbol(*following(1), "(") && !following(1)->space_before;
    if (is_function && out_.operation != "INSERT" && out_.operation != "REPLACE" && !is_definition_ && out_.operation != "CALL") return true;
    if (std::ranges::find(names_of_with_, name) != names_of_with_.end()) return true;
    if (out_.collection.empty()) out_.collection = name;
    add_word(name);
    return true;
  }

  void skip_alias() {
    if (following(1) != nullptr && is_keyword(*following(1), "AS")) ++at_;
    const Token* next = following(1);
    const Token* behind = following(2);
    if (next == nullptr || behind == nullptr || !is_symbol(*behind, ",")) return;
    if (next->kind == TokenKind::kWord || next->kind == TokenKind::kQuoted) ++at_;
  }

  // The same word twice in a row says no more than once.
  void add_word(const std::string& word) {
    if (word == last_word_ || out_.summary.size() + word.size() + 1 > kLongestSummary) return;
    if (!out_.summary.empty()) out_.summary += ' ';
    out_.summary += word;
    last_word_ = word;
  }

  static constexpr size_t kLookBack = 64;
  std::span<const Token> tokens_;
  Statement& out_;
  size_t at_ = 0;
  size_t depth_ = 0;
  std::string first_word_;
  std::string last_word_;
  bool in_with_ = false;
  bool is_definition_ = false;
  bool has_main_ = false;   // behind WITH
  std::vector<std::string> names_of_with_;
};

}  // namespace

void summarise(std::span<const Token> tokens, Statement& statement) { Summariser(tokens, statement).run(); }

}  // namespace tripod::sql
