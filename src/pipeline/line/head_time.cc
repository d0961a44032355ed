#include "pipeline/line/head_time.h"

#include <array>
#include <charconv>
#include <string>

#include "base/time_text.h"
#include "pipeline/line/field_time.h"

namespace tripod::pipeline {
namespace {

constexpr int64_t kClockDifference = 5 * base::kNanosPerMinute;
constexpr int64_t kWidestZone = 14 * base::kNanosPerHour;
constexpr size_t kDateAndTime = std::string_view("2026-11-22 16:39:57").size();

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "2026-11-22 16:39:57" as far as its punctuation goes.
bool has_date_form(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-dd dd:dd:dd";
  if (text.size() < kForm.size()) return false;
  for (size_t i = 0; i < kForm.size(); ++i) {
    if (kForm[i] == 'd') {
      if (!is_digit(text[i])) return false;
    } else if (text[i] != kForm[i] && !(kForm[i] == '-' && text[i] == '/') && !(kForm[i] == ' ' && text[i] == 'T')) {
      return false;
    }
  }
  return true;
}

size_t digits_from(std::string_view text, size_t from) {
  size_t end = from;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - from;
}

// Of "Z", "+02:00", "+0200" at `from`, with or without a blank before the sign; 0: there is none.
size_t zone_length(std::string_view text, size_t from) {
  if (from >= text.size()) return 0;
  if (text[from] == 'Z') return 1;
  const size_t blank = text[from] == ' ' ? 1 : 0;
  const size_t sign = from + blank;
  if (sign >= text.size() || (text[sign] != '+' && text[sign] != '-')) return 0;
  const size_t hours = digits_from(text, sign + 1);
  if (hours == 4) return blank + 5;
  const bool colon = hours == 2 && sign + 3 < text.size() && text[sign + 3] == ':';
  return colon && digits_from(text, sign + 4) == 2 ? blank + 6 : 0;
}

std::optional<base::UnixNanos> parsed(std::string text) {
  const auto time = base::parse_rfc3339(text);
  return time ? std::optional(*time) : std::nullopt;
}

}  // namespace

std::optional<HeadTime> take_head_time(std::string_view& text) {
  if (!has_date_form(text)) return std::nullopt;
  size_t end = kDateAndTime;
  size_t fraction = 0;
  if (end < text.size() && (text[end] == ',' || text[end] == '.')) fraction = digits_from(text, end + 1);
  if (fraction > 9) return std::nullopt;
  if (fraction > 0) end += 1 + fraction;
  std::string plain(text.substr(0, end));
  plain[4] = plain[7] = '-';
  const size_t zone = zone_length(text, end);
  if (zone > 0) plain.append(text.substr(text[end] == ' ' ? end + 1 : end, text[end] == ' ' ? zone - 1 : zone));
  const auto time = parsed(std::move(plain));
  if (!time) return std::nullopt;
  text.remove_prefix(end + zone);
  return HeadTime{*time, zone > 0, fraction > 0};
}

std::optional<HeadTime> access_time(std::string_view text) {
  static constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  constexpr size_t kLength = std::string_view("22/Nov/2026:16:39:57").size();
  if (text.size() < kLength || text[2] != '/' || text[6] != '/' || (text[11] != ':' && text[11] != ' ')) return std::nullopt;
  size_t month = 0;
  while (month < kMonths.size() && kMonths[month] != text.substr(3, 3)) ++month;
  if (month == kMonths.size()) return std::nullopt;
  std::string plain(text.substr(7, 4));
  plain.append(month < 9 ? "-0" : "-1").push_back(static_cast<char>('0' + (month + 1) % 10));
  plain.append("-").append(text.substr(0, 2)).append("T").append(text.substr(12, 8));
  const bool has_zone = text.size() > kLength;
  if (has_zone) {
    if (zone_length(text, kLength) != text.size() - kLength) return std::nullopt;
    plain.append(text.substr(text[kLength] == ' ' ? kLength + 1 : kLength));
  }
  const auto time = parsed(std::move(plain));
  return time ? std::optional(HeadTime{*time, has_zone, false}) : std::nullopt;
}

void apply_head_time(const HeadTime& head, model::LogRecord& record) {
  const base::UnixNanos seen = record.observed_time != 0 ? record.observed_time : record.time;
  if (!is_sane_time(head.time, record)) return;
  if (seen != 0) {
    const int64_t late = seen - head.time;
    if (!head.has_fraction && late >= 0 && late < 2 * base::kNanosPerSecond) return;
    const bool likely = late > kWidestZone || (late >= -kClockDifference && late <= kClockDifference);
    if (!head.has_zone && !likely) return;
  }
  if (record.observed_time == 0) record.observed_time = record.time;
  record.time = head.time;
  record.time_is_of_line = true;
}

}  // namespace tripod::pipeline
