#include "store/events/encoding/value_codec.h"

#include "store/events/row_batch.h"

namespace tripod::store {

void append_value(std::string& out, const model::Value& value) {
  auto tag = [&out](FieldTag t) { out += static_cast<char>(t); };
  switch (value.type()) {
    case model::ValueType::kString:
    case model::ValueType::kJson:
      tag(value.is_string() ? FieldTag::kString : FieldTag::kJson);
      append_text(out, value.text());
      break;
    case model::ValueType::kInt64:
      tag(FieldTag::kInt64);
      append_varint(out, zigzag(value.as_int64()));
      break;
    case model::ValueType::kFloat64:
      tag(FieldTag::kFloat64);
      append_word(out, value.as_float64());
      break;
    case model::ValueType::kBool: tag(value.as_bool() ? FieldTag::kTrue : FieldTag::kFalse); break;
    case model::ValueType::kNull:
    case model::ValueType::kBytes: TRIPOD_CHECK(false && "a type that is not stored");
  }
}

bool read_value(CheckedReader& in, model::Value& value) {
  uint8_t tag = 0;
  std::string_view text;
  uint64_t number = 0;
  double real = 0;
  if (!in.word(tag)) return false;
  switch (static_cast<FieldTag>(tag)) {
    case FieldTag::kString:
      if (!in.text(text)) return false;
      value = model::Value::string(text);
      return true;
    case FieldTag::kJson:
      if (!in.text(text)) return false;
      value = model::Value::json(text);
      return true;
    case FieldTag::kInt64:
      if (!in.varint(number)) return false;
      value = model::Value::int64(unzigzag(number));
      return true;
    case FieldTag::kFloat64:
      if (!in.word(real)) return false;
      value = model::Value::float64(real);
      return true;
    case FieldTag::kFalse:
    case FieldTag::kTrue:
      value = model::Value::boolean(static_cast<FieldTag>(tag) == FieldTag::kTrue);
      return true;
    case FieldTag::kSameString:
    case FieldTag::kSameJson: return false;  // of row batches only
  }
  return false;
}

}  // namespace tripod::store
