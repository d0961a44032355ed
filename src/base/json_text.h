// What must be known of JSON text from outside before a parser reads parts of it: that all of it is
// JSON, and how deep.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tripod::base {

enum class JsonFault : uint8_t { kNone, kMalformed, kTooDeep };

struct JsonCheck {
  JsonFault fault = JsonFault::kNone;
  size_t position = 0;  // byte offset of the fault
};

inline constexpr size_t kMostJsonDepth = 1024;

// Whether `text` is one JSON value (RFC 8259) and nothing else, nested at most `max_depth` (<=
// kMostJsonDepth) containers deep. Does not check that strings are valid UTF-8, nor that \u escapes
// pair up. Allocates nothing, does not recurse.
JsonCheck check_json(std::string_view text, size_t max_depth);

// Replaces every \uD800..\uDFFF escape that has no other half by \uFFFD, in place: such escapes are
// legal JSON (JavaScript cuts strings between surrogates), but name no character. `json` is valid
// JSON. Returns how many.
size_t repair_surrogate_escapes(char* json, size_t size);

// `body`, or where simdjson would refuse it for what other receivers replace (one byte that is not
// UTF-8, half a surrogate pair), a copy with U+FFFD in those places. Need not be JSON.
std::shared_ptr<const std::string> readable_json(std::shared_ptr<const std::string> body);

}  // namespace tripod::base
