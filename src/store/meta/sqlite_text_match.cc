#include "store/meta/sqlite_text_match.h"

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <algorithm>
#include <memory>

namespace tripod::store {

namespace {

constexpr std::array<unsigned char, 256> kFold = [] {
  std::array<unsigned char, 256> out{};
  for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<unsigned char>(i >= 'A' && i <= 'Z' ? i - 'A' + 'a' : i);
  return out;
}();

unsigned char fold(char c) { return kFold[static_cast<unsigned char>(c)]; }

}  // namespace

TextPattern::Piece::Piece(std::string_view text) : folded(text) {
  for (char& c : folded) c = static_cast<char>(fold(c));
  const auto size = static_cast<uint32_t>(folded.size());
  shift.fill(size);
  for (uint32_t i = 0; i + 1 < size; ++i) {
    const unsigned char c = fold(folded[i]);
    shift[c] = size - 1 - i;
    if (c >= 'a' && c <= 'z') shift[c - 'a' + 'A'] = size - 1 - i;
  }
}

bool TextPattern::Piece::is_at(std::string_view text, size_t from) const {
  if (from + folded.size() > text.size()) return false;
  for (size_t i = 0; i < folded.size(); ++i) {
    if (fold(text[from + i]) != static_cast<unsigned char>(folded[i])) return false;
  }
  return true;
}

size_t TextPattern::Piece::find(std::string_view text, size_t from) const {
  if (folded.empty()) return from;
  const auto last = static_cast<unsigned char>(folded.back());
  for (size_t end = from + folded.size(); end <= text.size();) {
    const char c = text[end - 1];
    if (fold(c) == last && is_at(text, end - folded.size())) return end - folded.size();
    end += shift[static_cast<unsigned char>(c)];
  }
  return std::string_view::npos;
}

TextPattern TextPattern::contains(std::string_view text) {
  TextPattern out;
  out.pieces_.emplace_back(text);
  return out;
}

TextPattern TextPattern::like(std::string_view text) {
  TextPattern out;
  out.from_start_ = !text.starts_with('*');
  out.to_end_ = !text.ends_with('*');
  while (true) {
    const size_t star = text.find('*');
    out.pieces_.emplace_back(text.substr(0, star));
    if (star == std::string_view::npos) return out;
    text.remove_prefix(star + 1);
  }
}

bool TextPattern::matches(std::string_view text) const {
  const bool whole = from_start_ && to_end_ && pieces_.size() == 1;
  if (whole) return text.size() == pieces_[0].folded.size() && pieces_[0].is_at(text, 0);
  size_t at = 0;
  for (size_t i = 0; i < pieces_.size(); ++i) {
    const Piece& piece = pieces_[i];
    if (i == 0 && from_start_) {
      if (!piece.is_at(text, 0)) return false;
      at = piece.folded.size();
      continue;
    }
    if (i + 1 == pieces_.size() && to_end_) return at + piece.folded.size() <= text.size() && piece.is_at(text, text.size() - piece.folded.size());
    at = piece.find(text, at);
    if (at == std::string_view::npos) return false;
    at += piece.folded.size();
  }
  return true;
}

namespace {

std::string_view text_of(sqlite_api::sqlite3_value* value) {
  const auto* text = reinterpret_cast<const char*>(sqlite_api::sqlite3_value_text(value));
  return text == nullptr ? std::string_view() : std::string_view(text, static_cast<size_t>(sqlite_api::sqlite3_value_bytes(value)));
}

void drop_pattern(void* pattern) { delete static_cast<TextPattern*>(pattern); }

// The pattern is made once a statement: SQLite keeps what belongs to an argument that stays the same.
template <TextPattern (*make)(std::string_view)>
void match(sqlite_api::sqlite3_context* context, int count, sqlite_api::sqlite3_value** values) {
  std::unique_ptr<TextPattern> made;
  auto* pattern = static_cast<TextPattern*>(sqlite_api::sqlite3_get_auxdata(context, 0));
  if (pattern == nullptr) {
    made = std::make_unique<TextPattern>(make(text_of(values[0])));
    pattern = made.get();
  }
  const bool found = std::any_of(values + 1, values + count, [&](sqlite_api::sqlite3_value* each) { return pattern->matches(text_of(each)); });
  sqlite_api::sqlite3_result_int(context, found ? 1 : 0);
  if (made) sqlite_api::sqlite3_set_auxdata(context, 0, made.release(), drop_pattern);
}

}  // namespace

void add_text_functions(soci::session& db) {
  sqlite_api::sqlite3* raw = static_cast<soci::sqlite3_session_backend*>(db.get_backend())->conn_;
  constexpr int kAnyNumber = -1;
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC;
  if (sqlite_api::sqlite3_create_function(raw, "has_text", kAnyNumber, kFlags, nullptr, match<&TextPattern::contains>, nullptr, nullptr) != SQLITE_OK ||
      sqlite_api::sqlite3_create_function(raw, "is_like", kAnyNumber, kFlags, nullptr, match<&TextPattern::like>, nullptr, nullptr) != SQLITE_OK) {
    throw soci::soci_error("cannot add functions to SQLite");
  }
}

}  // namespace tripod::store
