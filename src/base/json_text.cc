#include "base/json_text.h"

#include <array>
#include <cstring>
#include <utility>

#include "base/json_plain.h"
#include "base/utf8.h"

namespace tripod::base {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The four digits of a \u escape at `at`, or -1.
int hex4(std::string_view text, size_t at) {
  if (at + 4 > text.size()) return -1;
  int value = 0;
  for (size_t i = at; i < at + 4; ++i) {
    const int digit = hex_value(text[i]);
    if (digit < 0) return -1;
    value = value << 4 | digit;
  }
  return value;
}

class Checker {
 public:
  Checker(std::string_view text, size_t max_depth) : text_(text), max_depth_(max_depth) {}

  JsonCheck run() {
    skip_space();
    while (true) {
      if (at_open() ? !open() : !scalar()) return failed();
      if (expects_value_) continue;
      switch (close_and_separate()) {
        case Next::kValue:
          continue;
        case Next::kEnd:
          return {};
        case Next::kFault:
          return failed();
      }
    }
  }

 private:
  enum class Next : uint8_t { kValue, kEnd, kFault };

  JsonCheck failed() const {
    return {too_deep_ ? JsonFault::kTooDeep : JsonFault::kMalformed, at_};
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool at_open() const { return peek() == '{' || peek() == '['; }
  bool in_object() const { return (kinds_[depth_ >> 6] >> (depth_ & 63) & 1) != 0; }

  void skip_space() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return;
      ++at_;
    }
  }

  bool open() {
    if (depth_ >= max_depth_ || depth_ >= kMostJsonDepth) {
      too_deep_ = true;
      return false;
    }
    ++depth_;
    const bool object = text_[at_++] == '{';
    const uint64_t bit = uint64_t{1} << (depth_ & 63);
    kinds_[depth_ >> 6] = object ? kinds_[depth_ >> 6] | bit : kinds_[depth_ >> 6] & ~bit;
    skip_space();
    if (peek() == (object ? '}' : ']')) {
      expects_value_ = false;
      return true;
    }
    expects_value_ = true;
    return !object || key();
  }

  bool key() {
    if (peek() != '"' || !string()) return false;
    skip_space();
    if (peek() != ':') return false;
    ++at_;
    skip_space();
    return true;
  }

  Next close_and_separate() {
    while (true) {
      skip_space();
      if (depth_ == 0) return at_ == text_.size() ? Next::kEnd : Next::kFault;
      const char c = peek();
      const bool object = in_object();
      if (c == (object ? '}' : ']')) {
        ++at_;
        --depth_;
        continue;
      }
      if (c != ',') return Next::kFault;
      ++at_;
      skip_space();
      return !object || key() ? Next::kValue : Next::kFault;
    }
  }

  bool scalar() {
    expects_value_ = false;
    switch (peek()) {
      case '"':
        return string();
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

  bool word(std::string_view w) {
    if (text_.substr(at_, w.size()) != w) return false;
    at_ += w.size();
    return true;
  }

  bool digits() {
    if (!is_digit(peek())) return false;
    while (is_digit(peek())) ++at_;
    return true;
  }

  bool number() {
    if (peek() == '-') ++at_;
    if (peek() == '0') {
      ++at_;
    } else if (!digits()) {
      return false;
    }
    if (peek() == '.') {
      ++at_;
      if (!digits()) return false;
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      if (!digits()) return false;
    }
    return true;
  }

  bool string() {
    ++at_;
    while (true) {
      at_ = end_of_plain_json(text_, at_);
      const char c = peek();
      if (at_ >= text_.size() || static_cast<unsigned char>(c) < 0x20) return false;
      ++at_;
      if (c == '"') return true;
      if (!escape()) return false;
    }
  }

  bool escape() {
    const char c = peek();
    if (c == 'u') {
      if (hex4(text_, at_ + 1) < 0) return false;
      at_ += 5;
      return true;
    }
    if (c == '\0' || std::string_view("\"\\/bfnrt").find(c) == std::string_view::npos) return false;
    ++at_;
    return true;
  }

  std::string_view text_;
  size_t max_depth_;
  size_t at_ = 0;
  size_t depth_ =
      0;  // open containers; bit `depth_` of kinds_ says whether the innermost is an object
  bool expects_value_ = true;
  bool too_deep_ = false;
  std::array<uint64_t, kMostJsonDepth / 64 + 1> kinds_{};
};

}  // namespace

JsonCheck check_json(std::string_view text, size_t max_depth) {
  return Checker(text, max_depth).run();
}

size_t repair_surrogate_escapes(char* json, size_t size) {
  const std::string_view text(json, size);
  size_t repaired = 0;
  for (size_t at = text.find('\\'); at != std::string_view::npos && at + 1 < size;
       at = text.find('\\', at)) {
    if (text[at + 1] != 'u') {
      at += 2;
      continue;
    }
    const int first = hex4(text, at + 2);
    if (first < 0xd800 || first > 0xdfff) {
      at += 2;
      continue;
    }
    if (first < 0xdc00 && text.substr(at + 6, 2) == "\\u") {
      const int second = hex4(text, at + 8);
      if (second >= 0xdc00 && second <= 0xdfff) {
        at += 12;
        continue;
      }
    }
    std::memcpy(json + at + 2, "fffd", 4);
    ++repaired;
    at += 6;
  }
  return repaired;
}

std::shared_ptr<const std::string> readable_json(std::shared_ptr<const std::string> body) {
  if (!is_valid_utf8(*body)) {
    body = std::make_shared<const std::string>(replace_invalid_utf8(*body));
  }
  const bool has_surrogates =
      body->find("\\ud") != std::string::npos || body->find("\\uD") != std::string::npos;
  if (!has_surrogates || check_json(*body, kMostJsonDepth).fault != JsonFault::kNone) return body;
  std::string copy = *body;
  if (repair_surrogate_escapes(copy.data(), copy.size()) == 0) return body;
  return std::make_shared<const std::string>(std::move(copy));
}

}  // namespace tripod::base
