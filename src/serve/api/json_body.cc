#include "serve/api/json_body.h"

#include <simdjson.h>

namespace tripod::serve {

using base::Code;

struct JsonBody::Reader {
  JsonBody& out;
  bool nested;

  base::Result<> list(const std::string& name, simdjson::dom::array items) const {
    for (const auto item : items) {
      if (item.is_string()) out.lists_[name].emplace_back(item.get_string().value_unsafe());
      else if (nested && item.is_int64()) out.lists_[name].push_back(std::to_string(item.get_int64().value_unsafe()));
      else return base::fail(Code::kInvalidArgument, "\"" + name + "\" must be a list of strings" + (nested ? " or whole numbers" : ""));
    }
    return {};
  }

  base::Result<> object(const std::string& prefix, simdjson::dom::object fields) const {
    for (const auto [key, value] : fields) {
      const std::string name = prefix + std::string(key);
      out.names_.insert(name);
      if (value.is_null()) continue;
      if (value.is_string()) out.texts_[name] = std::string(value.get_string().value_unsafe());
      else if (value.is_bool()) out.flags_[name] = value.get_bool().value_unsafe();
      else if (nested && value.is_int64()) out.numbers_[name] = value.get_int64().value_unsafe();
      else if (value.is_array()) {
        if (auto ok = list(name, value.get_array().value_unsafe()); !ok) return ok;
      } else if (nested && value.is_object() && prefix.empty()) {
        if (auto ok = object(name + ".", value.get_object().value_unsafe()); !ok) return ok;
      } else {
        const char* others = nested ? ", a whole number, or a list of strings or whole numbers" : " or a list of strings";
        return base::fail(Code::kInvalidArgument, "\"" + name + "\" must be a string, true, false" + others);
      }
    }
    return {};
  }
};

base::Result<JsonBody> JsonBody::read(std::string_view body, bool nested) {
  JsonBody out;
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(body.data(), body.size()).get(object) != simdjson::SUCCESS) {
    return base::fail(Code::kInvalidArgument, "the body must be a JSON object");
  }
  if (auto ok = Reader{out, nested}.object("", object); !ok) return base::fail(std::move(ok.error()));
  return out;
}

base::Result<JsonBody> JsonBody::parse(std::string_view body) { return read(body, false); }
base::Result<JsonBody> JsonBody::parse_nested(std::string_view body) { return read(body, true); }

std::optional<std::string> JsonBody::text(std::string_view key) const {
  const auto it = texts_.find(key);
  return it == texts_.end() ? std::nullopt : std::optional(it->second);
}

std::optional<bool> JsonBody::flag(std::string_view key) const {
  const auto it = flags_.find(key);
  return it == flags_.end() ? std::nullopt : std::optional(it->second);
}

std::optional<int64_t> JsonBody::number(std::string_view key) const {
  const auto it = numbers_.find(key);
  return it == numbers_.end() ? std::nullopt : std::optional(it->second);
}

std::vector<std::string> JsonBody::list(std::string_view key) const {
  const auto it = lists_.find(key);
  return it == lists_.end() ? std::vector<std::string>() : it->second;
}

}  // namespace tripod::serve
