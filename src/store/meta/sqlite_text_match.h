// Search of texts within SQLite, several times as fast as LIKE. Private to the SQLite store.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace soci {
class session;
}  // namespace soci

namespace tripod::store {

// What is looked for in texts; ASCII letters in either case.
class TextPattern {
 public:
  // Any text that contains this one, where stars are no more than that.
  static TextPattern contains(std::string_view text);
  // Any text that is like this one from end to end; `*` stands for any text.
  static TextPattern like(std::string_view text);

  bool matches(std::string_view text) const;

 private:
  // One piece between stars, with how far it may be moved on by the last byte that was looked at (Horspool).
  struct Piece {
    explicit Piece(std::string_view text);
    size_t find(std::string_view text, size_t from) const;   // npos: nowhere
    bool is_at(std::string_view text, size_t from) const;
    std::string folded;
    std::array<uint32_t, 256> shift;
  };
  std::vector<Piece> pieces_;
  bool from_start_ = false;    // the first piece is where the text begins
  bool to_end_ = false;        // the last one is where it ends
};

// SQL's has_text(pattern, text…) and is_like(pattern, text…): 1 where one of the texts matches. Throws soci::soci_error.
void add_text_functions(soci::session& db);

}  // namespace tripod::store
