#include "base/utf8.h"

#include <simdjson.h>

#include <cstdint>
#include <cstring>

namespace tripod::base {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
// Below this the call into simdjson's runtime dispatch costs more than it saves.
constexpr size_t kShort = 32;

uint8_t byte_at(std::string_view text, size_t i) { return static_cast<uint8_t>(text[i]); }

size_t ascii_prefix(std::string_view text) {
  size_t i = 0;
  while (i + 8 <= text.size()) {
    uint64_t word = 0;
    std::memcpy(&word, text.data() + i, 8);
    if ((word & 0x8080808080808080ULL) != 0) break;
    i += 8;
  }
  while (i < text.size() && byte_at(text, i) < 0x80) ++i;
  return i;
}

// Length of the well-formed sequence at `i`, 0 when there is none (RFC 3629, table of section 4).
size_t sequence_length(std::string_view text, size_t i) {
  const uint8_t lead = byte_at(text, i);
  if (lead < 0x80) return 1;
  size_t length = 0;
  uint8_t least = 0x80;
  uint8_t most = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) least = 0xA0;  // shorter forms are overlong
    if (lead == 0xED) most = 0x9F;   // surrogates
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) least = 0x90;
    if (lead == 0xF4) most = 0x8F;  // above U+10FFFF
  }
  if (length == 0 || length > text.size() - i) return 0;
  if (byte_at(text, i + 1) < least || byte_at(text, i + 1) > most) return 0;
  for (size_t k = 2; k < length; ++k) {
    if ((byte_at(text, i + k) & 0xC0) != 0x80) return 0;
  }
  return length;
}

// `put` appends what stands for a byte that is not part of a sequence.
template <class Put>
std::string with_invalid_bytes(std::string_view text, Put put) {
  std::string out;
  out.reserve(text.size());
  size_t good = 0;  // start of the run not yet copied
  size_t i = 0;
  while (i < text.size()) {
    if (const size_t length = sequence_length(text, i); length != 0) {
      i += length;
      continue;
    }
    out.append(text.substr(good, i - good));
    put(out, byte_at(text, i));
    good = ++i;
  }
  out.append(text.substr(good));
  return out;
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  size_t i = ascii_prefix(text);
  if (text.size() - i >= kShort) return simdjson::validate_utf8(text.data() + i, text.size() - i);
  while (i < text.size()) {
    const size_t length = sequence_length(text, i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

std::string replace_invalid_utf8(std::string_view text) {
  return with_invalid_bytes(text, [](std::string& out, uint8_t) { out.append(kReplacement); });
}

std::string escape_invalid_utf8(std::string_view text) {
  return with_invalid_bytes(text, [](std::string& out, uint8_t byte) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    out.append("\\x").append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 15]);
  });
}

std::string_view utf8_prefix(std::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  // At most three continuation bytes can stand between the cut and the lead byte it would split.
  for (size_t back = 0; back <= 3 && back < max_bytes + 1; ++back) {
    const size_t at = max_bytes - back;
    if ((byte_at(text, at) & 0xC0) == 0x80) continue;
    const size_t length = sequence_length(text, at);
    return text.substr(0, at + length > max_bytes ? at : max_bytes);
  }
  return text.substr(0, max_bytes);
}

size_t utf8_length(std::string_view text) {
  size_t out = 0;
  for (const char c : text) out += (static_cast<uint8_t>(c) & 0xC0) != 0x80 ? 1 : 0;
  return out;
}

void append_utf8(std::string& out, uint32_t code) {
  const auto put = [&](uint32_t byte) { out += static_cast<char>(byte); };
  if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) code = 0xFFFD;
  if (code < 0x80) {
    put(code);
    return;
  }
  if (code < 0x800) {
    put(0xC0 | code >> 6);
  } else {
    if (code < 0x10000) {
      put(0xE0 | code >> 12);
    } else {
      put(0xF0 | code >> 18);
      put(0x80 | (code >> 12 & 0x3F));
    }
    put(0x80 | (code >> 6 & 0x3F));
  }
  put(0x80 | (code & 0x3F));
}

}  // namespace tripod::base
