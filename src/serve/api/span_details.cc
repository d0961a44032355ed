#include "serve/api/span_details.h"

#include <charconv>
#include <optional>

#include <simdjson.h>

namespace tripod::serve {

using base::Code;
using base::Result;
using simdjson::dom::element;

namespace {

std::optional<std::string> text_of(const simdjson::dom::object& object, std::string_view key) {
  std::string_view text;
  if (object[key].get(text) != simdjson::SUCCESS) return std::nullopt;
  return std::string(text);
}

store::FieldValue value_of(const element& value) {
  switch (value.type()) {
    case simdjson::dom::element_type::NULL_VALUE: return std::monostate();
    case simdjson::dom::element_type::STRING: return std::string(value.get_string().value_unsafe());
    case simdjson::dom::element_type::INT64: return value.get_int64().value_unsafe();
    case simdjson::dom::element_type::DOUBLE: return value.get_double().value_unsafe();
    case simdjson::dom::element_type::BOOL: return value.get_bool().value_unsafe();
    case simdjson::dom::element_type::UINT64:  // beyond int64
    case simdjson::dom::element_type::ARRAY:
    case simdjson::dom::element_type::OBJECT: break;
  }
  return store::JsonText{simdjson::minify(value)};
}

std::optional<SpanEvent> event_of(const simdjson::dom::object& object) {
  const auto time = text_of(object, "time_ns");
  auto name = text_of(object, "name");
  if (!time || !name) return std::nullopt;
  SpanEvent out{.name = std::move(*name)};
  const auto [end, ec] = std::from_chars(time->data(), time->data() + time->size(), out.time);
  if (ec != std::errc() || end != time->data() + time->size()) return std::nullopt;
  simdjson::dom::object attributes;
  if (object["attributes"].get(attributes) != simdjson::SUCCESS) return out;
  for (const auto [key, value] : attributes) out.attributes.emplace_back(std::string(key), value_of(value));
  return out;
}

std::optional<SpanLink> link_of(const simdjson::dom::object& object) {
  auto trace_id = text_of(object, "trace_id");
  auto span_id = text_of(object, "span_id");
  if (!trace_id || !span_id) return std::nullopt;
  return SpanLink{std::move(*trace_id), std::move(*span_id)};
}

template <class Item>
Result<std::vector<Item>> list_of(std::string_view json, std::optional<Item> (*read)(const simdjson::dom::object&)) {
  std::vector<Item> out;
  simdjson::dom::parser parser;
  simdjson::dom::array items;
  if (parser.parse(json.data(), json.size()).get(items) != simdjson::SUCCESS) return base::fail(Code::kInvalidArgument, "not a list");
  for (const element item : items) {
    simdjson::dom::object object;
    auto one = item.get(object) == simdjson::SUCCESS ? read(object) : std::nullopt;
    if (!one) return base::fail(Code::kInvalidArgument, "not as spans keep them");
    out.push_back(std::move(*one));
  }
  return out;
}

}  // namespace

Result<std::vector<SpanEvent>> parse_span_events(std::string_view json) { return list_of<SpanEvent>(json, event_of); }

Result<std::vector<SpanLink>> parse_span_links(std::string_view json) { return list_of<SpanLink>(json, link_of); }

}  // namespace tripod::serve
