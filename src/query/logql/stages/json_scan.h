// Walks JSON text as lines carry it: lenient about what lies between, exact about where it breaks.
// Values are views into the text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tripod::query::logql {

enum class JsonKind : uint8_t { kString, kNumber, kTrue, kFalse, kNull, kObject, kArray };

struct JsonItem {
  JsonKind kind = JsonKind::kNull;
  std::string_view raw;  // strings without their quotes, still escaped; the rest as written
};

// Text of a scalar as a label has it: strings unescaped and without bad characters, numbers as
// written, null empty; objects and arrays as JSON.
std::string json_label_value(const JsonItem& item);
// A string's content unescaped. False where an escape is broken.
bool unescape_json(std::string_view raw, std::string& out);

// Reads one container member by member. Errors (kInvalidArgument) carry the words of Loki's parser.
class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) : text_(text) {}

  // Enters the object that the text is.
  base::Result<> enter_object();
  // Enters the array that the text is.
  base::Result<> enter_array();
  // The next member of an object; false at its end.
  base::Result<bool> next_member(std::string& key, JsonItem& value);
  base::Result<bool> next_element(JsonItem& value);
  // The first value of the text, whatever it is.
  base::Result<JsonItem> value();

 private:
  void skip_blank();
  base::Result<std::string_view> string();
  base::Result<JsonItem> container(char open, char close);

  std::string_view text_;
  size_t at_ = 0;
  bool first_ = true;
};

inline constexpr int kMostJsonNesting = 256;

}  // namespace tripod::query::logql
