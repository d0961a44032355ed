// simdjson behind the few questions the Sentry decoders ask. Only .cc files of this folder include
// it.
#pragma once

#include <simdjson.h>

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "ingest/sentry/context.h"
#include "model/value.h"

namespace tripod::ingest::sentry {

namespace od = simdjson::ondemand;

// Reused over the items of one envelope: keeps simdjson's buffers.
struct JsonParser {
  od::parser parser;
};

// A copy of `raw` in the arena that is safe to read in parts: byte order mark off, bytes that are
// not UTF-8 and lone surrogates replaced by U+FFFD, valid JSON nested at most kMostJsonDepth deep,
// padded as simdjson wants it. Errors: "invalid_json" with the offset, "json_too_deep".
ItemResult<std::string_view> prepare_json(std::string_view raw, base::Arena& arena);

// The same for one JSON object of at most `most_bytes`; `what` names it. Errors also: "too_large", "not_an_object".
ItemResult<std::string_view> prepare_object(std::string_view json, size_t most_bytes, std::string_view what, base::Arena& arena);

// A document over text that prepare_json() returned. Throws simdjson_error only on a defect of
// ours.
od::document open_document(JsonParser& parser, std::string_view prepared);

// The functions below read one value once (on-demand: a value may be read a single time). Text they
// return lives in the arena (or in the prepared text, which does too).

// Strings as they are, numbers and booleans as written; empty for null, arrays and objects.
std::string_view read_text(od::value& value, base::Arena& arena);
// Text, or the JSON of an array or object.
std::string_view read_text_or_json(od::value& value, base::Arena& arena);
// Number, boolean, string, or JSON text; null for null. Integers beyond 64 bits become floats.
model::Value read_value(od::value& value, base::Arena& arena);
// 1 true, 0 false, -1 anything else.
int8_t read_tristate(od::value& value);
std::optional<int64_t> read_int64(od::value& value);

bool is_object(od::value& value);
bool is_array(od::value& value);

// Calls `f(key, value)` for each member of an object; nothing for other values. `key` is valid
// until the next document.
void for_each_field(od::value& value,
                    const std::function<void(std::string_view key, od::value& member)>& f);
void for_each_element(od::value& value, const std::function<void(od::value& element)>& f);
// Sentry's lists: [..], {"values": [..]}, or one object alone. Null elements are skipped.
void for_each_of_list(od::value& value, const std::function<void(od::value& element)>& f);
// {"a": 1} or [["a", 1], …] or [{"key": "a", "value": 1}, …], as SDKs send tags, headers and query
// strings.
void for_each_pair(od::value& value,
                   const std::function<void(std::string_view key, od::value& member)>& f);

}  // namespace tripod::ingest::sentry
