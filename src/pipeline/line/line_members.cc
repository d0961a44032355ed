#include "pipeline/line/line_members.h"

namespace tripod::pipeline {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Never reads past the end, even where the promise of valid JSON is broken.
class Lister {
 public:
  Lister(std::string_view text, std::vector<LineMember>& out) : text_(text), out_(out) {}

  bool run() {
    skip_space();
    if (!object(0)) return false;
    skip_space();
    return at_ == text_.size();
  }

 private:
  static constexpr int kMostDepth = 8;
  static constexpr size_t kMostPrefix = 200;

  char here() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_space() {
    while (is_space(here())) ++at_;
  }
  bool take(char c) {
    if (here() != c) return false;
    ++at_;
    return true;
  }

  bool object(int depth) {
    if (depth > kMostDepth || !take('{')) return false;
    while (true) {
      skip_space();
      std::string_view name;
      if (!string(name) || name.find('\\') != name.npos) return false;
      skip_space();
      if (!take(':')) return false;
      skip_space();
      if (!value(name, depth)) return false;
      skip_space();
      if (take('}')) return true;
      if (!take(',')) return false;
    }
  }

  bool value(std::string_view name, int depth) {
    const size_t start = at_;
    if (here() == '{' && !is_empty_object()) {
      const size_t outer = prefix_.size();
      if (outer + name.size() > kMostPrefix) return false;
      prefix_.append(name).push_back('.');
      const bool good = object(depth + 1);
      prefix_.resize(outer);
      return good;
    }
    LineMember member{prefix_ + std::string(name), LineMember::Kind::kJson, {}};
    if (here() == '"') {
      member.kind = LineMember::Kind::kString;
      if (!string(member.text)) return false;
    } else {
      if (!(here() == '{' || here() == '[' ? container() : bare(member.kind))) return false;
      member.text = text_.substr(start, at_ - start);
    }
    out_.push_back(std::move(member));
    return true;
  }

  bool is_empty_object() const {
    size_t i = at_ + 1;
    while (i < text_.size() && is_space(text_[i])) ++i;
    return i < text_.size() && text_[i] == '}';
  }

  bool string(std::string_view& out) {
    if (!take('"')) return false;
    const size_t start = at_;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    if (at_ >= text_.size()) return false;
    out = text_.substr(start, at_ - start);
    ++at_;
    return true;
  }

  bool container() {
    size_t depth = 0;
    std::string_view skipped;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        if (!string(skipped)) return false;
        continue;
      }
      ++at_;
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && --depth == 0) return true;
    }
    return false;
  }

  bool bare(LineMember::Kind& kind) {
    const size_t start = at_;
    while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '}' && text_[at_] != ']' && !is_space(text_[at_])) ++at_;
    const std::string_view token = text_.substr(start, at_ - start);
    if (token.empty()) return false;
    kind = token == "null"                       ? LineMember::Kind::kNull
           : token == "true" || token == "false" ? LineMember::Kind::kBool
                                                 : LineMember::Kind::kNumber;
    return true;
  }

  const std::string_view text_;
  std::vector<LineMember>& out_;
  size_t at_ = 0;
  std::string prefix_;
};

}  // namespace

bool list_members(std::string_view object, std::vector<LineMember>& out) { return Lister(object, out).run(); }

}  // namespace tripod::pipeline
