// Fingerprints that clients give: literal values and {{ variables }}.
// https://docs.sentry.io/concepts/data-management/event-grouping/fingerprint-rules/#variables
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/batch.h"
#include "pipeline/group/parametriser.h"

namespace tripod::pipeline::group {

// No fingerprint, or only {{ default }}: kDefault. Without {{ default }}: kCustom, only the given
// values count. Otherwise kHybrid: the default grouping takes the place of {{ default }}.
enum class FingerprintKind : uint8_t { kDefault, kHybrid, kCustom };

FingerprintKind fingerprint_kind(const model::ErrorEvent& event);

// Whether the part is "{{ default }}", with any white space.
bool is_default_part(std::string_view part);

// The text of one part: variables replaced (transaction, message, error.type, error.value,
// stack.function, stack.abs_path, stack.filename, stack.module, level, logger, tags.X, their short
// names), others as they are. stack.package is for native frames, which do not come here: it is
// always "<no-package>".
std::string fingerprint_part(std::string_view part, const model::ErrorEvent& event,
                             const Parametriser& parametriser);

}  // namespace tripod::pipeline::group
