#include "model/line_template.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace tripod::model {
namespace {

constexpr char kOpen = '\x01';
constexpr char kClose = '\x02';

bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr std::array<int64_t, 10> kPowers = {1,         10,         100,         1'000,         10'000,
                                             100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};

void append_digits(uint64_t value, int width, std::string& out) {
  char digits[20];
  for (int i = width - 1; i >= 0; --i) {
    digits[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  out.append(digits, static_cast<size_t>(width));
}

struct Date {
  int64_t year;
  unsigned month, day;
};

// Days since 1970-01-01 in the proleptic Gregorian calendar, counted in years that begin in March.
Date date_of(int64_t days) {
  days += 719'468;
  const int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const auto day_of_era = static_cast<unsigned>(days - era * 146'097);
  const unsigned year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted = (5 * day_of_year + 2) / 153;
  const unsigned month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {static_cast<int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0), month,
          day_of_year - (153 * shifted + 2) / 5 + 1};
}

int64_t days_to(int64_t year, int64_t month, int64_t day) {
  if (month <= 2) --year;
  const int64_t era = year / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
}

int64_t days_of(int64_t year, int64_t month) {
  if (month == 2) return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

bool read_digits(std::string_view text, size_t from, size_t count, int64_t& out) {
  out = 0;
  for (const char c : text.substr(from, count)) {
    if (!is_digit(c)) return false;
    out = out * 10 + (c - '0');
  }
  return true;
}

bool read_two(const char* text, int64_t& out) {
  const unsigned tens = static_cast<unsigned char>(text[0]) - unsigned{'0'}, ones = static_cast<unsigned char>(text[1]) - unsigned{'0'};
  out = tens * 10 + ones;
  return tens <= 9 && ones <= 9;
}

constexpr size_t kDateAndTime = 19;    // "2026-01-31T12:00:00"
constexpr size_t kSecondsDigits = 10;  // of seconds since 1970 in our time

}  // namespace

std::optional<TimeStyle> TimeStyle::of(std::string_view text, bool is_integer) {
  TimeStyle style;
  style.is_integer = is_integer;
  if (is_integer) {
    style.digits = static_cast<uint8_t>(text.size() < kSecondsDigits ? 0 : text.size() - kSecondsDigits);
  } else {
    if (text.size() < kDateAndTime) return std::nullopt;
    style.separator = text[10];
    size_t at = kDateAndTime;
    if (at < text.size() && (text[at] == '.' || text[at] == ',')) {
      style.point = text[at++];
      while (at < text.size() && is_digit(text[at])) ++at;
      style.digits = static_cast<uint8_t>(std::min<size_t>(at - kDateAndTime - 1, 10));
    }
    for (const std::string_view suffix : {"Z", "+00:00"}) {
      if (text.substr(at) == suffix) style.suffix = suffix;
    }
  }
  if (!style.is_valid() || !style.read(text)) return std::nullopt;
  return style;
}

std::optional<TimeStyle> TimeStyle::parse(std::string_view text) {
  TimeStyle style;
  if (text.size() == 2 && text[0] == '#' && is_digit(text[1])) {
    style.is_integer = true;
    style.digits = static_cast<uint8_t>(text[1] - '0');
    return style.is_valid() ? std::optional(style) : std::nullopt;
  }
  if (text.size() < 3 || !is_digit(text[2])) return std::nullopt;
  style.separator = text[0];
  style.point = text[1];
  style.digits = static_cast<uint8_t>(text[2] - '0');
  style.suffix = text.substr(3);
  return style.is_valid() ? std::optional(style) : std::nullopt;
}

bool TimeStyle::is_valid() const {
  if (is_integer) return digits == 0 || digits == 3 || digits == 6;
  return (separator == 'T' || separator == ' ') && (point == '.' || point == ',') && digits <= 9 && suffix.size() <= 6;
}

std::optional<base::UnixNanos> TimeStyle::read(std::string_view text) const {
  const int64_t unit = kPowers[static_cast<size_t>(9 - digits)];
  int64_t number = 0;
  if (is_integer) {
    const bool sized = text.size() == kSecondsDigits + digits && text[0] != '0';
    if (!sized || !read_digits(text, 0, text.size(), number)) return std::nullopt;
    return number > INT64_MAX / unit ? std::nullopt : std::optional(number * unit);
  }
  const size_t fraction = digits == 0 ? 0 : digits + 1u;
  if (text.size() != kDateAndTime + fraction + suffix.size() || !text.ends_with(suffix)) return std::nullopt;
  const bool marks = text[4] == '-' && text[7] == '-' && text[10] == separator && text[13] == ':' && text[16] == ':' &&
                     (digits == 0 || text[kDateAndTime] == point);
  int64_t century = 0, year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  const char* at = text.data();
  const bool read = marks && read_two(at, century) && read_two(at + 2, year) && read_two(at + 5, month) && read_two(at + 8, day) &&
                    read_two(at + 11, hour) && read_two(at + 14, minute) && read_two(at + 17, second) &&
                    (digits == 0 || read_digits(text, kDateAndTime + 1, digits, number));
  year += century * 100;
  if (!read || year < 1970 || year > 2261 || month < 1 || month > 12 || day < 1 || day > days_of(year, month)) return std::nullopt;
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const int64_t seconds = days_to(year, month, day) * 86'400 + hour * 3600 + minute * 60 + second;
  return seconds * base::kNanosPerSecond + (digits == 0 ? 0 : number * unit);
}

std::string TimeStyle::text() const {
  const char digit = static_cast<char>('0' + digits);
  if (is_integer) return {'#', digit};
  return std::string{separator, point, digit}.append(suffix);
}

void TimeStyle::write(base::UnixNanos time, std::string& out) const {
  const int64_t unit = kPowers[static_cast<size_t>(9 - digits)];
  if (is_integer) {
    char buffer[24];
    const auto end = std::to_chars(buffer, buffer + sizeof(buffer), time / unit).ptr;
    out.append(buffer, end);
    return;
  }
  int64_t seconds = time / base::kNanosPerSecond;
  int64_t nanos = time % base::kNanosPerSecond;
  if (nanos < 0) {
    nanos += base::kNanosPerSecond;
    --seconds;
  }
  int64_t days = seconds / 86'400;
  int64_t in_day = seconds % 86'400;
  if (in_day < 0) {
    in_day += 86'400;
    --days;
  }
  const Date date = date_of(days);
  append_digits(static_cast<uint64_t>(date.year), 4, out);
  out += '-';
  append_digits(date.month, 2, out);
  out += '-';
  append_digits(date.day, 2, out);
  out += separator;
  append_digits(static_cast<uint64_t>(in_day / 3600), 2, out);
  out += ':';
  append_digits(static_cast<uint64_t>(in_day / 60 % 60), 2, out);
  out += ':';
  append_digits(static_cast<uint64_t>(in_day % 60), 2, out);
  if (digits != 0) {
    out += point;
    append_digits(static_cast<uint64_t>(nanos / unit), digits, out);
  }
  out.append(suffix);
}

namespace {

// [-]digits.digits without needless zeros in front, of few enough digits that a double tells any two of them apart.
// The number of decimals, 0 for anything else.
int decimals_of(std::string_view token) {
  constexpr size_t kMostDigits = 15;
  size_t at = token.starts_with('-') ? 1 : 0;
  const size_t whole = at;
  while (at < token.size() && is_digit(token[at])) ++at;
  const size_t whole_digits = at - whole;
  if (whole_digits == 0 || (whole_digits > 1 && token[whole] == '0')) return 0;
  if (at >= token.size() || token[at] != '.') return 0;
  const size_t fraction = ++at;
  while (at < token.size() && is_digit(token[at])) ++at;
  const size_t decimals = at - fraction;
  if (at != token.size() || whole_digits + decimals > kMostDigits) return 0;
  // Zero has a sign in a double, and none that every writer keeps.
  const bool minus_zero = token.starts_with('-') && token.find_first_not_of("-0.") == token.npos;
  return minus_zero ? 0 : static_cast<int>(decimals);
}

}  // namespace

bool is_plain_float(std::string_view token) {
  const int decimals = decimals_of(token);
  return decimals == 1 || (decimals > 1 && token.back() != '0');
}

int fixed_decimals(std::string_view token) {
  const int decimals = decimals_of(token);
  return decimals <= 9 ? decimals : 0;
}

// Both the digits as an integer and the power of ten are exact in a double, so that their quotient is the nearest one.
double read_decimal(std::string_view token) {
  static constexpr double kPowersOfTen[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  const bool negative = token.starts_with('-');
  int64_t digits = 0;
  size_t point = token.size();
  for (size_t i = negative ? 1 : 0; i < token.size(); ++i) {
    if (token[i] == '.') point = i + 1;
    else digits = digits * 10 + (token[i] - '0');
  }
  const double value = static_cast<double>(digits) / kPowersOfTen[token.size() - point];
  return negative ? -value : value;
}

void append_plain_float(double value, std::string& out) {
  char buffer[400];  // the largest double has 309 digits
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::fixed).ptr;
  const std::string_view text(buffer, static_cast<size_t>(end - buffer));
  out.append(text);
  if (std::isfinite(value) && text.find('.') == text.npos) out.append(".0");
}

void append_escaped(std::string_view text, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  size_t done = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text.substr(done, i - done));
    done = i + 1;
    switch (c) {
      case '"': out.append("\\\""); break;
      case '\\': out.append("\\\\"); break;
      case '\n': out.append("\\n"); break;
      case '\r': out.append("\\r"); break;
      case '\t': out.append("\\t"); break;
      case '\b': out.append("\\b"); break;
      case '\f': out.append("\\f"); break;
      default: out.append("\\u00").append({kHex[c >> 4], kHex[c & 15]});
    }
  }
  out.append(text.substr(done));
}

std::optional<LineTemplate> LineTemplate::parse(std::string_view text) {
  LineTemplate out;
  while (true) {
    const size_t open = text.find(kOpen);
    if (open == text.npos) {
      out.pieces_.push_back({text, Hole::kEnd, {}});
      return out;
    }
    const size_t close = text.find(kClose, open);
    if (close == text.npos || close < open + 2) return std::nullopt;
    Piece piece{text.substr(0, open), static_cast<Hole>(text[open + 1]), text.substr(open + 2, close - open - 2)};
    switch (piece.hole) {
      case Hole::kString:
      case Hole::kInteger:
      case Hole::kFloat:
      case Hole::kBool: break;
      case Hole::kTime: {
        const auto style = TimeStyle::parse(piece.key);
        if (!style) return std::nullopt;
        piece.style = *style;
        break;
      }
      case Hole::kFixed:
        if (piece.key.empty() || piece.key[0] < '1' || piece.key[0] > '9') return std::nullopt;
        piece.decimals = piece.key[0] - '0';
        piece.key.remove_prefix(1);
        break;
      default: return std::nullopt;
    }
    out.pieces_.push_back(piece);
    text.remove_prefix(close + 1);
  }
}

namespace {

void append_float(double value, int decimals, std::string& out) {
  if (decimals == 0) return append_plain_float(value, out);
  char buffer[400];
  out.append(buffer, std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::fixed, decimals).ptr);
}

}  // namespace

void LineTemplate::append_value(const Piece& piece, const Value& value, std::string& out) {
  if (piece.hole == Hole::kString) return append_escaped(value.text(), out);
  switch (value.type()) {
    case ValueType::kInt64: {
      char buffer[24];
      out.append(buffer, std::to_chars(buffer, buffer + sizeof(buffer), value.as_int64()).ptr);
      return;
    }
    case ValueType::kFloat64: return append_float(value.as_float64(), piece.decimals, out);
    case ValueType::kBool: out.append(value.as_bool() ? "true" : "false"); return;
    case ValueType::kNull: out.append("null"); return;
    case ValueType::kJson: out.append(value.text()); return;
    case ValueType::kString:
    case ValueType::kBytes:
      out += '"';
      append_escaped(value.text(), out);
      out += '"';
      return;
  }
}

bool LineTemplateBuilder::literal(std::string_view text) {
  if (text.find_first_of("\x01\x02") != text.npos) return false;
  text_.append(text);
  return true;
}

void LineTemplateBuilder::hole(Hole hole, std::string_view key) {
  text_ += kOpen;
  text_ += static_cast<char>(hole);
  text_.append(key);
  text_ += kClose;
}

}  // namespace tripod::model
