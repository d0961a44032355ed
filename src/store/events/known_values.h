// What a batch has of values already, while it is encoded: those that come again are kept once. What does not fit is forgotten.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "store/events/row_batch.h"

namespace tripod::store {

// The values of one key and tag, as one number. @pre tag is no reference, and the key is below 2^29
inline uint32_t column_of(uint32_t key, FieldTag tag) { return key << kFieldTagBits | static_cast<uint32_t>(tag); }

// Texts that stand in the batch already (ids of a request, paths, templates of lines). Not thread-safe.
class KnownTexts {
 public:
  static constexpr uint32_t kNoColumn = UINT32_MAX;
  static constexpr size_t kShortest = 4;  // referring to a shorter text saves nothing

  // Where a text stands, and its number in the column that had it last.
  struct Text {
    uint32_t at = 0;  // of its size; 0: none, as no text's size stands there
    uint32_t column = kNoColumn;
    uint16_t value = 0;
  };

  // For a batch of so many records.
  explicit KnownTexts(size_t rows) : by_hash_(std::bit_ceil(std::clamp<size_t>(rows * 4, 64, kMostHashes))) {}

  // The same text in `body`; null where it is not known. Valid until the next call.
  Text* find(std::string_view text, std::string_view body) {
    if (text.size() >= kLong) {
      place_ = &by_place_[(reinterpret_cast<uintptr_t>(text.data()) * kMultiplier) >> 58];
      if (place_->text == text.data() && place_->size == text.size()) return &place_->known;
    }
    hash_ = base::hash64(text);
    Hashed& hashed = by_hash_[hash_ & (by_hash_.size() - 1)];
    if (hashed.known.at == 0 || hashed.hash != static_cast<uint32_t>(hash_ >> 32)) return nullptr;
    const char* there = body.data() + hashed.known.at;
    if (read_varint(there) != text.size() || std::memcmp(there, text.data(), text.size()) != 0) return nullptr;
    return keep(text, hashed.known);
  }
  // find() did not find `text` just now; its size stands at `at`. It stays where it is while the batch is encoded.
  Text* add(std::string_view text, size_t at) {
    Hashed& hashed = by_hash_[hash_ & (by_hash_.size() - 1)];
    hashed = {static_cast<uint32_t>(hash_ >> 32), {.at = static_cast<uint32_t>(at)}};
    return keep(text, hashed.known);
  }

 private:
  static constexpr size_t kMostHashes = 4096;
  // Long texts that come again often lie at one place: they need not be hashed.
  static constexpr size_t kLong = 64;
  static constexpr size_t kPlaces = 64;
  static constexpr uint64_t kMultiplier = 0x9e3779b97f4a7c15ULL;
  struct Hashed {
    uint32_t hash = 0;
    Text known;
  };
  static_assert(sizeof(Hashed) == 16, "they are to stay near the processor");
  struct Place {
    const char* text = nullptr;
    size_t size = 0;
    Text known;
  };

  Text* keep(std::string_view text, Text& known) {
    if (text.size() < kLong) return &known;
    *place_ = {text.data(), text.size(), known};
    return &place_->known;
  }

  std::vector<Hashed> by_hash_;
  std::array<Place, kPlaces> by_place_{};
  uint64_t hash_ = 0;       // of the text that find() was asked for last
  Place* place_ = nullptr;  // its place, where it is long
};
static_assert(sizeof(uintptr_t) == 8);

// Numbers and very short texts, each a word, by column_of(). Not thread-safe.
class KnownWords {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Word {
    uint64_t word = 0;
    uint32_t column = kNone;
    uint16_t value = 0;  // its number in the column
  };
  // Where none are wanted at() is not called.
  explicit KnownWords(bool wanted) : words_(wanted ? size_t{1} << kBits : 0) {}

  // Where it is, if it is known, and where it may be put. Of three that belong to one place two are kept: those that come in turn do not
  // push each other out.
  Word& at(uint64_t word, uint32_t column) {
    constexpr uint64_t kMultiplier = 0x9e3779b97f4a7c15ULL;
    const uint64_t mixed = (word * kMultiplier) ^ column;
    const size_t place = (mixed * kMultiplier) >> (64 - kBits);
    Word& first = words_[place];
    const bool is_first = first.column == kNone || (first.word == word && first.column == column);
    return is_first ? first : words_[place ^ 1];
  }

 private:
  static constexpr int kBits = 11;
  std::vector<Word> words_;
};

}  // namespace tripod::store
