// OTLP messages for tests, built field by field.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <protozero/pbf_builder.hpp>
#include <string>
#include <string_view>

#include "ingest/otlp/fields.h"

namespace tripod::ingest::otlp {

template <class Field>
std::string message(const std::function<void(protozero::pbf_builder<Field>&)>& fill) {
  std::string out;
  protozero::pbf_builder<Field> builder(out);
  fill(builder);
  return out;
}

inline std::string string_value(std::string_view text) {
  return message<AnyValueField>(
      [&](auto& b) { b.add_string(AnyValueField::kString, text.data(), text.size()); });
}

inline std::string key_value(std::string_view key, const std::string& any_value) {
  return message<KeyValueField>([&](auto& b) {
    b.add_string(KeyValueField::kKey, key.data(), key.size());
    b.add_message(KeyValueField::kValue, any_value);
  });
}

// An AnyValue of arrays within arrays.
inline std::string nested_value(int depth) {
  std::string value = string_value("innermost");
  for (int i = 0; i < depth; ++i) {
    const auto list =
        message<ListField>([&](auto& b) { b.add_message(ListField::kValues, value); });
    value = message<AnyValueField>([&](auto& b) { b.add_message(AnyValueField::kArray, list); });
  }
  return value;
}

// Export*ServiceRequest with one resource of these attributes, one scope and these items.
inline std::shared_ptr<const std::string> request(const std::vector<std::string>& items,
                                                  const std::vector<std::string>& attributes = {}) {
  const auto resource = message<ResourceField>([&](auto& b) {
    for (const std::string& a : attributes) b.add_message(ResourceField::kAttributes, a);
  });
  const auto scope = message<ScopeEntryField>([&](auto& b) {
    for (const std::string& item : items) b.add_message(ScopeEntryField::kItems, item);
  });
  const auto entry = message<ResourceEntryField>([&](auto& b) {
    // The scopes first, which is legal and rare: the resource is found all the same.
    b.add_message(ResourceEntryField::kScopeEntries, scope);
    b.add_message(ResourceEntryField::kResource, resource);
  });
  return std::make_shared<const std::string>(message<RequestField>(
      [&](auto& b) { b.add_message(RequestField::kResourceEntries, entry); }));
}

}  // namespace tripod::ingest::otlp
