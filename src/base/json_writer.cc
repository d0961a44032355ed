#include "base/json_writer.h"

#include <charconv>
#include <cmath>
#include <cstring>

#include "base/utf8.h"

namespace tripod::base {
namespace {

constexpr char kHex[] = "0123456789abcdef";

bool needs_escape(unsigned char c) { return c < 0x20 || c == '"' || c == '\\'; }

constexpr uint64_t kOnes = 0x0101010101010101ULL;
constexpr uint64_t kHighs = 0x8080808080808080ULL;

// High bit set in some byte when one of the eight is zero (Hacker's Delight, 6-1); no false alarms
// overall.
uint64_t has_zero(uint64_t word) { return (word - kOnes) & ~word & kHighs; }

// Length of the prefix that needs no escape; sets `high` where it saw a byte above 0x7f.
size_t plain_prefix(std::string_view text, size_t from, bool& high) {
  size_t i = from;
  while (i + 8 <= text.size()) {
    uint64_t word = 0;
    std::memcpy(&word, text.data() + i, 8);
    const uint64_t control = (word - kOnes * 0x20) & ~word & kHighs;
    const uint64_t quote = has_zero(word ^ (kOnes * '"'));
    const uint64_t backslash = has_zero(word ^ (kOnes * '\\'));
    if ((control | quote | backslash) != 0) break;
    if ((word & kHighs) != 0) high = true;
    i += 8;
  }
  for (; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (needs_escape(c)) break;
    if (c >= 0x80) high = true;
  }
  return i;
}

void append_escape(std::string& out, unsigned char c) {
  switch (c) {
    case '"':
      out.append("\\\"");
      return;
    case '\\':
      out.append("\\\\");
      return;
    case '\n':
      out.append("\\n");
      return;
    case '\r':
      out.append("\\r");
      return;
    case '\t':
      out.append("\\t");
      return;
    case '\b':
      out.append("\\b");
      return;
    case '\f':
      out.append("\\f");
      return;
    default:
      break;
  }
  const char escape[] = {'\\', 'u', '0', '0', kHex[c >> 4], kHex[c & 15]};
  out.append(escape, sizeof escape);
}

void append_quoted(std::string& out, std::string_view text) {
  const size_t start = out.size();
  out.push_back('"');
  bool high = false;
  size_t i = 0;
  while (i < text.size()) {
    const size_t end = plain_prefix(text, i, high);
    out.append(text.substr(i, end - i));
    if (end == text.size()) break;
    append_escape(out, static_cast<unsigned char>(text[end]));
    i = end + 1;
  }
  out.push_back('"');
  if (high && !is_valid_utf8(text)) {
    // Bad bytes are rare: they pay for writing the string a second time.
    const std::string fixed = replace_invalid_utf8(text);
    out.resize(start);
    append_quoted(out, fixed);
  }
}

template <class T>
void append_number(std::string& out, T value) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  out.append(buffer, static_cast<size_t>(end - buffer));
}

}  // namespace

void JsonWriter::separate() {
  if (need_comma_) out_.push_back(',');
  need_comma_ = true;
}

JsonWriter& JsonWriter::open(char c) {
  separate();
  out_.push_back(c);
  need_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::close(char c) {
  out_.push_back(c);
  need_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_quoted(out_, name);
  out_.push_back(':');
  need_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
  separate();
  append_quoted(out_, text);
  return *this;
}

JsonWriter& JsonWriter::int64(int64_t value) {
  separate();
  append_number(out_, value);
  return *this;
}

JsonWriter& JsonWriter::uint64(uint64_t value) {
  separate();
  append_number(out_, value);
  return *this;
}

JsonWriter& JsonWriter::float64(double value) {
  if (!std::isfinite(value)) return null();
  separate();
  append_number(out_, value);
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) { return raw(value ? "true" : "false"); }

JsonWriter& JsonWriter::null() { return raw("null"); }

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  out_.append(json);
  return *this;
}

JsonWriter& JsonWriter::int64_string(int64_t value) {
  separate();
  out_.push_back('"');
  append_number(out_, value);
  out_.push_back('"');
  return *this;
}

}  // namespace tripod::base
