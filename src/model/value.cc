#include "model/value.h"

namespace tripod::model {

bool operator==(const Value& a, const Value& b) {
  if (a.type_ != b.type_) return false;
  switch (a.type_) {
    case ValueType::kNull: return true;
    case ValueType::kFloat64: return a.float64_ == b.float64_;
    case ValueType::kInt64:
    case ValueType::kBool: return a.int64_ == b.int64_;
    case ValueType::kString:
    case ValueType::kBytes:
    case ValueType::kJson: return a.text() == b.text();
  }
  return false;
}

const Attribute* find_attribute(std::span<const Attribute> attributes, std::string_view key) {
  for (const Attribute& attribute : attributes) {
    if (attribute.key == key) return &attribute;
  }
  return nullptr;
}

std::string_view find_text(std::span<const Attribute> attributes, std::string_view key) {
  const Attribute* found = find_attribute(attributes, key);
  return found != nullptr && found->value.is_string() ? found->value.text() : std::string_view();
}

}  // namespace tripod::model
