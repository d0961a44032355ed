#include "store/events/event_store.h"

#include "store/events/field_text.h"

namespace tripod::store {

const FieldValue* EventRow::find(std::string_view key) const {
  for (const auto& [name, value] : fields) {
    if (name == key) return &value;
  }
  return nullptr;
}

std::string EventRow::text(std::string_view key) const {
  const FieldValue* found = find(key);
  return found != nullptr ? field_text(*found) : std::string();
}

}  // namespace tripod::store
