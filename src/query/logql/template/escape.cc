#include "query/logql/template/escape.h"

#include <array>
#include <charconv>

#include "query/promql/text.h"

namespace tripod::query::logql::text_template {
namespace {

constexpr std::string_view kUpperHex = "0123456789ABCDEF";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-_.~").find(c) != std::string_view::npos;
}

void append_hex(std::string& out, char c) {
  const auto byte = static_cast<unsigned char>(c);
  out += kUpperHex[byte >> 4];
  out += kUpperHex[byte & 15];
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '"': out += "&#34;"; break;
      case '\'': out += "&#39;"; break;
      case '\0': out += "\xEF\xBF\xBD"; break;
      default: out += c;
    }
  }
  return out;
}

std::string escape_js(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '\'' || c == '"') {
      out += '\\';
      out += c;
    } else if (c == '<' || c == '>' || c == '&' || c == '=' || static_cast<unsigned char>(c) < ' ') {
      out += "\\u00";
      append_hex(out, c);
    } else {
      out += c;
    }
  }
  return out;
}

std::string escape_url(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += '%';
      append_hex(out, c);
    }
  }
  return out;
}

base::Result<std::string> unescape_url(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const std::string_view digits = text.substr(i + 1, 2);
    unsigned value = 0;
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 2 || ec != std::errc() || end != digits.data() + 2) {
      return base::fail(base::Code::kInvalidArgument, "invalid URL escape " + promql::quote(text.substr(i, 3)));
    }
    out += static_cast<char>(static_cast<unsigned char>(value));
    i += 2;
  }
  return out;
}

std::string encode_base64(std::string_view bytes) {
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t have = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) group = group << 8 | (k < have ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (size_t k = 0; k < 4; ++k) out += k <= have ? kBase64[group >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

base::Result<std::string> decode_base64(std::string_view text) {
  const auto bad = [](size_t at) {
    return base::fail(base::Code::kInvalidArgument, "illegal base64 data at input byte " + std::to_string(at));
  };
  std::string out;
  uint32_t group = 0;
  size_t have = 0, padding = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' || text[i] == '\r') continue;
    if (text[i] == '=') {
      ++padding;
      continue;
    }
    const size_t value = kBase64.find(text[i]);
    if (value == kBase64.npos || padding > 0) return bad(i);
    group = group << 6 | static_cast<uint32_t>(value);
    if (++have % 4 != 0) continue;
    for (const int shift : {16, 8, 0}) out += static_cast<char>(static_cast<unsigned char>(group >> shift & 255));
    group = 0;
  }
  const size_t rest = have % 4;
  if (rest == 1 || (rest == 0 ? padding != 0 : padding != 4 - rest)) return bad(text.size());
  if (rest >= 2) out += static_cast<char>(static_cast<unsigned char>(group >> (rest == 2 ? 4 : 10) & 255));
  if (rest == 3) out += static_cast<char>(static_cast<unsigned char>(group >> 2 & 255));
  return out;
}

}  // namespace tripod::query::logql::text_template
