#include "pipeline/line/severity.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tripod::pipeline {
namespace {

constexpr uint8_t kTrace = 1, kDebug = 5, kInfo = 9, kNotice = 10, kWarn = 13, kError = 17,
                  kFatal = 21;

struct Word {
  std::string_view text;
  uint8_t number;
};

constexpr std::array<Word, 42> kWords{{
    {"trace", kTrace},    {"trc", kTrace},        {"t", kTrace},
    {"verbose", kTrace},  {"v", kTrace},          {"finest", kTrace},
    {"finer", kTrace},    {"silly", kTrace},      {"debug", kDebug},
    {"dbg", kDebug},      {"d", kDebug},          {"fine", kDebug},
    {"config", kDebug},   {"info", kInfo},        {"inf", kInfo},
    {"i", kInfo},         {"information", kInfo}, {"informational", kInfo},
    {"success", kInfo},   {"notice", kNotice},    {"n", kNotice},
    {"warn", kWarn},      {"wrn", kWarn},         {"w", kWarn},
    {"warning", kWarn},   {"error", kError},      {"err", kError},
    {"e", kError},        {"eror", kError},       {"severe", kError},
    {"fatal", kFatal},    {"ftl", kFatal},        {"f", kFatal},
    {"critical", kFatal}, {"crit", kFatal},       {"c", kFatal},
    {"alert", kFatal},    {"emerg", kFatal},      {"emergency", kFatal},
    {"panic", kFatal},    {"dpanic", kFatal},     {"a", kFatal},
}};
constexpr size_t kLongestWord = 13;

}  // namespace

Severity severity_from_otel(int64_t number) {
  static constexpr std::array<std::string_view, 6> kNames{"trace", "debug", "info",
                                                          "warn",  "error", "fatal"};
  if (number < 1 || number > 24) return {};
  return {static_cast<uint8_t>(number), kNames[static_cast<size_t>(number - 1) / 4]};
}

Severity severity_from_number(int64_t number) {
  static constexpr std::array<uint8_t, 8> kSyslog{kFatal, kFatal,  kFatal, kError,
                                                  kWarn,  kNotice, kInfo,  kDebug};
  static constexpr std::array<uint8_t, 6> kPino{kTrace, kDebug, kInfo, kWarn, kError, kFatal};
  if (number >= 0 && number <= 7) return severity_from_otel(kSyslog[static_cast<size_t>(number)]);
  if (number >= 10 && number < 70) {
    return severity_from_otel(kPino[static_cast<size_t>(number / 10 - 1)]);
  }
  return {};
}

Severity severity_from_text(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (text.empty() || text.size() > kLongestWord) return {};
  int64_t number = 0;
  if (std::from_chars(text.begin(), text.end(), number).ptr == text.end()) {
    return severity_from_number(number);
  }
  std::array<char, kLongestWord> lower;
  std::ranges::transform(text, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  std::string_view word(lower.data(), text.size());
  // OpenTelemetry's short names have steps: INFO, INFO2, INFO3, INFO4.
  uint8_t step = 0;
  if (word.size() > 4 && word.back() >= '2' && word.back() <= '4') {
    step = static_cast<uint8_t>(word.back() - '1');
    word.remove_suffix(1);
  }
  const auto found = std::ranges::find(kWords, word, &Word::text);
  if (found == kWords.end()) return {};
  if (step != 0 && found->number % 4 != 1) return {};
  return severity_from_otel(found->number + step);
}

void normalise_severity(model::LogRecord& record) {
  if (record.severity_number == 0) {
    record.severity_number = severity_from_text(record.severity_text).number;
  }
  if (const Severity known = severity_from_otel(record.severity_number)) {
    record.severity_text = known.text;
  }
}

}  // namespace tripod::pipeline
