// The functions templates may call. Private to this folder.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "query/logql/template/text_template.h"
#include "query/logql/template/value.h"

namespace tripod::query::logql::text_template {

// Arguments in the order written, the value of a pipeline last. Errors: kInvalidArgument, the reason alone.
using FunctionBody = base::Result<Value> (*)(const Context& context, std::span<const Value> args);

struct Function {
  std::string_view name;
  uint8_t least;      // arguments
  uint8_t most;       // kAny: no bound
  FunctionBody body;  // null: `and` and `or`, which do not evaluate all of their arguments
  static constexpr uint8_t kAny = 255;
};

// Null when there is none.
const Function* find_function(std::string_view name);

// One list a file.
std::span<const Function> logic_functions();   // eq, index, len, printf …
std::span<const Function> text_functions();    // trim, replace, regexReplaceAll …
std::span<const Function> number_functions();  // add, round, bytes …
std::span<const Function> time_functions();    // date, unixEpoch …

// Go refuses arguments of another type than a function declares.
base::Result<std::string> text_argument(const Value& value);
base::Result<int64_t> int_argument(const Value& value);
std::unexpected<base::Error> wrong_type(std::string_view expected, const Value& value);

// fmt.Sprintf and its kin.
std::string format_printf(std::string_view format, std::span<const Value> args);
std::string format_print(std::span<const Value> args, bool line);

// fromJson.
base::Result<Value> parse_json_value(std::string_view text);

}  // namespace tripod::query::logql::text_template
