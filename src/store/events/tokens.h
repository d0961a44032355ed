// Words of texts, for pruning substring searches: a needle's inner words must stand in a text as whole words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "store/events/text_search.h"

namespace tripod::store {

// Letters, digits, '_' and all bytes of other scripts form words; everything else parts them.
bool is_word_byte(char c);

// Calls `fn(uint64_t hash)` for every word of `text`, without regard to ASCII case.
uint64_t word_hash(std::string_view word);
template <class Fn>
void for_each_word(std::string_view text, Fn&& fn) {
  size_t at = 0;
  while (at < text.size()) {
    while (at < text.size() && !is_word_byte(text[at])) ++at;
    const size_t start = at;
    while (at < text.size() && is_word_byte(text[at])) ++at;
    if (at > start) fn(word_hash(text.substr(start, at - start)));
  }
}

// Hashes of the words that every text containing `needle` has as whole words: those with something that is no word byte
// on both sides within the needle.
std::vector<uint64_t> inner_word_hashes(std::string_view needle);

}  // namespace tripod::store
