#include "query/logql/stages/json_scan.h"

#include <charconv>

#include "query/logql/go_text.h"

namespace tripod::query::logql {
namespace {

using base::Result;

std::unexpected<base::Error> malformed(const char* why) {
  return base::fail(base::Code::kInvalidArgument, why);
}

constexpr const char* kBadObject = "Value looks like object, but can't find closing '}' symbol";
constexpr const char* kBadArray = "Value is array, but can't find closing ']' symbol";
constexpr const char* kBadString = "Value looks like string, but can't find closing '\"' symbol";
constexpr const char* kBadValue =
    "Value looks like Number/Boolean/None, but can't find its end: ',' or '}' symbol";
constexpr const char* kUnknownValue = "Unknown value type";

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

bool is_number(std::string_view text) {
  double value = 0;
  if (text.starts_with('+') || text.empty()) return false;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool digits = text.find_first_not_of("-+.eE0123456789") == std::string_view::npos;
  return digits && ec != std::errc::invalid_argument && end == text.data() + text.size();
}

// One \uXXXX behind `at` (on the 'u'); false where it is none.
bool hex4(std::string_view raw, size_t at, uint32_t& out) {
  if (at + 5 > raw.size()) return false;
  const std::string_view digits = raw.substr(at + 1, 4);
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + 4, out, 16);
  return ec == std::errc() && end == digits.data() + 4;
}

}  // namespace

bool unescape_json(std::string_view raw, std::string& out) {
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\') {
      out += raw[i];
      continue;
    }
    if (++i >= raw.size()) return false;
    static constexpr std::string_view kLetters = "\"\\/bfnrt", kBytes = "\"\\/\b\f\n\r\t";
    if (const size_t k = kLetters.find(raw[i]); k != kLetters.npos) {
      out += kBytes[k];
      continue;
    }
    uint32_t rune = 0;
    if (raw[i] != 'u' || !hex4(raw, i, rune)) return false;
    i += 4;
    uint32_t low = 0;
    if (rune >= 0xD800 && rune < 0xDC00 && i + 2 < raw.size() && raw[i + 1] == '\\' &&
        raw[i + 2] == 'u' && hex4(raw, i + 2, low) && low >= 0xDC00 && low < 0xE000) {
      rune = 0x10000 + ((rune - 0xD800) << 10) + (low - 0xDC00);
      i += 6;
    }
    append_rune(out, rune);
  }
  return true;
}

std::string json_label_value(const JsonItem& item) {
  switch (item.kind) {
    case JsonKind::kNull: return {};
    case JsonKind::kString: {
      std::string out;
      if (item.raw.find('\\') == item.raw.npos) {
        out = item.raw;
      } else if (!unescape_json(item.raw, out)) {
        return {};
      }
      return has_bad_rune(out) ? without_bad_runes(out) : out;
    }
    default: return std::string(item.raw);
  }
}

void JsonScanner::skip_blank() {
  while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
}

Result<> JsonScanner::enter_object() {
  skip_blank();
  if (at_ >= text_.size() || text_[at_] != '{') return malformed(kBadObject);
  ++at_;
  return {};
}

Result<> JsonScanner::enter_array() {
  skip_blank();
  if (at_ >= text_.size() || text_[at_] != '[') return malformed(kBadArray);
  ++at_;
  return {};
}

Result<std::string_view> JsonScanner::string() {
  const size_t start = ++at_;
  while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
  if (at_ >= text_.size()) return malformed(kBadString);
  return text_.substr(start, at_++ - start);
}

Result<JsonItem> JsonScanner::container(char open, char close) {
  const size_t start = at_;
  int depth = 0;
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '"') {
      if (const auto text = string(); !text) return base::fail(text.error());
      continue;
    }
    ++at_;
    if (c == open && ++depth > kMostJsonNesting) break;
    if (c == close && --depth == 0) {
      return JsonItem{open == '{' ? JsonKind::kObject : JsonKind::kArray,
                      text_.substr(start, at_ - start)};
    }
  }
  return malformed(open == '{' ? kBadObject : kBadArray);
}

Result<JsonItem> JsonScanner::value() {
  skip_blank();
  if (at_ >= text_.size()) return malformed(kBadValue);
  const char c = text_[at_];
  if (c == '"') {
    const auto text = string();
    if (!text) return base::fail(text.error());
    return JsonItem{JsonKind::kString, *text};
  }
  if (c == '{') return container('{', '}');
  if (c == '[') return container('[', ']');
  const size_t start = at_;
  while (at_ < text_.size() && !is_blank(text_[at_]) && text_[at_] != ',' && text_[at_] != '}' && text_[at_] != ']') ++at_;
  const std::string_view raw = text_.substr(start, at_ - start);
  if (raw == "true") return JsonItem{JsonKind::kTrue, raw};
  if (raw == "false") return JsonItem{JsonKind::kFalse, raw};
  if (raw == "null") return JsonItem{JsonKind::kNull, raw};
  if (is_number(raw)) return JsonItem{JsonKind::kNumber, raw};
  return malformed(kUnknownValue);
}

Result<bool> JsonScanner::next_member(std::string& key, JsonItem& item) {
  skip_blank();
  if (at_ >= text_.size()) return malformed(kBadObject);
  if (text_[at_] == '}') return false;
  if (!first_) {
    if (text_[at_] != ',') return malformed(kBadObject);
    ++at_;
    skip_blank();
  }
  first_ = false;
  if (at_ >= text_.size() || text_[at_] != '"') return malformed(kBadObject);
  const auto name = string();
  if (!name) return base::fail(name.error());
  key.clear();
  if (name->find('\\') == name->npos) {
    key = *name;
  } else if (!unescape_json(*name, key)) {
    return malformed("Encountered an invalid escape sequence in a string");
  }
  skip_blank();
  if (at_ >= text_.size() || text_[at_] != ':') return malformed(kBadObject);
  ++at_;
  auto read = value();
  if (!read) return base::fail(std::move(read.error()));
  item = *read;
  return true;
}

Result<bool> JsonScanner::next_element(JsonItem& item) {
  skip_blank();
  if (at_ >= text_.size()) return malformed(kBadArray);
  if (text_[at_] == ']') return false;
  if (!first_) {
    if (text_[at_] != ',') return malformed(kBadArray);
    ++at_;
  }
  first_ = false;
  auto read = value();
  if (!read) return base::fail(std::move(read.error()));
  item = *read;
  return true;
}

}  // namespace tripod::query::logql
