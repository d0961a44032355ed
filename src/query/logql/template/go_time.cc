#include "query/logql/template/go_time.h"

#include <array>
#include <chrono>

#include "query/promql/text.h"

namespace tripod::query::logql::text_template {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};

enum class Part : uint8_t {
  kNone, kYear, kYear2, kMonth, kMonth2, kMonthShort, kMonthLong, kDay, kDay2, kDayBlank, kYearDay3,
  kWeekdayShort, kWeekdayLong, kHour24, kHour12, kHour12Two, kMinute, kMinute2, kSecond, kSecond2,
  kUpperPm, kLowerPm, kZoneName, kZoneZ, kZoneZColon, kOffset, kOffsetColon, kOffsetHours,
  kFraction, kFractionTrimmed,
};

// Longer ones before those they begin with.
constexpr std::pair<std::string_view, Part> kParts[] = {
    {"2006", Part::kYear}, {"January", Part::kMonthLong}, {"Jan", Part::kMonthShort},
    {"Monday", Part::kWeekdayLong}, {"Mon", Part::kWeekdayShort}, {"MST", Part::kZoneName},
    {"002", Part::kYearDay3}, {"01", Part::kMonth2}, {"02", Part::kDay2}, {"03", Part::kHour12Two},
    {"04", Part::kMinute2}, {"05", Part::kSecond2}, {"06", Part::kYear2}, {"15", Part::kHour24},
    {"_2", Part::kDayBlank}, {"1", Part::kMonth}, {"2", Part::kDay}, {"3", Part::kHour12},
    {"4", Part::kMinute}, {"5", Part::kSecond}, {"PM", Part::kUpperPm}, {"pm", Part::kLowerPm},
    {"Z07:00", Part::kZoneZColon}, {"Z0700", Part::kZoneZ}, {"-07:00", Part::kOffsetColon},
    {"-0700", Part::kOffset}, {"-07", Part::kOffsetHours},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The part at the start of a layout, and its length.
std::pair<Part, size_t> part_at(std::string_view layout) {
  for (const auto& [text, part] : kParts) {
    if (layout.starts_with(text)) return {part, text.size()};
  }
  if ((layout[0] == '.' || layout[0] == ',') && layout.size() > 1 && (layout[1] == '0' || layout[1] == '9')) {
    size_t end = 1;
    while (end < layout.size() && layout[end] == layout[1]) ++end;
    if (end >= layout.size() || !is_digit(layout[end])) {
      return {layout[1] == '0' ? Part::kFraction : Part::kFractionTrimmed, end};
    }
  }
  return {Part::kNone, 1};
}

std::string padded(int64_t value, size_t digits, char fill = '0') {
  std::string out = std::to_string(value);
  if (out.size() < digits) out.insert(0, digits - out.size(), fill);
  return out;
}

std::string offset_text(int32_t seconds, bool colon, bool hours_only) {
  const int32_t size = seconds < 0 ? -seconds : seconds;
  std::string out = (seconds < 0 ? "-" : "+") + padded(size / 3600, 2);
  if (hours_only) return out;
  return out + (colon ? ":" : "") + padded(size / 60 % 60, 2);
}

struct Broken {
  std::chrono::year_month_day date;
  unsigned weekday = 0;
  int64_t year_day = 0, hour = 0, minute = 0, second = 0, nanos = 0;
  const Zone::Span* span = nullptr;
};

Broken break_down(const GoTime& time) {
  int64_t seconds = time.nanos / 1'000'000'000, nanos = time.nanos % 1'000'000'000;
  if (nanos < 0) nanos += 1'000'000'000, --seconds;
  Broken out;
  out.span = &time.zone->at(seconds);
  const std::chrono::sys_seconds local{std::chrono::seconds(seconds + out.span->offset)};
  const auto day = std::chrono::floor<std::chrono::days>(local);
  out.date = std::chrono::year_month_day(day);
  out.weekday = std::chrono::weekday(day).c_encoding();
  out.year_day = (day - std::chrono::sys_days(out.date.year() / 1 / 1)).count() + 1;
  const int64_t rest = (local - day).count();
  out.hour = rest / 3600;
  out.minute = rest / 60 % 60;
  out.second = rest % 60;
  out.nanos = nanos;
  return out;
}

std::string fraction_text(const Broken& t, std::string_view layout, bool trimmed) {
  std::string digits = padded(t.nanos, 9).substr(0, std::min<size_t>(layout.size() - 1, 9));
  while (trimmed && !digits.empty() && digits.back() == '0') digits.pop_back();
  return digits.empty() ? "" : layout[0] + digits;
}

std::string write_date_part(Part part, const Broken& t) {
  const auto month = static_cast<unsigned>(t.date.month());
  const auto day = static_cast<unsigned>(t.date.day());
  const int year = static_cast<int>(t.date.year());
  switch (part) {
    case Part::kYear: return padded(year, 4);
    case Part::kYear2: return padded(year % 100, 2);
    case Part::kMonth: return std::to_string(month);
    case Part::kMonth2: return padded(month, 2);
    case Part::kMonthShort: return std::string(kMonths[month - 1].substr(0, 3));
    case Part::kMonthLong: return std::string(kMonths[month - 1]);
    case Part::kDay: return std::to_string(day);
    case Part::kDay2: return padded(day, 2);
    case Part::kDayBlank: return padded(day, 2, ' ');
    case Part::kYearDay3: return padded(t.year_day, 3);
    case Part::kWeekdayShort: return std::string(kDays[t.weekday].substr(0, 3));
    default: return std::string(kDays[t.weekday]);
  }
}

std::string write_part(Part part, const Broken& t) {
  const int64_t twelve = t.hour % 12 == 0 ? 12 : t.hour % 12;
  switch (part) {
    case Part::kHour24: return padded(t.hour, 2);
    case Part::kHour12: return std::to_string(twelve);
    case Part::kHour12Two: return padded(twelve, 2);
    case Part::kMinute: return std::to_string(t.minute);
    case Part::kMinute2: return padded(t.minute, 2);
    case Part::kSecond: return std::to_string(t.second);
    case Part::kSecond2: return padded(t.second, 2);
    case Part::kUpperPm: return t.hour >= 12 ? "PM" : "AM";
    case Part::kLowerPm: return t.hour >= 12 ? "pm" : "am";
    case Part::kZoneName: return t.span->abbreviation;
    case Part::kZoneZ:
    case Part::kZoneZColon:
      if (t.span->offset == 0) return "Z";
      return offset_text(t.span->offset, part == Part::kZoneZColon, false);
    case Part::kOffset: return offset_text(t.span->offset, false, false);
    case Part::kOffsetColon: return offset_text(t.span->offset, true, false);
    case Part::kOffsetHours: return offset_text(t.span->offset, false, true);
    default: return write_date_part(part, t);
  }
}

// What parsing collects.
struct Fields {
  int64_t year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, nanos = 0;
  bool pm = false, has_pm = false, has_offset = false;
  int64_t offset = 0;
};

bool take_number(std::string_view& text, size_t least, size_t most, int64_t& out) {
  size_t digits = 0;
  out = 0;
  while (digits < most && digits < text.size() && is_digit(text[digits])) out = out * 10 + (text[digits++] - '0');
  if (digits < least) return false;
  text.remove_prefix(digits);
  return true;
}

template <size_t N>
bool take_name(std::string_view& text, const std::array<std::string_view, N>& names, bool whole, int64_t& out) {
  for (size_t i = 0; i < N; ++i) {
    const std::string_view name = whole ? names[i] : names[i].substr(0, 3);
    if (!text.starts_with(name)) continue;
    text.remove_prefix(name.size());
    out = static_cast<int64_t>(i);
    return true;
  }
  return false;
}

bool take_offset(std::string_view& text, Part part, Fields& f) {
  f.has_offset = true;
  if ((part == Part::kZoneZ || part == Part::kZoneZColon) && text.starts_with('Z')) {
    text.remove_prefix(1);
    return true;
  }
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return false;
  const int64_t sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  int64_t hours = 0, minutes = 0;
  if (!take_number(text, 2, 2, hours)) return false;
  if (part != Part::kOffsetHours) {
    if (part == Part::kOffsetColon || part == Part::kZoneZColon) {
      if (!text.starts_with(':')) return false;
      text.remove_prefix(1);
    }
    if (!take_number(text, 2, 2, minutes)) return false;
  }
  f.offset = sign * (hours * 3600 + minutes * 60);
  return true;
}

bool take_fraction(std::string_view& text, Fields& f) {
  if (text.size() < 2 || (text[0] != '.' && text[0] != ',') || !is_digit(text[1])) return false;
  text.remove_prefix(1);
  int64_t scale = 100'000'000;
  f.nanos = 0;
  while (!text.empty() && is_digit(text[0])) {
    f.nanos += (text[0] - '0') * scale;
    scale /= 10;
    text.remove_prefix(1);
  }
  return true;
}

bool take_date_part(Part part, std::string_view& text, Fields& f) {
  int64_t unused = 0;
  switch (part) {
    case Part::kYear: return take_number(text, 4, 4, f.year);
    case Part::kYear2:
      if (!take_number(text, 2, 2, f.year)) return false;
      f.year += f.year >= 69 ? 1900 : 2000;
      return true;
    case Part::kMonth: return take_number(text, 1, 2, f.month);
    case Part::kMonth2: return take_number(text, 2, 2, f.month);
    case Part::kMonthShort:
    case Part::kMonthLong:
      if (!take_name(text, kMonths, part == Part::kMonthLong, f.month)) return false;
      ++f.month;
      return true;
    case Part::kDayBlank:
      if (text.starts_with(' ')) text.remove_prefix(1);
      [[fallthrough]];
    case Part::kDay: return take_number(text, 1, 2, f.day);
    case Part::kDay2: return take_number(text, 2, 2, f.day);
    case Part::kYearDay3:
      f.month = 1;
      return take_number(text, 3, 3, f.day);
    default: return take_name(text, kDays, part == Part::kWeekdayLong, unused);
  }
}

bool take_part(Part part, std::string_view& text, Fields& f) {
  switch (part) {
    case Part::kHour24:
    case Part::kHour12Two: return take_number(text, 2, 2, f.hour);
    case Part::kHour12: return take_number(text, 1, 2, f.hour);
    case Part::kMinute: return take_number(text, 1, 2, f.minute);
    case Part::kMinute2: return take_number(text, 2, 2, f.minute);
    case Part::kSecond:
    case Part::kSecond2: {
      if (!take_number(text, part == Part::kSecond2 ? 2 : 1, 2, f.second)) return false;
      take_fraction(text, f);  // a fraction may follow although the layout names none
      return true;
    }
    case Part::kUpperPm:
    case Part::kLowerPm:
      f.has_pm = true;
      f.pm = text.starts_with("PM") || text.starts_with("pm");
      if (!f.pm && !text.starts_with("AM") && !text.starts_with("am")) return false;
      text.remove_prefix(2);
      return true;
    case Part::kZoneName: {
      size_t letters = 0;
      while (letters < text.size() && text[letters] >= 'A' && text[letters] <= 'Z') ++letters;
      text.remove_prefix(letters);
      return letters >= 3;
    }
    case Part::kZoneZ:
    case Part::kZoneZColon:
    case Part::kOffset:
    case Part::kOffsetColon:
    case Part::kOffsetHours: return take_offset(text, part, f);
    case Part::kFraction:
    case Part::kFractionTrimmed: return take_fraction(text, f) || f.nanos > 0 || part == Part::kFractionTrimmed;
    default: return take_date_part(part, text, f);
  }
}

}  // namespace

std::string format_go_time(const GoTime& time, std::string_view layout) {
  const Broken t = break_down(time);
  std::string out;
  while (!layout.empty()) {
    const auto [part, size] = part_at(layout);
    if (part == Part::kNone) {
      out += layout[0];
    } else if (part == Part::kFraction || part == Part::kFractionTrimmed) {
      out += fraction_text(t, layout.substr(0, size), part == Part::kFractionTrimmed);
    } else {
      out += write_part(part, t);
    }
    layout.remove_prefix(size);
  }
  return out;
}

base::Result<GoTime> parse_go_time(std::string_view layout, std::string_view text, const ZonePtr& zone) {
  const auto bad = [whole = layout, text] {
    return base::fail(base::Code::kInvalidArgument,
                      "parsing time " + promql::quote(text) + " as " + promql::quote(whole));
  };
  Fields f;
  std::string_view rest = text;
  while (!layout.empty()) {
    const auto [part, size] = part_at(layout);
    if (part == Part::kNone) {
      if (rest.empty() || rest[0] != layout[0]) return bad();
      rest.remove_prefix(1);
    } else if (!take_part(part, rest, f)) {
      return bad();
    }
    layout.remove_prefix(size);
  }
  if (f.has_pm && f.pm && f.hour < 12) f.hour += 12;
  if (f.has_pm && !f.pm && f.hour == 12) f.hour = 0;
  const bool in_range = f.month >= 1 && f.month <= 12 && f.day >= 1 && f.day <= 366 && f.hour < 24 && f.minute < 60 && f.second < 60;
  if (!rest.empty() || !in_range) return bad();
  const auto first = std::chrono::sys_days(std::chrono::year(static_cast<int>(f.year)) / static_cast<int>(f.month) / 1);
  const int64_t days = first.time_since_epoch().count() + f.day - 1;
  constexpr int64_t kMostDays = 106'000;  // nanoseconds of 64 bits end in 2262
  if (days < -kMostDays || days > kMostDays) return bad();
  const int64_t local = days * 86'400 + f.hour * 3600 + f.minute * 60 + f.second;
  GoTime out;
  out.zone = zone;
  if (f.has_offset && f.offset != 0) {
    out.zone = std::make_shared<const Zone>(Zone{{{INT64_MIN, static_cast<int32_t>(f.offset), ""}}});
  } else if (f.has_offset) {
    out.zone = utc();
  }
  // The offset is that of the instant; a local time is close enough to it to look twice.
  int64_t seconds = local - out.zone->at(local).offset;
  seconds = local - out.zone->at(seconds).offset;
  out.nanos = seconds * 1'000'000'000 + f.nanos;
  return out;
}

}  // namespace tripod::query::logql::text_template
