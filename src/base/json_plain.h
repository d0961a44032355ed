// The stretch of a JSON string that stands for itself.
#pragma once

#include <cstddef>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>

#include <bit>
#endif

namespace tripod::base {

// The first byte at or after `from` that does not stand for itself in a JSON string: a quote, a backslash, a control character; else the
// size of the text. https://www.rfc-editor.org/rfc/rfc8259#section-7
inline size_t end_of_plain_json(std::string_view text, size_t from) {
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), last_control = _mm_set1_epi8(0x1f);
  for (; from + 16 <= text.size(); from += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + from));
    const __m128i special = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
                                         _mm_cmpeq_epi8(_mm_min_epu8(bytes, last_control), bytes));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(special));
    if (mask != 0) return from + static_cast<size_t>(std::countr_zero(mask));
  }
#endif
  while (from < text.size() && static_cast<unsigned char>(text[from]) >= 0x20 && text[from] != '"' && text[from] != '\\') ++from;
  return from;
}

}  // namespace tripod::base
