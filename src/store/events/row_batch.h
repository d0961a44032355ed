// A batch of events in the compact row encoding: what the log stores, what memory holds, what replay gives back.
// Byte layout and version: docs/formats/events.md, "Row batch".
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/value.h"
#include "store/events/batch_columns.h"
#include "store/events/event_store.h"
#include "store/events/varint.h"

namespace tripod::store {

// What a field's header says of the bytes behind it.
enum class FieldTag : uint8_t {
  kString, kInt64, kFloat64, kFalse, kTrue, kJson,
  kSameString, kSameJson,  // the text of an earlier field: how many bytes before here its size stands
};
inline constexpr uint8_t kFieldTagCount = 8;
inline constexpr unsigned kFieldTagBits = 3;

// Walks the fields of one row or stream of a checked batch. The values view the batch's bytes.
class FieldCursor {
 public:
  explicit FieldCursor(const char* at) : at_(at) { left_ = read_varint(at_); }

  // `key` becomes an index into RowBatch::keys(). False at the end.
  bool next(uint32_t& key, model::Value& value) {
    if (!next_key(key)) return false;
    value = read_value();
    return true;
  }
  // The same in two steps, where a copy of every value counts: read_value() once after each key.
  bool next_key(uint32_t& key) {
    if (left_ == 0) return false;
    --left_;
    const uint64_t head = read_varint(at_);
    key = static_cast<uint32_t>(head >> kFieldTagBits);
    tag_ = static_cast<FieldTag>(head & ((1u << kFieldTagBits) - 1));
    return true;
  }
  model::Value read_value() { return read(tag_, at_); }
  // What stands behind a head with this tag; `at` is behind it then.
  static model::Value read(FieldTag tag, const char*& at) {
    switch (tag) {
      case FieldTag::kString: return model::Value::string(read_text(at));
      case FieldTag::kJson: return model::Value::json(read_text(at));
      case FieldTag::kSameString: return model::Value::string(read_same_text(at));
      case FieldTag::kSameJson: return model::Value::json(read_same_text(at));
      case FieldTag::kInt64: return model::Value::int64(unzigzag(read_varint(at)));
      case FieldTag::kFalse: return model::Value::boolean(false);
      case FieldTag::kTrue: return model::Value::boolean(true);
      case FieldTag::kFloat64: {
        const auto v = load_word<double>(at);
        at += sizeof(double);
        return model::Value::float64(v);
      }
    }
    return {};
  }
  // Walks up to the first field with this key; false when there is none.
  bool find(uint32_t wanted, model::Value& value) {
    uint32_t key = 0;
    while (next(key, value)) {
      if (key == wanted) return true;
    }
    return false;
  }

 private:
  static std::string_view read_text(const char*& at) {
    const uint64_t size = read_varint(at);
    const std::string_view text(at, size);
    at += size;
    return text;
  }
  static std::string_view read_same_text(const char*& at) {
    const char* there = at;
    there -= read_varint(at);
    return read_text(there);
  }

  const char* at_;
  uint64_t left_;
  FieldTag tag_ = FieldTag::kString;  // of the value that comes next
};

// Immutable once made; thread-safe to read.
class RowBatch {
 public:
  struct Row {
    base::UnixNanos time;
    uint32_t offset;  // of its fields in body()
    uint32_t stream;  // index into streams()
  };
  struct Stream {
    uint64_t id;      // hash of its fields, whatever their order: the same in every batch, part and process
    uint32_t offset;  // of its fields in body()
  };
  using Ptr = std::shared_ptr<const RowBatch>;  // shared with who asked for it: EventBatch::encoded

  // Nulls are left out, bytes become base64 text. kInvalidArgument when a record names a stream that is not there,
  // kTooLarge when the encoding would pass kMaxBodyBytes.
  static base::Result<Ptr> encode(const EventBatch& batch);
  // Checks every byte: what comes back can be walked without looking at lengths again. kDataLoss says what was wrong.
  static base::Result<Ptr> decode(std::string body);
  static constexpr size_t kMaxBodyBytes = 1u << 30;

  std::string_view body() const { return body_; }
  const std::vector<std::string_view>& keys() const { return keys_; }
  const std::vector<Stream>& streams() const { return streams_; }
  const std::vector<Row>& rows() const { return rows_; }
  base::UnixNanos min_time() const { return min_time_; }
  base::UnixNanos max_time() const { return max_time_; }
  // Heap bytes held.
  size_t memory_bytes() const;

  FieldCursor own_fields(const Row& row) const { return FieldCursor(body_.data() + row.offset); }
  FieldCursor stream_fields(uint32_t stream) const {
    return FieldCursor(body_.data() + streams_[stream].offset);
  }
  // A row's field: its own, else its stream's.
  bool find(const Row& row, uint32_t key, model::Value& value) const {
    return own_fields(row).find(key, value) || stream_fields(row.stream).find(key, value);
  }
  // Its own fields by key; null where it has none.
  const BatchColumns* columns() const { return columns_.get(); }
  model::Value value(const BatchColumns::Value& value) const {
    const char* at = body_.data() + value.at;
    return FieldCursor::read(value.tag, at);
  }
  static constexpr uint32_t kNoKey = UINT32_MAX;
  // Index of a key, or kNoKey.
  uint32_t key_index(std::string_view key) const;

  RowBatch(const RowBatch&) = delete;
  RowBatch& operator=(const RowBatch&) = delete;

 private:
  friend class RowBatchEncoder;
  friend class RowBatchDecoder;
  RowBatch() = default;
  void finish();  // stream ids and time range, once the rest is there

  std::string body_;
  std::vector<std::string_view> keys_;  // into body_
  std::vector<Stream> streams_;
  std::vector<Row> rows_;
  std::unique_ptr<const BatchColumns> columns_;
  base::UnixNanos min_time_ = INT64_MAX;
  base::UnixNanos max_time_ = INT64_MIN;
};

}  // namespace tripod::store
