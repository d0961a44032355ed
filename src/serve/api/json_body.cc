#include "serve/api/json_body.h"

#include <simdjson.h>

namespace tripod::serve {

using base::Code;

base::Result<JsonBody> JsonBody::parse(std::string_view body) {
  JsonBody out;
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(body.data(), body.size()).get(object) != simdjson::SUCCESS) {
    return base::fail(Code::kInvalidArgument, "the body must be a JSON object");
  }
  for (const auto [key, value] : object) {
    const std::string name(key);
    if (value.is_null()) continue;
    if (value.is_string()) {
      out.texts_[name] = std::string(value.get_string().value_unsafe());
    } else if (value.is_bool()) {
      out.flags_[name] = value.get_bool().value_unsafe();
    } else if (value.is_array()) {
      // Named: value_unsafe() of a temporary is gone before the loop begins.
      const simdjson::dom::array items = value.get_array().value_unsafe();
      for (const auto item : items) {
        if (!item.is_string()) return base::fail(Code::kInvalidArgument, "\"" + name + "\" must be a list of strings");
        out.lists_[name].emplace_back(item.get_string().value_unsafe());
      }
    } else {
      return base::fail(Code::kInvalidArgument, "\"" + name + "\" must be a string, true, false or a list of strings");
    }
  }
  return out;
}

std::optional<std::string> JsonBody::text(std::string_view key) const {
  const auto it = texts_.find(key);
  return it == texts_.end() ? std::nullopt : std::optional(it->second);
}

std::optional<bool> JsonBody::flag(std::string_view key) const {
  const auto it = flags_.find(key);
  return it == flags_.end() ? std::nullopt : std::optional(it->second);
}

std::vector<std::string> JsonBody::list(std::string_view key) const {
  const auto it = lists_.find(key);
  return it == lists_.end() ? std::vector<std::string>() : it->second;
}

}  // namespace tripod::serve
