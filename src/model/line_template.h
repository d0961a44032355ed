// The original text of a structured line, kept as what cannot be told from the record's fields: its literal text with holes
// that the fields fill. Lines of one call site share one template, so that the line itself need not be stored twice.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "model/value.h"

namespace tripod::model {

// The field of a stored record that holds its template; it takes the place of the field "original".
inline constexpr std::string_view kOriginalField = "original";
inline constexpr std::string_view kOriginalTemplateField = "original.template";

// How a hole is written. Text form: 0x01, the letter, the key (for kTime: the style), 0x02. Bytes 0x01 and 0x02 do not occur
// in the literal text of a template.
enum class Hole : char {
  kEnd = 0,        // no hole: the end of the line
  kString = 's',   // within a JSON string: escaped as JSON demands, all else as it is
  kInteger = 'i',  // decimal
  kFloat = 'f',    // fixed point, shortest form with at least one decimal ("0.5", "12.0")
  kFixed = 'd',    // fixed point with so many decimals; the key stands behind their number, a digit ("0.500" is "3")
  kBool = 'b',     // true, false
  kTime = 't',     // the record's time
};

// How a time is written. Text form: "T6Z" (separator, digits of the fraction, suffix) or "#3" (integer of 10^-3 seconds).
struct TimeStyle {
  bool is_integer = false;
  char separator = 'T';   // of date and time: 'T' or ' '
  char point = '.';       // before the fraction
  uint8_t digits = 0;     // of the fraction; of an integer: its unit is 10^-digits seconds (0, 3, 6, 9)
  std::string_view suffix;  // "", "Z", "+00:00"

  // The style that writes `text`; none where there is none. Its suffix views static text.
  static std::optional<TimeStyle> of(std::string_view text, bool is_integer);
  static std::optional<TimeStyle> parse(std::string_view text);
  std::string text() const;
  void write(base::UnixNanos time, std::string& out) const;
  // The time for which write() gives exactly this text; none where there is no such time.
  std::optional<base::UnixNanos> read(std::string_view text) const;

 private:
  bool is_valid() const;
};

// Whether the number's text is the one that kFloat writes for it: at most 15 digits, a point, neither needless zeros nor an
// exponent.
bool is_plain_float(std::string_view token);
// What such a number is. @pre is_plain_float(token) or fixed_decimals(token) > 0
double read_decimal(std::string_view token);
// As kFloat writes it.
void append_plain_float(double value, std::string& out);
// How many decimals the number's text has, 1 to 9, where kFixed with as many writes it again; else 0.
int fixed_decimals(std::string_view token);
// As kString writes it, without the quotes.
void append_escaped(std::string_view text, std::string& out);

// A parsed template. Views the text it was made from.
class LineTemplate {
 public:
  struct Piece {
    std::string_view literal;
    Hole hole = Hole::kEnd;
    std::string_view key;  // of the field that fills the hole
    TimeStyle style = {};  // kTime
    int decimals = 0;      // kFixed
  };

  // None for text that is no template.
  static std::optional<LineTemplate> parse(std::string_view text);
  const std::vector<Piece>& pieces() const { return pieces_; }

  // Appends the line. `field(key)` answers the record's value, null where it has none. A value whose type changed on its way
  // (a number that was filtered) is written as a JSON string.
  template <class Field>
  void compose(base::UnixNanos time, Field&& field, std::string& out) const {
    for (const Piece& piece : pieces_) {
      out.append(piece.literal);
      if (piece.hole == Hole::kEnd) continue;
      if (piece.hole == Hole::kTime) piece.style.write(time, out);
      else append_value(piece, field(piece.key), out);
    }
  }

 private:
  static void append_value(const Piece& piece, const Value& value, std::string& out);
  std::vector<Piece> pieces_;
};

// A template's text, piece by piece.
class LineTemplateBuilder {
 public:
  // False, and nothing is added, where the text cannot be part of a template.
  bool literal(std::string_view text);
  void hole(Hole hole, std::string_view key);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace tripod::model
