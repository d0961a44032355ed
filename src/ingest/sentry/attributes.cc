#include "ingest/sentry/attributes.h"

#include <string>

namespace tripod::ingest::sentry {

bool AttributeList::has(std::string_view key) const {
  return model::find_attribute(items_, key) != nullptr;
}

std::string_view AttributeList::text(std::string_view key) const {
  return model::find_text(items_, key);
}

void AttributeList::add(std::string_view key, model::Value value) {
  if (value.is_null() || key.empty() || items_.size() >= kMostAttributes || has(key)) return;
  items_.push_back({arena_.copy(key), value});
}

void AttributeList::add(std::string_view prefix, std::string_view key, model::Value value) {
  std::string name;
  name.reserve(prefix.size() + key.size());
  name.append(prefix).append(key);
  add(name, value);
}

std::span<model::Attribute> AttributeList::finish() {
  const auto array = arena_.copy_array(std::span<const model::Attribute>(items_));
  items_.clear();
  return array;
}

}  // namespace tripod::ingest::sentry
