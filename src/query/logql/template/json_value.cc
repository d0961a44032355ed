// fromJson: JSON text as lists, maps and scalars.
#include "query/logql/go_text.h"
#include "query/logql/stages/json_scan.h"
#include "query/logql/template/functions.h"

namespace tripod::query::logql::text_template {
namespace {

using base::Result;

constexpr int kMostDepth = 100;

Result<Value> convert(const JsonItem& item, int depth);

Result<Value> convert_object(std::string_view raw, int depth) {
  JsonScanner scanner(raw);
  if (auto entered = scanner.enter_object(); !entered) return base::fail(entered.error());
  auto map = std::make_shared<Map>();
  std::string key;
  JsonItem item;
  while (true) {
    const auto more = scanner.next_member(key, item);
    if (!more) return base::fail(more.error());
    if (!*more) return Value(std::shared_ptr<const Map>(std::move(map)));
    auto value = convert(item, depth + 1);
    if (!value) return value;
    (*map)[key] = std::move(*value);
  }
}

Result<Value> convert_array(std::string_view raw, int depth) {
  JsonScanner scanner(raw);
  if (auto entered = scanner.enter_array(); !entered) return base::fail(entered.error());
  auto list = std::make_shared<List>();
  JsonItem item;
  while (true) {
    const auto more = scanner.next_element(item);
    if (!more) return base::fail(more.error());
    if (!*more) return Value(std::shared_ptr<const List>(std::move(list)));
    auto value = convert(item, depth + 1);
    if (!value) return value;
    list->push_back(std::move(*value));
  }
}

Result<Value> convert(const JsonItem& item, int depth) {
  if (depth > kMostDepth) return base::fail(base::Code::kInvalidArgument, "JSON is nested too deeply");
  switch (item.kind) {
    case JsonKind::kObject: return convert_object(item.raw, depth);
    case JsonKind::kArray: return convert_array(item.raw, depth);
    case JsonKind::kTrue: return Value(true);
    case JsonKind::kFalse: return Value(false);
    case JsonKind::kNull: return Value();
    case JsonKind::kNumber: {
      const auto number = parse_go_float(item.raw);
      if (!number) return base::fail(number.error());
      return Value(*number);
    }
    default: {
      std::string text;
      if (!unescape_json(item.raw, text)) {
        return base::fail(base::Code::kInvalidArgument, "invalid character in string escape code");
      }
      return Value(std::move(text));
    }
  }
}

}  // namespace

Result<Value> parse_json_value(std::string_view text) {
  auto item = JsonScanner(text).value();
  // sprig's fromJson swallows the error: what is no JSON is nil.
  if (!item) return Value();
  return convert(*item, 0);
}

}  // namespace tripod::query::logql::text_template
