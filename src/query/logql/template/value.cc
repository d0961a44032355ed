#include "query/logql/template/value.h"

#include "query/promql/text.h"

namespace tripod::query::logql::text_template {

std::string_view type_name(const Value& value) {
  static constexpr std::string_view kNames[] = {"nil",       "bool",          "int",
                                                "float64",   "string",        "time.Time",
                                                "[]interface {}", "map[string]interface {}",
                                                "map[string]string"};
  return kNames[value.node.index()];
}

size_t length(const Value& value) {
  if (const auto* text = value.as<std::string>()) return text->size();
  if (const auto* list = value.as<std::shared_ptr<const List>>()) return (*list)->size();
  if (const auto* map = value.as<std::shared_ptr<const Map>>()) return (*map)->size();
  if (const auto* labels = value.as<const LabelSet*>()) return (*labels)->sorted(true, true, true).size();
  return 0;
}

bool is_true(const Value& value) {
  if (const auto* truth = value.as<bool>()) return *truth;
  if (const auto* number = value.as<int64_t>()) return *number != 0;
  if (const auto* number = value.as<double>()) return *number != 0;
  if (value.as<GoTime>() != nullptr) return true;
  return length(value) > 0;
}

std::string to_text(const Value& value, bool top) {
  if (value.is_nil()) return top ? "<no value>" : "<nil>";
  if (const auto* text = value.as<std::string>()) return *text;
  if (const auto* truth = value.as<bool>()) return *truth ? "true" : "false";
  if (const auto* number = value.as<int64_t>()) return std::to_string(*number);
  if (const auto* number = value.as<double>()) return promql::format_number(*number);
  if (const auto* time = value.as<GoTime>()) {
    return format_go_time(*time, "2006-01-02 15:04:05.999999999 -0700 MST");
  }
  std::string out;
  const auto next = [&] {
    if (out.back() != '[') out += ' ';
  };
  if (const auto* list = value.as<std::shared_ptr<const List>>()) {
    out = "[";
    for (const Value& one : **list) {
      next();
      out += to_text(one);
    }
  } else if (const auto* map = value.as<std::shared_ptr<const Map>>()) {
    out = "map[";
    for (const auto& [key, one] : **map) {
      next();
      out += key + ":" + to_text(one);
    }
  } else if (const auto* labels = value.as<const LabelSet*>()) {
    out = "map[";
    for (const auto& [key, text] : (*labels)->sorted(true, true, true)) {
      next();
      out += key + ":" + text;
    }
  }
  return out + "]";
}

}  // namespace tripod::query::logql::text_template
