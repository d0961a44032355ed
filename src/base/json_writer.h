// Writes JSON text straight into a string: commas, escapes and number formats are its business,
// nothing else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tripod::base {

// Not thread-safe. Calls must be balanced (begin/end, key before value inside objects); it does not
// check that. Strings that are not valid UTF-8 have each bad byte replaced by U+FFFD, so that the
// output is always valid JSON.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);
  JsonWriter& string(std::string_view text);
  JsonWriter& int64(int64_t value);
  JsonWriter& uint64(uint64_t value);
  JsonWriter& float64(double value);  // NaN and infinities become null: JSON has none
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  JsonWriter& raw(std::string_view json);  // already valid JSON
  // An integer as a decimal string: how nanoseconds travel to JavaScript.
  JsonWriter& int64_string(int64_t value);

  // key + value in one call
  JsonWriter& field(std::string_view name, std::string_view text) { return key(name).string(text); }
  JsonWriter& field(std::string_view name, const char* text) { return key(name).string(text); }
  JsonWriter& field(std::string_view name, int64_t value) { return key(name).int64(value); }
  JsonWriter& field(std::string_view name, int value) { return key(name).int64(value); }
  JsonWriter& field(std::string_view name, uint64_t value) { return key(name).uint64(value); }
  JsonWriter& field(std::string_view name, double value) { return key(name).float64(value); }
  JsonWriter& field(std::string_view name, bool value) { return key(name).boolean(value); }

 private:
  JsonWriter& open(char c);
  JsonWriter& close(char c);
  void separate();

  std::string& out_;
  bool need_comma_ = false;
};

}  // namespace tripod::base
