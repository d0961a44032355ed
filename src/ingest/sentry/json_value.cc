#include "ingest/sentry/json_value.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>

#include "base/json_text.h"
#include "base/utf8.h"

namespace tripod::ingest::sentry {
namespace {

std::string_view trim_right(std::string_view token) {
  while (!token.empty() && (token.back() == ' ' || token.back() == '\n' || token.back() == '\r' ||
                            token.back() == '\t')) {
    token.remove_suffix(1);
  }
  return token;
}

// A string without escapes is a piece of the prepared text; others are unescaped into the arena.
std::string_view read_string(od::value& value, base::Arena& arena) {
  const std::string_view token = trim_right(value.raw_json_token());
  const std::string_view inside = token.substr(1, token.size() - 2);
  if (inside.find('\\') == std::string_view::npos) return inside;
  return arena.copy(value.get_string());
}

template <class T>
std::optional<T> parse_number(std::string_view token) {
  T number{};
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), number);
  if (error != std::errc() || end != token.data() + token.size()) return std::nullopt;
  return number;
}

std::string_view raw_json(od::value& value) {
  if (is_object(value)) return trim_right(value.get_object().value().raw_json());
  return trim_right(value.get_array().value().raw_json());
}

void read_pair(od::value& element,
               const std::function<void(std::string_view key, od::value& member)>& f) {
  std::string key;
  bool have_key = false;
  if (is_array(element)) {
    for (auto part : element.get_array().value()) {
      od::value value = part.value();
      if (have_key) return f(key, value);
      if (value.type() != od::json_type::string) return;
      key = std::string(std::string_view(value.get_string()));
      have_key = true;
    }
    return;
  }
  if (!is_object(element)) return;
  od::object object = element.get_object();
  auto name = object.find_field_unordered("key");
  if (name.error() != simdjson::SUCCESS || name.type() != od::json_type::string) return;
  key = std::string(std::string_view(name.get_string()));
  auto member = object.find_field_unordered("value");
  if (member.error() != simdjson::SUCCESS) return;
  od::value value = member.value();
  f(key, value);
}

}  // namespace

ItemResult<std::string_view> prepare_json(std::string_view raw, base::Arena& arena) {
  if (raw.starts_with("\xef\xbb\xbf")) raw.remove_prefix(3);
  const base::JsonCheck check = base::check_json(raw, kMostJsonDepth);
  if (check.fault == base::JsonFault::kTooDeep) {
    return reject("json_too_deep", fmt::format("nested more than {} deep", kMostJsonDepth));
  }
  if (check.fault == base::JsonFault::kMalformed) {
    return reject("invalid_json", fmt::format("not JSON at byte {}", check.position));
  }
  std::string repaired;
  if (!base::is_valid_utf8(raw)) {
    repaired = base::replace_invalid_utf8(raw);
    raw = repaired;
  }
  char* copy = static_cast<char*>(arena.allocate(raw.size() + simdjson::SIMDJSON_PADDING, 1));
  std::memcpy(copy, raw.data(), raw.size());
  std::memset(copy + raw.size(), 0, simdjson::SIMDJSON_PADDING);
  base::repair_surrogate_escapes(copy, raw.size());
  return std::string_view(copy, raw.size());
}

ItemResult<std::string_view> prepare_object(std::string_view json, size_t most_bytes,
                                            std::string_view what, base::Arena& arena) {
  if (json.size() > most_bytes) {
    return reject("too_large",
                  fmt::format("{} of {} bytes; the limit is {}", what, json.size(), most_bytes));
  }
  auto prepared = prepare_json(json, arena);
  if (prepared && prepared->find_first_not_of(" \t\r\n") != prepared->find('{')) {
    return reject("not_an_object", fmt::format("{} is not a JSON object", what));
  }
  return prepared;
}

od::document open_document(JsonParser& parser, std::string_view prepared) {
  return parser.parser.iterate(prepared.data(), prepared.size(),
                               prepared.size() + simdjson::SIMDJSON_PADDING);
}

bool is_object(od::value& value) { return value.type() == od::json_type::object; }
bool is_array(od::value& value) { return value.type() == od::json_type::array; }

std::string_view read_text(od::value& value, base::Arena& arena) {
  switch (value.type()) {
    case od::json_type::string:
      return read_string(value, arena);
    case od::json_type::number:
    case od::json_type::boolean:
      return trim_right(value.raw_json_token());
    default:
      return {};
  }
}

std::string_view read_text_or_json(od::value& value, base::Arena& arena) {
  if (is_object(value) || is_array(value)) return raw_json(value);
  return read_text(value, arena);
}

model::Value read_value(od::value& value, base::Arena& arena) {
  switch (value.type()) {
    case od::json_type::string:
      return model::Value::string(read_string(value, arena));
    case od::json_type::number: {
      const std::string_view token = trim_right(value.raw_json_token());
      if (const auto i = parse_number<int64_t>(token)) return model::Value::int64(*i);
      if (const auto d = parse_number<double>(token)) return model::Value::float64(*d);
      return model::Value::string(token);
    }
    case od::json_type::boolean:
      return model::Value::boolean(value.get_bool());
    case od::json_type::null:
      return {};
    default:
      return model::Value::json(raw_json(value));
  }
}

int8_t read_tristate(od::value& value) {
  if (value.type() != od::json_type::boolean) return -1;
  return value.get_bool() ? 1 : 0;
}

std::optional<int64_t> read_int64(od::value& value) {
  std::string_view token;
  if (value.type() == od::json_type::number) {
    token = trim_right(value.raw_json_token());
  } else if (value.type() == od::json_type::string) {
    token = trim_right(value.raw_json_token());
    token = token.substr(1, token.size() - 2);
  } else {
    return std::nullopt;
  }
  return parse_number<int64_t>(token);
}

void for_each_field(od::value& value,
                    const std::function<void(std::string_view key, od::value& member)>& f) {
  if (!is_object(value)) return;
  for (auto field : value.get_object().value()) {
    const std::string_view key = field.unescaped_key();
    od::value member = field.value();
    f(key, member);
  }
}

void for_each_element(od::value& value, const std::function<void(od::value& element)>& f) {
  if (!is_array(value)) return;
  for (auto item : value.get_array().value()) {
    od::value element = item.value();
    f(element);
  }
}

void for_each_of_list(od::value& value, const std::function<void(od::value& element)>& f) {
  const auto unless_null = [&](od::value& element) {
    if (element.type() != od::json_type::null) f(element);
  };
  if (is_array(value)) return for_each_element(value, unless_null);
  if (!is_object(value)) return;
  od::object object = value.get_object();
  // What is empty cannot be walked a second time.
  if (object.is_empty().value()) return;
  auto values = object.find_field_unordered("values");
  if (values.error() == simdjson::SUCCESS) {
    od::value list = values.value();
    return for_each_element(list, unless_null);
  }
  object.reset().value();
  f(value);
}

void for_each_pair(od::value& value,
                   const std::function<void(std::string_view key, od::value& member)>& f) {
  if (is_object(value)) return for_each_field(value, f);
  for_each_element(value, [&](od::value& element) { read_pair(element, f); });
}

}  // namespace tripod::ingest::sentry
