// The members of a JSON object as they stand in its text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tripod::pipeline {

struct LineMember {
  enum class Kind : uint8_t { kString, kNumber, kBool, kNull, kJson };
  std::string key;        // dotted, where objects are nested
  Kind kind = Kind::kNull;
  std::string_view text;  // of the value: a string without its quotes; an array or an empty object whole
};

// Lists the members of an object that is known to be valid JSON, in order; nested objects by their members. False where keys
// have escapes or are very long, or objects nest deeper than 8.
bool list_members(std::string_view object, std::vector<LineMember>& out);

}  // namespace tripod::pipeline
