// Any text as a rule file: refused with places, or groups whose rules can be evaluated, and the same again.
#include <cstddef>
#include <cstdint>
#include <string>

#include "alert/rule_file.h"
#include "base/mem_fs.h"

namespace {

using namespace tripod;

void check(const alert::GroupDefinition& group) {
  TRIPOD_CHECK(!group.name.empty() && group.interval_ms > 0 && group.query_offset_ms >= 0);
  for (const alert::RuleDefinition& rule : group.rules) {
    TRIPOD_CHECK(!rule.name.empty() && rule.expr != nullptr && rule.for_ms >= 0);
    TRIPOD_CHECK(rule.kind == alert::RuleDefinition::Kind::kAlerting || rule.annotations.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string yaml(reinterpret_cast<const char*>(data), size);
  const alert::ParsedRuleFile parsed = alert::parse_rule_file(yaml, "a.yml");
  TRIPOD_CHECK(parsed.errors.size() <= alert::kMostErrors);
  const alert::ParsedRuleFile again = alert::parse_rule_file(yaml, "a.yml");
  TRIPOD_CHECK(parsed.errors == again.errors && parsed.groups.size() == again.groups.size());
  if (parsed.errors.empty()) {
    for (size_t i = 0; i < parsed.groups.size(); ++i) {
      check(parsed.groups[i]);
      TRIPOD_CHECK(parsed.groups[i].fingerprint() == again.groups[i].fingerprint());
    }
  }
  base::MemFs fs;
  (void)alert::read_rules(yaml, "prometheus.yml", fs);
  return 0;
}
