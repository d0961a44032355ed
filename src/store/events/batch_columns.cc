#include "store/events/batch_columns.h"

namespace tripod::store {

std::unique_ptr<const BatchColumns> BatchColumnsBuilder::finish(size_t keys) {
  if (!wanted_) return nullptr;
  keys_.resize(keys);
  size_t fields = 0, values = 0;
  for (const Key& key : keys_) {
    fields += key.fields.size();
    values += key.values.size();
  }
  auto out = std::make_unique<BatchColumns>();
  out->fields_.reserve(fields);
  out->values_.reserve(values);
  out->first_field_.reserve(keys + 1);
  out->first_value_.reserve(keys + 1);
  for (const Key& key : keys_) {
    out->first_field_.push_back(static_cast<uint32_t>(out->fields_.size()));
    out->first_value_.push_back(static_cast<uint32_t>(out->values_.size()));
    out->fields_.insert(out->fields_.end(), key.fields.begin(), key.fields.end());
    out->values_.insert(out->values_.end(), key.values.begin(), key.values.end());
  }
  out->first_field_.push_back(static_cast<uint32_t>(fields));
  out->first_value_.push_back(static_cast<uint32_t>(values));
  return out;
}

}  // namespace tripod::store
