#include "store/events/field_text.h"

#include <charconv>
#include <cmath>

namespace tripod::store {
namespace {

template <class Number>
std::string_view format(Number number, NumberBuffer& buffer) {
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  return {buffer.data(), static_cast<size_t>(end - buffer.data())};
}

}  // namespace

std::string_view field_text(const model::Value& value, NumberBuffer& buffer) {
  switch (value.type()) {
    case model::ValueType::kNull: return {};
    case model::ValueType::kString:
    case model::ValueType::kBytes:
    case model::ValueType::kJson: return value.text();
    case model::ValueType::kInt64: return format(value.as_int64(), buffer);
    case model::ValueType::kFloat64: return format(value.as_float64(), buffer);
    case model::ValueType::kBool: return value.as_bool() ? "true" : "false";
  }
  return {};
}

std::string field_text(const FieldValue& value) {
  NumberBuffer buffer;
  return std::string(field_text(to_view(value), buffer));
}

FieldValue to_field_value(const model::Value& value) {
  switch (value.type()) {
    case model::ValueType::kNull: return {};
    case model::ValueType::kString:
    case model::ValueType::kBytes: return std::string(value.text());
    case model::ValueType::kJson: return JsonText{std::string(value.text())};
    case model::ValueType::kInt64: return value.as_int64();
    case model::ValueType::kFloat64: return value.as_float64();
    case model::ValueType::kBool: return value.as_bool();
  }
  return {};
}

model::Value to_view(const FieldValue& value) {
  struct Visitor {
    model::Value operator()(std::monostate) const { return {}; }
    model::Value operator()(const std::string& v) const { return model::Value::string(v); }
    model::Value operator()(int64_t v) const { return model::Value::int64(v); }
    model::Value operator()(double v) const { return model::Value::float64(v); }
    model::Value operator()(bool v) const { return model::Value::boolean(v); }
    model::Value operator()(const JsonText& v) const { return model::Value::json(v.text); }
  };
  return std::visit(Visitor{}, value);
}

std::partial_ordering compare_int64_float64(int64_t a, double b) {
  if (std::isnan(b)) return std::partial_ordering::unordered;
  // 2^63 as a double is exact; everything at or past it is beyond any int64.
  constexpr double kTwo63 = 9223372036854775808.0;
  if (b >= kTwo63) return std::partial_ordering::less;
  if (b < -kTwo63) return std::partial_ordering::greater;
  const double whole = std::trunc(b);
  const auto b_int = static_cast<int64_t>(whole);
  if (a != b_int) return a <=> b_int;
  return 0.0 <=> (b - whole);
}

std::partial_ordering compare_numbers(const model::Value& a, const model::Value& b) {
  const bool a_int = a.type() == model::ValueType::kInt64;
  const bool b_int = b.type() == model::ValueType::kInt64;
  if (a_int && b_int) return a.as_int64() <=> b.as_int64();
  if (a_int) return compare_int64_float64(a.as_int64(), b.as_float64());
  if (b_int) return 0 <=> compare_int64_float64(b.as_int64(), a.as_float64());
  return a.as_float64() <=> b.as_float64();
}

}  // namespace tripod::store
