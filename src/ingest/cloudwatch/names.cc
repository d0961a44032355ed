#include "ingest/cloudwatch/names.h"

#include <fmt/format.h>

#include "base/utf8.h"

namespace tripod::ingest::cloudwatch {
namespace {

constexpr size_t kLongest = 512;

bool is_group_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '/' ||
         c == '.' || c == '#';
}

std::string fault(std::string_view name, std::string_view member, std::string_view constraint) {
  return fmt::format("1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: Member must {}",
                     base::utf8_prefix(name, 100), member, constraint);
}

}  // namespace

std::string fault_of_group(std::string_view name) {
  constexpr std::string_view kMember = "logGroupName";
  if (name.empty()) return fault(name, kMember, "have length greater than or equal to 1");
  if (name.size() > kLongest) return fault(name, kMember, "have length less than or equal to 512");
  for (const char c : name) {
    if (!is_group_character(c)) return fault(name, kMember, "satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+");
  }
  return {};
}

std::string fault_of_stream(std::string_view name) {
  constexpr std::string_view kMember = "logStreamName";
  if (name.empty()) return fault(name, kMember, "have length greater than or equal to 1");
  if (name.size() > kLongest) return fault(name, kMember, "have length less than or equal to 512");
  if (name.find_first_of(":*") != name.npos) return fault(name, kMember, "satisfy regular expression pattern: [^:*]*");
  return {};
}

std::string_view service_of_group(std::string_view name) {
  while (name.ends_with('/')) name.remove_suffix(1);
  const size_t slash = name.rfind('/');
  return slash == name.npos ? name : name.substr(slash + 1);
}

}  // namespace tripod::ingest::cloudwatch
