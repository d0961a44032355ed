#include "insight/commit_fixes.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace tripod::insight {

namespace {

constexpr size_t kMostIssues = 100;
constexpr std::string_view kVerbs[] = {"fix", "fixes", "fixed", "close", "closes", "closed", "resolve", "resolves", "resolved"};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; }

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

// Words, with a colon or a comma that follows one.
class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}

  // Empty at the end. What is no word and no space is a word by itself.
  std::string_view next() {
    while (!text_.empty() && (text_[0] == ' ' || text_[0] == '\n' || text_[0] == '\r' || text_[0] == '\t')) text_.remove_prefix(1);
    size_t size = 0;
    while (size < text_.size() && is_word(text_[size])) ++size;
    if (size == 0 && !text_.empty()) size = 1;
    const std::string_view word = text_.substr(0, size);
    text_.remove_prefix(size);
    return word;
  }

 private:
  std::string_view text_;
};

// "default-12" → 12, else 0.
int64_t issue_of(const std::string& word, const std::string& prefix) {
  if (!word.starts_with(prefix)) return 0;
  int64_t id = 0;
  const char* const end = word.data() + word.size();
  const auto [at, error] = std::from_chars(word.data() + prefix.size(), end, id);
  return error == std::errc() && at == end && id > 0 ? id : 0;
}

}  // namespace

std::vector<int64_t> issues_fixed_by(std::string_view message, std::string_view slug) {
  const std::string prefix = lowered(slug) + "-";
  std::vector<int64_t> out;
  Words words(message);
  bool after_verb = false;
  for (std::string_view text = words.next(); !text.empty() && out.size() < kMostIssues; text = words.next()) {
    const std::string word = lowered(text);
    if (std::ranges::find(kVerbs, word) != std::end(kVerbs)) {
      after_verb = true;
    } else if (const int64_t id = after_verb ? issue_of(word, prefix) : 0; id > 0) {
      if (std::ranges::find(out, id) == out.end()) out.push_back(id);
    } else if (word != ":" && word != "," && word != "and" && word != "#") {
      after_verb = false;
    }
  }
  return out;
}

}  // namespace tripod::insight
