// Values inside templates, of the few types that Go's text/template meets in LogQL.
#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "query/logql/label_set.h"
#include "query/logql/template/go_time.h"

namespace tripod::query::logql::text_template {

struct Value;
using List = std::vector<Value>;
using Map = std::map<std::string, Value>;

template <class T>
concept ValueContent =
    std::same_as<T, bool> || std::same_as<T, int64_t> || std::same_as<T, double> ||
    std::same_as<T, std::string> || std::same_as<T, GoTime> ||
    std::same_as<T, std::shared_ptr<const List>> || std::same_as<T, std::shared_ptr<const Map>> ||
    std::same_as<T, const LabelSet*>;

// Lists and maps are shared and never changed once made. `const LabelSet*` is the dot of a template: the
// line's labels; it lives as long as the execution.
struct Value {
  std::variant<std::monostate, bool, int64_t, double, std::string, GoTime,
               std::shared_ptr<const List>, std::shared_ptr<const Map>, const LabelSet*>
      node;

  Value() = default;
  template <ValueContent T>
  Value(T value) : node(std::move(value)) {}  // NOLINT: values are meant to be made of their content

  template <class T>
  const T* as() const {
    return std::get_if<T>(&node);
  }
  bool is_nil() const { return std::holds_alternative<std::monostate>(node); }
};

// Go's words: "string", "int", "float64", "map[string]string" …
std::string_view type_name(const Value& value);
// What if, and, or, not go by: false, 0, "", nil and empty containers are not true.
bool is_true(const Value& value);
// As %v prints it; `top`: nil is "<no value>" instead of "<nil>".
std::string to_text(const Value& value, bool top = false);
size_t length(const Value& value);

}  // namespace tripod::query::logql::text_template
