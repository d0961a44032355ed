#include "pipeline/line/celery_prefix.h"

#include "pipeline/line/field_time.h"

namespace tripod::pipeline {

CeleryPrefix read_celery_prefix(std::string_view line) {
  constexpr size_t kTimeLength = std::string_view("2026-11-22 16:39:57,135").size();
  constexpr size_t kLongest = 160;
  CeleryPrefix out;
  if (line.size() < kTimeLength + 8 || line[0] != '[' || line.substr(1 + kTimeLength, 2) != ": ") {
    return out;
  }
  const size_t end = line.substr(0, kLongest).find("] ");
  if (end == line.npos) return out;
  const auto time = time_of_text(line.substr(1, kTimeLength));
  const std::string_view who = line.substr(kTimeLength + 3, end - kTimeLength - 3);
  const size_t slash = who.find('/');
  if (!time || slash == who.npos) return out;
  out.severity = severity_from_text(who.substr(0, slash));
  if (!out.severity) return out;
  out.time = *time;
  out.process = who.substr(slash + 1);
  out.length = end + 2;
  return out;
}

}  // namespace tripod::pipeline
