// Field values as text and as numbers: the rules by which values of different types are compared.
#pragma once

#include <array>
#include <compare>
#include <string>
#include <string_view>

#include "model/value.h"
#include "store/events/plan.h"

namespace tripod::store {

// Room for the longest shortest-form double ("-2.2250738585072014e-308") and any int64.
using NumberBuffer = std::array<char, 32>;

// Text is as it is; a number is its shortest decimal form (1, -0.5, 1e+300, nan), a boolean true or false, null is empty.
// The view points into the value or into `buffer`.
std::string_view field_text(const model::Value& value, NumberBuffer& buffer);
std::string field_text(const FieldValue& value);

// Copies; bytes become JSON-less base64 text only at append(), so they are not met here.
FieldValue to_field_value(const model::Value& value);
// A view of `value`, valid as long as it.
model::Value to_view(const FieldValue& value);

inline bool is_number(const model::Value& value) {
  return value.type() == model::ValueType::kInt64 || value.type() == model::ValueType::kFloat64;
}
// Compares two numbers by their mathematical value: 2^53 + 1 is not 2^53, and NaN is unordered.
std::partial_ordering compare_numbers(const model::Value& a, const model::Value& b);
// As compare_numbers; for loops over one type.
std::partial_ordering compare_int64_float64(int64_t a, double b);

}  // namespace tripod::store
