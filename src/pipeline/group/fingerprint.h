// Fingerprints that clients give: literal values and {{ variables }}.
// https://docs.sentry.io/concepts/data-management/event-grouping/fingerprint-rules/#variables
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "pipeline/group/fingerprint_rules.h"
#include "pipeline/group/parametriser.h"

namespace tripod::pipeline::group {

// No fingerprint, or only {{ default }}: kDefault. Without {{ default }}: kCustom, only the given
// values count. Otherwise kHybrid: the default grouping takes the place of {{ default }}.
enum class FingerprintKind : uint8_t { kDefault, kHybrid, kCustom };

FingerprintKind fingerprint_kind(std::span<const std::string_view> fingerprint);

// Whether the part is "{{ default }}", with any white space.
bool is_default_part(std::string_view part);

// The text of one part: variables replaced (transaction, message, error.type, error.value,
// stack.function, stack.abs_path, stack.filename, stack.module, stack.package, level, logger,
// tags.X, their short names), others as they are.
std::string fingerprint_part(std::string_view part, const JudgedEvent& event,
                             const Parametriser& parametriser);

// The same for variables within text, as in rules and their titles: system-{{ error.value }}. What is
// in braces and no name, and {{ default }}, stays.
std::string expand_variables(std::string_view text, const JudgedEvent& event,
                             const Parametriser& parametriser);

}  // namespace tripod::pipeline::group
