// Collects the attributes of one record, bounded in number and size, and puts them into the batch's
// arena.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "model/value.h"

namespace tripod::ingest::sentry {

// Not thread-safe. Lives no longer than the arena.
class AttributeList {
 public:
  static constexpr size_t kMostAttributes = 256;

  explicit AttributeList(base::Arena& arena) : arena_(arena) {}

  // Copies the key. An empty text, a null or a key that is there already is ignored: the first one
  // wins.
  void add(std::string_view key, model::Value value);
  void add_text(std::string_view key, std::string_view text) {
    if (!text.empty()) add(key, model::Value::string(text));
  }
  // key = prefix + key
  void add(std::string_view prefix, std::string_view key, model::Value value);
  bool has(std::string_view key) const;
  // Text of a string attribute, or empty.
  std::string_view text(std::string_view key) const;
  std::span<const model::Attribute> items() const { return items_; }
  // The array in the arena. The list is empty afterwards.
  std::span<model::Attribute> finish();

 private:
  base::Arena& arena_;
  std::vector<model::Attribute> items_;
};

}  // namespace tripod::ingest::sentry
