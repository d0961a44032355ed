#include "pipeline/line/server_prefix.h"

#include <charconv>
#include <string>

#include "pipeline/line/field_time.h"

namespace tripod::pipeline {
namespace {

constexpr size_t kLongest = 160;

ServerPrefix read_celery(std::string_view line) {
  constexpr size_t kTimeLength = std::string_view("2026-11-22 16:39:57,135").size();
  ServerPrefix out;
  if (line.size() < kTimeLength + 8 || line.substr(1 + kTimeLength, 2) != ": ") return out;
  const size_t end = line.substr(0, kLongest).find("] ");
  if (end == line.npos) return out;
  const auto time = time_of_text(line.substr(1, kTimeLength));
  const std::string_view who = line.substr(kTimeLength + 3, end - kTimeLength - 3);
  const size_t slash = who.find('/');
  if (!time || slash == who.npos) return out;
  out.severity = severity_from_text(who.substr(0, slash));
  if (!out.severity) return out;
  out.time = {*time, false, true};
  out.process = who.substr(slash + 1);
  out.length = end + 2;
  return out;
}

// "[...] " at the front of `rest`, which is shortened by it; empty where there is none.
std::string_view take_bracketed(std::string_view& rest) {
  const size_t end = rest.find("] ");
  if (!rest.starts_with('[') || end == rest.npos) return {};
  const std::string_view inside = rest.substr(1, end - 1);
  rest.remove_prefix(end + 2);
  return inside;
}

ServerPrefix read_gunicorn(std::string_view line) {
  constexpr std::string_view kTime = "2026-11-22 16:39:57 +0000";
  std::string_view rest = line.substr(0, kLongest);
  const std::string_view when = take_bracketed(rest);
  const std::string_view who = take_bracketed(rest);
  const std::string_view level = take_bracketed(rest);
  ServerPrefix out;
  if (when.size() != kTime.size() || who.empty() || level.empty()) return out;
  std::string iso(when);  // "2026-11-22T16:39:57+00:00"
  iso[10] = 'T';
  iso.erase(19, 1);
  iso.insert(iso.begin() + 22, ':');
  const auto time = time_of_text(iso);
  const auto pid = std::from_chars(who.data(), who.data() + who.size(), out.pid);
  const Severity severity = severity_from_text(level);
  if (!time || !severity || pid.ec != std::errc() || pid.ptr != who.data() + who.size()) return {};
  out.time = {*time, true, false};
  out.severity = severity;
  out.length = line.substr(0, kLongest).size() - rest.size();
  return out;
}

}  // namespace

ServerPrefix read_server_prefix(std::string_view line) {
  if (!line.starts_with('[')) return {};
  const ServerPrefix celery = read_celery(line);
  return celery ? celery : read_gunicorn(line);
}

}  // namespace tripod::pipeline
