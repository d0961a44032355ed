// The expressions of | json name="a.b[0][\"c d\"]".
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "query/logql/stages/json_scan.h"

namespace tripod::query::logql {

// Keys and indexes from the outside in.
using JsonPath = std::vector<std::variant<std::string, size_t>>;

// kInvalidArgument: "cannot parse expression […]: …".
base::Result<JsonPath> parse_json_path(std::string_view text);
// False where the path leads nowhere; kInvalidArgument where the text on the way is no JSON.
base::Result<bool> find_json(std::string_view text, const JsonPath& path, JsonItem& out);

}  // namespace tripod::query::logql
