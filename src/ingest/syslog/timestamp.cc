#include "ingest/syslog/timestamp.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/time_text.h"

namespace tripod::ingest::syslog {
namespace {

namespace chrono = std::chrono;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Reads one text from its beginning; each function answers whether it was there, and is then behind
// it.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  size_t at() const { return at_; }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  // `least` to `most` digits, and no more behind them.
  bool number(size_t least, size_t most, int& out) {
    size_t end = at_;
    int value = 0;
    while (end < text_.size() && end - at_ < most && is_digit(text_[end])) {
      value = value * 10 + (text_[end++] - '0');
    }
    if (end - at_ < least || (end < text_.size() && is_digit(text_[end]))) return false;
    at_ = end;
    out = value;
    return true;
  }

  bool month(unsigned& out) {
    static constexpr std::array<std::string_view, 12> kNames{
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto found = std::ranges::find(kNames, text_.substr(at_, 3));
    if (found == kNames.end()) return false;
    at_ += 3;
    out = static_cast<unsigned>(found - kNames.begin()) + 1;
    return true;
  }

  // ".824137" or ",824": nanoseconds, of at most nine digits.
  int64_t fraction() {
    if (at_ + 1 >= text_.size() || (text_[at_] != '.' && text_[at_] != ',')) return 0;
    if (!is_digit(text_[at_ + 1])) return 0;
    int64_t nanos = 0;
    int64_t unit = base::kNanosPerSecond / 10;
    for (++at_; at_ < text_.size() && is_digit(text_[at_]); ++at_, unit /= 10) {
      nanos += unit * (text_[at_] - '0');
    }
    return nanos;
  }

 private:
  const std::string_view text_;
  size_t at_ = 0;
};

struct Reading {
  int year = 0;  // 0: not said
  unsigned month = 0;
  int day = 0;
  int64_t in_day = 0;  // nanoseconds
};

bool read_clock(Reader& reader, Reading& out) {
  int hour = 0;
  int minute = 0;
  int second = 0;
  const bool good = reader.number(2, 2, hour) && reader.take(':') && reader.number(2, 2, minute) &&
                    reader.take(':') && reader.number(2, 2, second);
  if (!good || hour > 23 || minute > 59 || second > 60) return false;  // 60: a leap second
  out.in_day = hour * base::kNanosPerHour + minute * base::kNanosPerMinute +
               std::min(second, 59) * base::kNanosPerSecond + reader.fraction();
  return true;
}

// "Oct 11 22:14:15", "Oct  1 22:14:15", "Oct 11 2026 22:14:15", "2026 Oct 11 22:14:15".
bool read_bsd(Reader& reader, Reading& out) {
  if (reader.number(4, 4, out.year) && !reader.take(' ')) return false;
  if (!reader.month(out.month) || !reader.take(' ')) return false;
  reader.take(' ');
  if (!reader.number(1, 2, out.day) || !reader.take(' ')) return false;
  if (out.year == 0 && reader.number(4, 4, out.year) && !reader.take(' ')) return false;
  return read_clock(reader, out);
}

std::optional<base::UnixNanos> at_year(const Reading& reading, int year, const base::TimeZone& zone) {
  const chrono::year_month_day day{chrono::year(year), chrono::month(reading.month),
                                   chrono::day(static_cast<unsigned>(reading.day))};
  if (!day.ok() || year < 1970 || year > 2261) return std::nullopt;
  const int64_t days = chrono::sys_days(day).time_since_epoch().count();
  return zone.to_utc(days * base::kNanosPerDay + reading.in_day);
}

// A sender's clock may be a little ahead, and its zone another than it is taken for.
std::optional<base::UnixNanos> with_likely_year(const Reading& reading, const base::TimeZone& zone,
                                                base::UnixNanos received) {
  const auto today = chrono::floor<chrono::days>(
      chrono::sys_time<chrono::nanoseconds>(chrono::nanoseconds(received)));
  const int year = static_cast<int>(chrono::year_month_day(today).year());
  // 29 February is up to eight years back.
  for (int candidate = year + 1; candidate >= year - 8; --candidate) {
    const auto time = at_year(reading, candidate, zone);
    if (time && *time <= received + base::kNanosPerDay) return time;
  }
  return std::nullopt;
}

// "2026-11-22T16:39:54.824137+01:00", also with a blank for the T.
std::optional<HeaderTime> read_rfc3339(std::string_view text, const base::TimeZone& zone) {
  constexpr size_t kDate = 10;
  constexpr size_t kLeast = 19;
  if (text.size() < kLeast || !is_digit(text[0]) || text[4] != '-') return std::nullopt;
  const std::string_view token = text.substr(0, text.find(' ', kDate + 1));
  const auto time = base::parse_rfc3339(token);
  if (!time) return std::nullopt;
  const bool has_zone = token.find_first_of("Zz+-", kDate + 1) != token.npos;
  return HeaderTime{has_zone ? *time : zone.to_utc(*time), token.size()};
}

}  // namespace

std::optional<HeaderTime> parse_header_time(std::string_view text, const base::TimeZone& zone,
                                            base::UnixNanos received) {
  if (const auto time = read_rfc3339(text, zone)) return time;
  Reader reader(text);
  if (!reader.take('*')) reader.take('.');  // Cisco's mark of a clock that nobody set
  Reading reading;
  if (!read_bsd(reader, reading)) return std::nullopt;
  const auto time = reading.year == 0 ? with_likely_year(reading, zone, received)
                                      : at_year(reading, reading.year, zone);
  if (!time) return std::nullopt;
  reader.take(':');  // Cisco ends it so
  return HeaderTime{*time, reader.at()};
}

}  // namespace tripod::ingest::syslog
