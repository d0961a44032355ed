// The fields of a batch's records by key, beside the rows: a flush takes over columns and looks at each value once a batch, not at each
// field of each row. Kept in memory alone; a batch that was read from the log has none.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tripod::store {

enum class FieldTag : uint8_t;

// Immutable. Keys by their index in the batch.
class BatchColumns {
 public:
  // Of a value in the body: where what follows its field's head stands, and what it is.
  struct Value {
    uint32_t at;
    FieldTag tag;  // none of the references to another field
  };
  struct Field {
    uint16_t row;
    uint16_t value;  // of values()
  };

  // Fields of the records themselves, not of their streams; rows rise.
  std::span<const Field> fields(size_t key) const { return part(fields_, first_field_, key); }
  // Each at least once; one that comes often may be there more than once.
  std::span<const Value> values(size_t key) const { return part(values_, first_value_, key); }
  size_t memory_bytes() const {
    return sizeof(*this) + fields_.capacity() * sizeof(Field) + values_.capacity() * sizeof(Value) +
           (first_field_.capacity() + first_value_.capacity()) * sizeof(uint32_t);
  }

 private:
  friend class BatchColumnsBuilder;
  template <class T>
  static std::span<const T> part(const std::vector<T>& all, const std::vector<uint32_t>& first, size_t key) {
    return std::span(all).subspan(first[key], first[key + 1] - first[key]);
  }

  std::vector<Field> fields_;  // key by key
  std::vector<Value> values_;
  std::vector<uint32_t> first_field_, first_value_;  // by key, and one behind the last
};

// Not thread-safe.
class BatchColumnsBuilder {
 public:
  // For a batch of so many rows: of few or very many no columns are made.
  explicit BatchColumnsBuilder(size_t rows) : wanted_(rows >= kFewestRows && rows <= kMostRows) {}
  bool wanted() const { return wanted_; }

  // The rest only where they are wanted. Another value of a key: its number.
  uint32_t add_value(uint32_t key, const BatchColumns::Value& value) {
    if (key >= keys_.size()) keys_.resize(key + 1);
    std::vector<BatchColumns::Value>& values = keys_[key].values;
    values.push_back(value);
    return static_cast<uint32_t>(values.size() - 1);
  }
  // The field of a row, after those of the rows before it. @pre `value` is a number of the key's.
  void add_field(uint32_t key, size_t row, uint32_t value) {
    keys_[key].fields.push_back({static_cast<uint16_t>(row), static_cast<uint16_t>(value)});
  }
  // Once, for so many keys; null where they are not wanted.
  std::unique_ptr<const BatchColumns> finish(size_t keys);

 private:
  static constexpr size_t kFewestRows = 32;
  static constexpr size_t kMostRows = 65'536;
  struct Key {
    std::vector<BatchColumns::Field> fields;
    std::vector<BatchColumns::Value> values;
  };
  const bool wanted_;
  std::vector<Key> keys_;
};

}  // namespace tripod::store
