#include "alert/check_command.h"

#include <fmt/format.h>

#include "alert/rule_file.h"

namespace tripod::alert {

int check_rule_files(base::Fs& fs, const std::vector<std::string>& files, std::FILE* out, std::FILE* complaints) {
  bool failed = false;
  for (const std::string& file : files) {
    fmt::print(out, "Checking {}\n", file);
    auto text = fs.read_all(file);
    const ParsedRuleFile parsed = text ? parse_rule_file(*text, file) : ParsedRuleFile{{}, {text.error().message}};
    if (!parsed.errors.empty()) {
      failed = true;
      fmt::print(complaints, "  FAILED:\n");
      for (const std::string& error : parsed.errors) fmt::print(complaints, "{}\n", error);
      continue;
    }
    size_t rules = 0;
    for (const GroupDefinition& group : parsed.groups) rules += group.rules.size();
    fmt::print(out, "  SUCCESS: {} rules found\n", rules);
  }
  return failed ? 1 : 0;
}

}  // namespace tripod::alert
