// Little-endian base-128 integers and fixed words: the byte-level vocabulary of the store's formats.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace tripod::store {

inline uint64_t zigzag(int64_t v) {
  return (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63);
}
inline int64_t unzigzag(uint64_t v) {
  return static_cast<int64_t>((v >> 1) ^ (~(v & 1) + 1));
}

// A string that grows by raw pointer writes: reserve room once, then write without checks.
inline char* write_varint(char* to, uint64_t v) {
  while (v >= 0x80) {
    *to++ = static_cast<char>(v | 0x80);
    v >>= 7;
  }
  *to++ = static_cast<char>(v);
  return to;
}
inline constexpr size_t kMaxVarintBytes = 10;

inline void append_varint(std::string& out, uint64_t v) {
  char buffer[kMaxVarintBytes];
  out.append(buffer, static_cast<size_t>(write_varint(buffer, v) - buffer));
}
inline void append_text(std::string& out, std::string_view text) {
  append_varint(out, text.size());
  out.append(text);
}
template <class Word>
void append_word(std::string& out, Word word) {
  out.append(reinterpret_cast<const char*>(&word), sizeof(word));
}
template <class Word>
Word load_word(const char* from) {
  Word word;
  std::memcpy(&word, from, sizeof(word));
  return word;
}

// @pre the bytes hold a whole varint (checked before, or made by us).
inline uint64_t read_varint(const char*& from) {
  uint64_t byte = static_cast<unsigned char>(*from++);
  if (byte < 0x80) return byte;
  uint64_t v = byte & 0x7f;
  for (unsigned shift = 7;; shift += 7) {
    byte = static_cast<unsigned char>(*from++);
    v |= (byte & 0x7f) << shift;
    if (byte < 0x80) return v;
  }
}

// Reads bytes that nobody has checked yet: every call says whether there was enough; after the first false nothing more
// is read.
class CheckedReader {
 public:
  explicit CheckedReader(std::string_view bytes) : bytes_(bytes) {}

  bool varint(uint64_t& v) {
    v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (at_ >= bytes_.size()) return fail();
      const uint64_t byte = static_cast<unsigned char>(bytes_[at_++]);
      if (shift == 63 && byte > 1) return fail();
      v |= (byte & 0x7f) << shift;
      if (byte < 0x80) return true;
    }
    return fail();
  }
  bool bytes(size_t n, std::string_view& out) {
    if (n > bytes_.size() - at_) return fail();
    out = bytes_.substr(at_, n);
    at_ += n;
    return true;
  }
  bool text(std::string_view& out) {
    uint64_t n = 0;
    return varint(n) && bytes(n, out);
  }
  template <class Word>
  bool word(Word& out) {
    std::string_view raw;
    if (!bytes(sizeof(Word), raw)) return false;
    out = load_word<Word>(raw.data());
    return true;
  }
  size_t position() const { return at_; }
  size_t left() const { return bytes_.size() - at_; }
  bool ok() const { return ok_; }

 private:
  bool fail() {
    ok_ = false;
    at_ = bytes_.size();
    return false;
  }
  std::string_view bytes_;
  size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace tripod::store
