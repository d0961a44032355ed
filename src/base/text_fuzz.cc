// Any text as UTF-8 and as JSON, with simdjson as the oracle, and out through the JSON writer.
#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/hex.h"
#include "base/json_text.h"
#include "base/json_writer.h"
#include "base/result.h"
#include "base/utf8.h"

namespace {

using namespace tripod::base;

void check_utf8(std::string_view text) {
  const bool valid = is_valid_utf8(text);
  TRIPOD_CHECK(valid == simdjson::validate_utf8(text.data(), text.size()));
  const std::string repaired = replace_invalid_utf8(text);
  TRIPOD_CHECK(is_valid_utf8(repaired) && valid == (repaired == text));
  for (size_t most : {size_t{0}, size_t{1}, text.size() / 2}) {
    const std::string_view prefix = utf8_prefix(text, most);
    TRIPOD_CHECK(prefix.size() <= most && text.starts_with(prefix));
    TRIPOD_CHECK(!valid || is_valid_utf8(prefix));
  }
  TRIPOD_CHECK(from_hex(to_hex(text)) == text);
  if (const auto bytes = from_hex(text)) TRIPOD_CHECK(bytes->size() * 2 == text.size());
}

void check_written(std::string_view text) {
  std::string json;
  JsonWriter(json).begin_object().field(text, text).end_object();
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  TRIPOD_CHECK(parser.parse(json).get(object) == simdjson::SUCCESS && object.size() == 1);
  const std::string expected = replace_invalid_utf8(text);
  const simdjson::dom::key_value_pair field = *object.begin();
  TRIPOD_CHECK(field.key == expected && field.value.get_string().value() == expected);
}

void check_json_text(std::string_view text) {
  const bool ours = check_json(text, kMostJsonDepth).fault == JsonFault::kNone;
  simdjson::dom::parser parser;
  TRIPOD_CHECK(ours || parser.parse(text.data(), text.size()).error() != simdjson::SUCCESS);
  if (!ours || !is_valid_utf8(text)) return;
  std::string repaired(text);
  repair_surrogate_escapes(repaired.data(), repaired.size());
  TRIPOD_CHECK(check_json(repaired, kMostJsonDepth).fault == JsonFault::kNone);
  TRIPOD_CHECK(repair_surrogate_escapes(repaired.data(), repaired.size()) == 0);
  // What is left for it to refuse: numbers that no double holds, and its own last level of depth.
  const auto error = parser.parse(repaired).error();
  TRIPOD_CHECK(error == simdjson::SUCCESS || error == simdjson::NUMBER_ERROR ||
               error == simdjson::DEPTH_ERROR);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_utf8(text);
  check_written(text);
  check_json_text(text);
  return 0;
}
