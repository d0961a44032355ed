#include "monitor/crontab.h"

#include <bit>
#include <charconv>
#include <chrono>
#include <span>
#include <string>
#include <vector>

namespace tripod::monitor {

using base::Code;
using base::kNanosPerDay;
using base::kNanosPerMinute;
using base::Result;
using base::UnixNanos;

namespace {

constexpr int64_t kMostDays = 40 * 366;
constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct Field {
  const char* name;
  int low;
  int high;
  std::span<const std::string_view> words = {};
  int first_word = 0;  // number of words[0]
};

constexpr Field kMinute{"minute", 0, 59};
constexpr Field kHour{"hour", 0, 23};
constexpr Field kDay{"day of the month", 1, 31};
constexpr Field kMonth{"month", 1, 12, kMonths, 1};
constexpr Field kWeekday{"day of the week", 0, 7, kWeekdays, 0};  // 7 is Sunday too

std::unexpected<base::Error> wrong(const Field& field, std::string_view text) {
  return base::fail(Code::kInvalidArgument, "crontab: \"" + std::string(text) + "\" is no " + field.name);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> out;
  while (true) {
    const size_t end = text.find(by);
    out.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

std::optional<int> number(std::string_view text, int low, int high) {
  int value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || text[0] == '-' || ec != std::errc() || end != text.data() + text.size() || value < low || value > high) return std::nullopt;
  return value;
}

std::optional<int> value_of(const Field& field, std::string_view text) {
  for (size_t i = 0; i < field.words.size(); ++i) {
    if (field.words[i] == text) return field.first_word + static_cast<int>(i);
  }
  return number(text, field.low, field.high);
}

// "*", "5", "1-5", each with "/2" behind it or not.
Result<uint64_t> read_part(const Field& field, std::string_view part) {
  const size_t slash = part.find('/');
  const std::string_view range = part.substr(0, slash);
  int step = 1;
  if (slash != std::string_view::npos) {
    const auto given = number(part.substr(slash + 1), 1, field.high);
    if (!given) return wrong(field, part);
    step = *given;
  }
  int from = field.low, to = field.high;
  if (range != "*" && range != "?") {
    const size_t dash = range.find('-');
    const auto first = value_of(field, range.substr(0, dash));
    if (!first) return wrong(field, part);
    from = *first;
    // "5/2" goes on to the end.
    if (slash == std::string_view::npos) to = from;
    if (dash != std::string_view::npos) {
      const auto last = value_of(field, range.substr(dash + 1));
      if (!last || *last < from) return wrong(field, part);
      to = *last;
    }
  }
  uint64_t bits = 0;
  for (int i = from; i <= to; i += step) bits |= uint64_t{1} << i;
  return bits;
}

Result<uint64_t> read_list(const Field& field, std::string_view text) {
  uint64_t bits = 0;
  for (const std::string_view part : split(text, ',')) {
    const auto read = read_part(field, part);
    if (!read) return read;
    bits |= *read;
  }
  return bits;
}

std::string_view meaning_of(std::string_view nickname) {
  static constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"@hourly", "0 * * * *"}, {"@daily", "0 0 * * *"},   {"@midnight", "0 0 * * *"}, {"@weekly", "0 0 * * 0"},
      {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}};
  for (const auto& [name, meaning] : kNames) {
    if (name == nickname) return meaning;
  }
  return nickname;
}

bool is_any(std::string_view field) { return field.starts_with('*') || field.starts_with('?'); }

std::chrono::year_month_day date_of(int64_t day) { return std::chrono::sys_days(std::chrono::days(day)); }

int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

Result<> Crontab::read_days_of_month(std::string_view field) {
  any_day_ = is_any(field);
  std::string rest;
  for (const std::string_view part : split(field, ',')) {
    if (part == "l") last_day_ = true;
    else rest += (rest.empty() ? "" : ",") + std::string(part);
  }
  if (rest.empty() && last_day_) return {};
  const auto days = read_list(kDay, rest);
  if (!days) return base::fail(days.error());
  days_ = static_cast<uint32_t>(*days);
  return {};
}

Result<> Crontab::read_days_of_week(std::string_view field) {
  any_weekday_ = is_any(field);
  uint64_t bits = 0;
  for (const std::string_view part : split(field, ',')) {
    const size_t hash = part.find('#');
    const bool is_last = part.size() > 1 && part.ends_with('l');
    if (hash == std::string_view::npos && !is_last) {
      const auto days = read_part(kWeekday, part);
      if (!days) return base::fail(days.error());
      bits |= *days;
      continue;
    }
    const auto day = value_of(kWeekday, is_last ? part.substr(0, part.size() - 1) : part.substr(0, hash));
    const auto nth = is_last ? std::optional<int>(6) : number(part.substr(hash + 1), 1, 5);
    if (!day || !nth) return wrong(kWeekday, part);
    uint8_t& nths = nth_weekdays_[static_cast<size_t>(*day % 7)];
    nths = static_cast<uint8_t>(nths | 1u << *nth);
  }
  weekdays_ = static_cast<uint32_t>((bits | bits >> 7) & 0x7f);
  return {};
}

Result<> Crontab::read(std::string_view text) {
  std::vector<std::string_view> fields;
  for (const std::string_view field : split(text, ' ')) {
    if (!field.empty()) fields.push_back(field);
  }
  if (fields.size() != 5) return base::fail(Code::kInvalidArgument, "crontab: has " + std::to_string(fields.size()) + " fields, not 5");
  const auto minutes = read_list(kMinute, fields[0]);
  if (!minutes) return base::fail(minutes.error());
  const auto hours = read_list(kHour, fields[1]);
  if (!hours) return base::fail(hours.error());
  const auto months = read_list(kMonth, fields[3]);
  if (!months) return base::fail(months.error());
  minutes_ = *minutes;
  hours_ = static_cast<uint32_t>(*hours);
  months_ = static_cast<uint32_t>(*months);
  if (auto ok = read_days_of_month(fields[2]); !ok) return ok;
  return read_days_of_week(fields[4]);
}

Result<Crontab> Crontab::parse(std::string_view text) {
  if (text.size() > kMostBytes) return base::fail(Code::kInvalidArgument, "crontab: is too long");
  std::string simple = lower(text);
  for (char& c : simple) {
    if (c == '\t' || c == '\n' || c == '\r') c = ' ';
  }
  const size_t first = simple.find_first_not_of(' ');
  if (first == std::string::npos) return base::fail(Code::kInvalidArgument, "crontab: is empty");
  simple = simple.substr(first, simple.find_last_not_of(' ') - first + 1);
  Crontab out;
  if (auto ok = out.read(meaning_of(simple)); !ok) return base::fail(std::move(ok.error()));
  if (!out.next_after(0)) return base::fail(Code::kInvalidArgument, "crontab: there is no such day");
  return out;
}

bool Crontab::is_day(int64_t day) const {
  const auto date = date_of(day);
  const auto of_month = static_cast<unsigned>(date.day());
  if ((months_ >> static_cast<unsigned>(date.month()) & 1) == 0) return false;
  const unsigned last = static_cast<unsigned>((date.year() / date.month() / std::chrono::last).day());
  const bool of_days = (days_ >> of_month & 1) != 0 || (last_day_ && of_month == last);
  const size_t weekday = std::chrono::weekday(std::chrono::sys_days(date)).c_encoding();
  const unsigned nths = nth_weekdays_[weekday];
  const bool is_nth = (nths >> ((of_month - 1) / 7 + 1) & 1) != 0 || ((nths >> 6 & 1) != 0 && of_month + 7 > last);
  const bool of_weekdays = (weekdays_ >> weekday & 1) != 0 || is_nth;
  return any_day_ || any_weekday_ ? of_days && of_weekdays : of_days || of_weekdays;
}

bool Crontab::matches(UnixNanos local) const {
  const int64_t minute = floor_div(local, kNanosPerMinute);
  const int64_t day = floor_div(minute, 24 * 60);
  const int64_t of_day = minute - day * 24 * 60;
  return (minutes_ >> (of_day % 60) & 1) != 0 && (hours_ >> (of_day / 60) & 1) != 0 && is_day(day);
}

std::optional<UnixNanos> Crontab::next_after(UnixNanos local) const {
  const int64_t start = floor_div(local, kNanosPerMinute) + 1;
  const int64_t first_day = floor_div(start, 24 * 60);
  for (int64_t day = first_day; day < first_day + kMostDays; ++day) {
    if (!is_day(day)) continue;
    const int64_t from = day == first_day ? start - day * 24 * 60 : 0;
    for (int64_t hour = from / 60; hour < 24; ++hour) {
      if ((hours_ >> hour & 1) == 0) continue;
      const int64_t from_minute = hour == from / 60 ? from % 60 : 0;
      const uint64_t left = minutes_ >> from_minute;
      if (left == 0) continue;
      const int64_t minute = from_minute + std::countr_zero(left);
      return day * kNanosPerDay + (hour * 60 + minute) * kNanosPerMinute;
    }
  }
  return std::nullopt;
}

}  // namespace tripod::monitor
