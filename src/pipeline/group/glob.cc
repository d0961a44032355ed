#include "pipeline/group/glob.h"

#include <algorithm>

namespace tripod::pipeline::group {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool equal_ignoring_case(std::string_view text, std::string_view lower_text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (lower(text[i]) != lower_text[i]) return false;
  }
  return true;
}

}  // namespace

Glob::Glob(std::string_view pattern, GlobKind kind, GlobCase letters)
    : kind_(kind), ignore_case_(letters == GlobCase::kIgnored) {
  compile(pattern);
  find_shape();
}

void Glob::compile(std::string_view pattern) {
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '*') {
      const bool two = kind_ == GlobKind::kPath && i + 1 < pattern.size() && pattern[i + 1] == '*';
      if (!two) {
        const bool crosses = kind_ == GlobKind::kText;
        tokens_.push_back({crosses ? TokenKind::kDoubleStar : TokenKind::kStar});
        continue;
      }
      const bool at_start = i == 0 || pattern[i - 1] == '/';
      const bool folders = at_start && i + 2 < pattern.size() && pattern[i + 2] == '/';
      tokens_.push_back({folders ? TokenKind::kFolders : TokenKind::kDoubleStar});
      i += folders ? 2 : 1;
    } else if (c == '?') {
      tokens_.push_back({TokenKind::kAnyChar});
    } else if (c == '[') {
      i = compile_class(pattern, i);
    } else {
      const bool escaped = c == '\\' && i + 1 < pattern.size();
      const char literal = escaped ? pattern[++i] : c;
      tokens_.push_back({TokenKind::kChar, ignore_case_ ? lower(literal) : literal});
    }
  }
}

// Answers the position of "]"; a "[" without one stands for itself.
size_t Glob::compile_class(std::string_view pattern, size_t at) {
  size_t i = at + 1;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  const size_t first = i;
  Set set{std::vector<bool>(256, false)};
  while (i < pattern.size() && (pattern[i] != ']' || i == first)) {
    const auto from = static_cast<unsigned char>(pattern[i]);
    auto to = from;
    if (i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']') {
      to = static_cast<unsigned char>(pattern[i + 2]);
      i += 2;
    }
    for (size_t b = from; b <= to; ++b) {
      set.bytes[b] = true;
      if (ignore_case_) set.bytes[static_cast<unsigned char>(lower(static_cast<char>(b)))] = true;
    }
    ++i;
  }
  if (i >= pattern.size()) {
    tokens_.push_back({TokenKind::kChar, '['});
    return at;
  }
  if (negated) set.bytes.flip();
  tokens_.push_back({TokenKind::kClass, '\0', static_cast<uint16_t>(sets_.size())});
  sets_.push_back(std::move(set));
  return i;
}

void Glob::find_shape() {
  size_t first = 0;
  size_t last = tokens_.size();
  bool before = false;
  bool after = false;
  bool folder = false;
  if (last > 0 && (tokens_.front().kind == TokenKind::kDoubleStar ||
                   tokens_.front().kind == TokenKind::kFolders)) {
    before = true;
    folder = tokens_.front().kind == TokenKind::kFolders;
    ++first;
  }
  if (last > first && tokens_[last - 1].kind == TokenKind::kDoubleStar) {
    after = true;
    --last;
  }
  for (size_t i = first; i < last; ++i) {
    if (tokens_[i].kind != TokenKind::kChar) return;
  }
  if (before && !after && last > first) return;  // a suffix
  if (folder) bytes_.push_back('/');
  for (size_t i = first; i < last; ++i) bytes_.push_back(tokens_[i].c);
  shape_ = folder ? Shape::kFolder : before ? Shape::kContains : after ? Shape::kPrefix : Shape::kEqual;
}

bool Glob::is_prefix(std::string_view text, std::string_view bytes) const {
  if (text.size() < bytes.size()) return false;
  text = text.substr(0, bytes.size());
  return ignore_case_ ? equal_ignoring_case(text, bytes) : text == bytes;
}

bool Glob::contains(std::string_view text) const {
  if (!ignore_case_) return text.find(bytes_) != std::string_view::npos;
  return bytes_.empty() || std::search(text.begin(), text.end(), bytes_.begin(), bytes_.end(),
                                       [](char a, char b) { return lower(a) == b; }) != text.end();
}

bool Glob::matches(std::string_view text) const {
  switch (shape_) {
    case Shape::kEqual:
      return text.size() == bytes_.size() && is_prefix(text, bytes_);
    case Shape::kPrefix:
      return is_prefix(text, bytes_);
    case Shape::kContains:
      return contains(text);
    case Shape::kFolder:
      return is_prefix(text, std::string_view(bytes_).substr(1)) || contains(text);
    case Shape::kTokens:
      return matches_tokens(text);
  }
  return false;
}

bool Glob::matches_token(const Token& token, char c) const {
  if (token.kind == TokenKind::kChar) return (ignore_case_ ? lower(c) : c) == token.c;
  if (kind_ == GlobKind::kPath && c == '/') return false;
  if (token.kind == TokenKind::kAnyChar) return true;
  return sets_[token.set].bytes[static_cast<unsigned char>(c)];
}

// One more byte (or folder) under the star; false when it can take no more.
bool Glob::resume(std::string_view text, Star& star, size_t& token, size_t& at) const {
  if (star.token == SIZE_MAX || star.text >= text.size()) return false;
  const TokenKind kind = tokens_[star.token].kind;
  if (kind == TokenKind::kStar && text[star.text] == '/') return false;
  if (kind == TokenKind::kFolders) {
    const size_t slash = text.find('/', star.text);
    if (slash == std::string_view::npos) return false;
    star.text = slash;
  }
  at = ++star.text;
  token = star.token + 1;
  return true;
}

bool Glob::matches_tokens(std::string_view text) const {
  text = text.substr(0, kMostText);
  Star within;   // the last "*"
  Star across;  // the last "**"
  size_t token = 0;
  size_t at = 0;
  while (at < text.size() || token < tokens_.size()) {
    if (token < tokens_.size()) {
      const TokenKind kind = tokens_[token].kind;
      if (kind == TokenKind::kStar) {
        within = {token++, at};
        continue;
      }
      if (kind == TokenKind::kDoubleStar || kind == TokenKind::kFolders) {
        across = {token++, at};
        within = {};
        continue;
      }
      if (at < text.size() && matches_token(tokens_[token], text[at])) {
        ++token;
        ++at;
        continue;
      }
    }
    if (resume(text, within, token, at)) continue;
    within = {};
    if (!resume(text, across, token, at)) return false;
  }
  return true;
}

}  // namespace tripod::pipeline::group
