#include "query/logql/template/functions.h"

#include <algorithm>

namespace tripod::query::logql::text_template {

using base::Code;
using base::Result;

const Function* find_function(std::string_view name) {
  for (const auto list : {logic_functions(), text_functions(), number_functions(), time_functions()}) {
    const auto found = std::ranges::find(list, name, &Function::name);
    if (found != list.end()) return &*found;
  }
  return nullptr;
}

std::unexpected<base::Error> wrong_type(std::string_view expected, const Value& value) {
  return base::fail(Code::kInvalidArgument, "wrong type for value; expected " + std::string(expected) + "; got " +
                                                std::string(type_name(value)));
}

Result<std::string> text_argument(const Value& value) {
  if (const auto* text = value.as<std::string>()) return *text;
  return wrong_type("string", value);
}

Result<int64_t> int_argument(const Value& value) {
  if (const auto* number = value.as<int64_t>()) return *number;
  return wrong_type("int", value);
}

}  // namespace tripod::query::logql::text_template
