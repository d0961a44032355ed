// Attribute values and lists, as OpenTelemetry's AnyValue: non-owning views into the batch that holds them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace tripod::model {

enum class ValueType : uint8_t {
  kNull,
  kString,
  kInt64,
  kFloat64,
  kBool,
  kBytes,  // raw bytes; shown as base64
  kJson,   // an array or a map, as JSON text: kept whole, searched as text
};

// 16 bytes, trivially copyable. Text lives in the batch's arena or body buffer and is valid as long as the batch.
class Value {
 public:
  constexpr Value() = default;
  static constexpr Value string(std::string_view v) { return Value(ValueType::kString, v); }
  static constexpr Value json(std::string_view v) { return Value(ValueType::kJson, v); }
  static constexpr Value bytes(std::string_view v) { return Value(ValueType::kBytes, v); }
  static constexpr Value int64(int64_t v) {
    Value out;
    out.type_ = ValueType::kInt64;
    out.int64_ = v;
    return out;
  }
  static constexpr Value float64(double v) {
    Value out;
    out.type_ = ValueType::kFloat64;
    out.float64_ = v;
    return out;
  }
  static constexpr Value boolean(bool v) {
    Value out;
    out.type_ = ValueType::kBool;
    out.int64_ = v ? 1 : 0;
    return out;
  }

  constexpr ValueType type() const { return type_; }
  constexpr bool is_null() const { return type_ == ValueType::kNull; }
  constexpr bool is_string() const { return type_ == ValueType::kString; }
  // String, JSON text or bytes; empty for the other types.
  constexpr std::string_view text() const { return has_text() ? std::string_view(text_, size_) : std::string_view(); }
  constexpr bool has_text() const {
    return type_ == ValueType::kString || type_ == ValueType::kJson || type_ == ValueType::kBytes;
  }
  constexpr int64_t as_int64() const { return int64_; }      // kInt64, kBool
  constexpr double as_float64() const { return float64_; }   // kFloat64
  constexpr bool as_bool() const { return int64_ != 0; }     // kBool

  friend bool operator==(const Value& a, const Value& b);

 private:
  constexpr Value(ValueType type, std::string_view v)
      : text_(v.data()), size_(static_cast<uint32_t>(v.size())), type_(type) {}

  union {
    const char* text_ = nullptr;
    int64_t int64_;
    double float64_;
  };
  uint32_t size_ = 0;  // a single value is below 4 GiB: bodies are limited long before
  ValueType type_ = ValueType::kNull;
};
static_assert(sizeof(Value) == 16);

struct Attribute {
  std::string_view key;
  Value value;
};

// The first attribute with this key, or nullptr. Linear: records hold a few dozen.
const Attribute* find_attribute(std::span<const Attribute> attributes, std::string_view key);
// Text of a string attribute, or empty.
std::string_view find_text(std::span<const Attribute> attributes, std::string_view key);

}  // namespace tripod::model
