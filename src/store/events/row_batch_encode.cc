#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <memory>
#include <utility>

#include "base/hash.h"
#include "store/events/row_batch.h"
#include "store/events/row_batch_layout.h"
#include "store/events/known_values.h"

namespace tripod::store {
namespace {

size_t varint_bytes(uint64_t v) {
  size_t bytes = 1;
  for (; v >= 0x80; v >>= 7) ++bytes;
  return bytes;
}

// In exactly so many bytes, which may be more than it needs. Readers take it like any other.
void write_padded_varint(char* to, uint64_t v, size_t bytes) {
  for (; bytes > 1; --bytes) {
    *to++ = static_cast<char>(v | 0x80);
    v >>= 7;
  }
  *to = static_cast<char>(v);
}

// Bytes written through a raw pointer after room for the worst case was made.
class ByteSink {
 public:
  char* room(size_t bytes) {
    if (capacity_ - size_ < bytes) grow(bytes);
    return data_.get() + size_;
  }
  void written_to(const char* end) { size_ = static_cast<size_t>(end - data_.get()); }
  size_t size() const { return size_; }
  char* at(size_t place) { return data_.get() + place; }
  std::string_view view() const { return {data_.get(), size_}; }

 private:
  void grow(size_t bytes) {
    capacity_ = std::max(capacity_ * 2, size_ + bytes + 4096);
    auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
    if (size_ != 0) std::memcpy(larger.get(), data_.get(), size_);
    data_ = std::move(larger);
  }
  std::unique_ptr<char[]> data_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

// Numbers the keys of a batch. Records of one sender repeat their keys in the same order, so what followed this key last
// time is tried before the hash table.
class KeyNumbers {
 public:
  KeyNumbers() : slots_(64, kEmpty) {}

  void start_row() {
    previous_ = kStart;
    ++row_;
  }
  uint32_t number(std::string_view key) {
    uint32_t& follows = previous_ == kStart ? first_ : keys_[previous_].following;
    if (follows != kEmpty && same(keys_[follows].name, key)) return previous_ = follows;
    const uint32_t number = look_up(key);  // may move what `follows` refers to
    (previous_ == kStart ? first_ : keys_[previous_].following) = number;
    return previous_ = number;
  }
  // Once per row and key.
  bool is_first_in_row(uint32_t key) {
    if (keys_[key].last_row == row_) return false;
    keys_[key].last_row = row_;
    return true;
  }
  size_t size() const { return keys_.size(); }
  std::string_view name(size_t key) const { return keys_[key].name; }

 private:
  struct Key {
    std::string_view name;
    uint64_t last_row = 0;         // that had it
    uint32_t following = kEmpty;   // which key came after it last time
  };
  static constexpr uint32_t kEmpty = UINT32_MAX;
  static constexpr uint32_t kStart = UINT32_MAX;

  // Names of one batch mostly lie at one place.
  static bool same(std::string_view a, std::string_view b) {
    return a.size() == b.size() && (a.data() == b.data() || a == b);
  }
  uint32_t look_up(std::string_view key) {
    if (keys_.size() * 2 >= slots_.size()) rehash();
    const size_t at = slot_of(key);
    if (slots_[at] != kEmpty) return slots_[at];
    const auto number = static_cast<uint32_t>(keys_.size());
    slots_[at] = number;
    keys_.push_back({.name = key});
    return number;
  }
  size_t slot_of(std::string_view key) const {
    size_t at = base::hash64(key) & (slots_.size() - 1);
    while (slots_[at] != kEmpty && keys_[slots_[at]].name != key) at = (at + 1) & (slots_.size() - 1);
    return at;
  }
  void rehash() {
    slots_.assign(slots_.size() * 2, kEmpty);
    for (size_t i = 0; i < keys_.size(); ++i) slots_[slot_of(keys_[i].name)] = static_cast<uint32_t>(i);
  }

  std::vector<uint32_t> slots_;
  std::vector<Key> keys_;
  uint64_t row_ = 0;
  uint32_t first_ = kEmpty;
  uint32_t previous_ = kStart;
};

std::string to_base64(std::string_view bytes) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t n = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) {
      group = group << 8 | (j < n ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    }
    for (size_t j = 0; j < 4; ++j) {
      out += j <= n ? kDigits[group >> (18 - 6 * j) & 63] : '=';
    }
  }
  return out;
}

}  // namespace

class RowBatchEncoder {
 public:
  explicit RowBatchEncoder(const EventBatch& batch)
      : texts_(batch.events.size()), columns_(batch.events.size()), words_(columns_.wanted()) {}

  base::Result<RowBatch::Ptr> run(const EventBatch& batch) {
    batch_.reset(new RowBatch());
    for (const auto& stream : batch.streams) {
      batch_->streams_.push_back({0, static_cast<uint32_t>(sink_.size())});
      add_fields(stream);
    }
    // Records without a stream share one without fields.
    if (batch.streams.empty()) {
      batch_->streams_.push_back({0, 0});
      add_fields({});
    }
    const auto rows_at = static_cast<uint32_t>(sink_.size());
    batch_->rows_.reserve(batch.events.size());
    by_column_ = columns_.wanted();
    for (const Event& event : batch.events) {
      if (event.stream >= batch_->streams_.size()) {
        return base::fail(base::Code::kInvalidArgument, "a record names a stream that is not in its batch");
      }
      add_row(event);
      if (sink_.size() > RowBatch::kMaxBodyBytes) return too_large();
    }
    return finish(rows_at);
  }

 private:
  void add_row(const Event& event) {
    char* to = sink_.room(3 * kMaxVarintBytes);
    // Unsigned: the difference of two times may not fit an int64, its wrapped form always comes back.
    const uint64_t delta = static_cast<uint64_t>(event.time) - static_cast<uint64_t>(previous_time_);
    to = write_varint(to, zigzag(static_cast<int64_t>(delta)));
    to = write_varint(to, event.stream);
    sink_.written_to(to);
    previous_time_ = event.time;
    batch_->rows_.push_back({event.time, static_cast<uint32_t>(sink_.size()), event.stream});
    add_fields(event.fields);
  }

  // Decoders promise records without nulls and repeated keys; what a sender repeats all the same counts once, the first
  // time, so that every reader of the record agrees on it.
  void add_fields(std::span<const model::Attribute> fields) {
    keys_.start_row();
    const size_t at = sink_.size();
    const size_t room = varint_bytes(fields.size());
    sink_.written_to(sink_.room(room) + room);
    size_t kept = 0;
    for (const model::Attribute& field : fields) {
      if (field.value.is_null()) continue;
      const uint32_t key = keys_.number(field.key);
      if (!keys_.is_first_in_row(key)) continue;
      add_field(key, field.value);
      ++kept;
    }
    write_padded_varint(sink_.at(at), kept, room);
  }

  void add_field(uint32_t key, const model::Value& value) {
    switch (value.type()) {
      case model::ValueType::kNull: break;
      case model::ValueType::kString: add_text(key, FieldTag::kString, FieldTag::kSameString, value.text()); break;
      case model::ValueType::kJson: add_text(key, FieldTag::kJson, FieldTag::kSameJson, value.text()); break;
      case model::ValueType::kBytes: add_to_column(key, FieldTag::kString, add_new_text(key, FieldTag::kString, to_base64(value.text()))); break;
      case model::ValueType::kBool: {
        const FieldTag tag = value.as_bool() ? FieldTag::kTrue : FieldTag::kFalse;
        sink_.written_to(add_head(key, tag, 0));
        add_word_to_column(key, tag, 0, sink_.size());
        break;
      }
      case model::ValueType::kInt64: {
        char* to = add_head(key, FieldTag::kInt64, kMaxVarintBytes);
        sink_.written_to(to);
        const size_t at = sink_.size();
        sink_.written_to(write_varint(to, zigzag(value.as_int64())));
        add_word_to_column(key, FieldTag::kInt64, static_cast<uint64_t>(value.as_int64()), at);
        break;
      }
      case model::ValueType::kFloat64: {
        char* to = add_head(key, FieldTag::kFloat64, sizeof(double));
        sink_.written_to(to);
        add_to_column(key, FieldTag::kFloat64, sink_.size());
        const double number = value.as_float64();
        std::memcpy(to, &number, sizeof(number));
        sink_.written_to(to + sizeof(number));
        break;
      }
    }
  }

  char* add_head(uint64_t key, FieldTag tag, size_t room_behind) {
    return write_varint(sink_.room(kMaxVarintBytes + room_behind),
                        key << kFieldTagBits | static_cast<uint64_t>(tag));
  }

  void add_text(uint32_t key, FieldTag tag, FieldTag same_tag, std::string_view text) {
    if (text.size() < KnownTexts::kShortest) {
      uint64_t word = text.size();
      for (const char c : text) word = word << 8 | static_cast<unsigned char>(c);
      add_word_to_column(key, tag, word, add_new_text(key, tag, text));
      return;
    }
    KnownTexts::Text* known = texts_.find(text, sink_.view());
    if (known == nullptr) {
      known = texts_.add(text, add_new_text(key, tag, text));
    } else {
      char* to = add_head(key, same_tag, kMaxVarintBytes);
      sink_.written_to(to);
      sink_.written_to(write_varint(to, sink_.size() - known->at));
    }
    if (!by_column_) return;
    if (known->column != column_of(key, tag)) *known = {known->at, column_of(key, tag), value_of_column(key, tag, known->at)};
    columns_.add_field(key, row(), known->value);
  }

  // Where the text's size stands.
  size_t add_new_text(uint64_t key, FieldTag tag, std::string_view text) {
    char* to = add_head(key, tag, kMaxVarintBytes + text.size());
    sink_.written_to(to);
    const size_t at = sink_.size();
    to = write_varint(to, text.size());
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
    sink_.written_to(to + text.size());
    return at;
  }

  size_t row() const { return batch_->rows_.size() - 1; }

  // A value that stands at `at` and is not looked for.
  void add_to_column(uint32_t key, FieldTag tag, size_t at) {
    if (by_column_) columns_.add_field(key, row(), columns_.add_value(key, {static_cast<uint32_t>(at), tag}));
  }

  // There are no more of them than rows.
  uint16_t value_of_column(uint32_t key, FieldTag tag, size_t at) {
    return static_cast<uint16_t>(columns_.add_value(key, {static_cast<uint32_t>(at), tag}));
  }

  // One that `word` tells from all others of its key and tag.
  void add_word_to_column(uint32_t key, FieldTag tag, uint64_t word, size_t at) {
    if (!by_column_) return;
    const uint32_t column = column_of(key, tag);
    KnownWords::Word& known = words_.at(word, column);
    if (known.word != word || known.column != column) known = {word, column, value_of_column(key, tag, at)};
    columns_.add_field(key, row(), known.value);
  }

  base::Result<RowBatch::Ptr> finish(uint32_t rows_at) {
    size_t key_bytes = 0;
    for (size_t i = 0; i < keys_.size(); ++i) key_bytes += keys_.name(i).size() + kMaxVarintBytes;
    if (sink_.size() + key_bytes > RowBatch::kMaxBodyBytes) return too_large();
    RowBatchTrailer trailer;
    trailer.rows_at = rows_at;
    trailer.keys_at = static_cast<uint32_t>(sink_.size());
    trailer.streams = static_cast<uint32_t>(batch_->streams_.size());
    trailer.rows = static_cast<uint32_t>(batch_->rows_.size());
    trailer.keys = static_cast<uint32_t>(keys_.size());
    batch_->body_.reserve(sink_.size() + key_bytes + sizeof(trailer));
    batch_->body_.append(sink_.view());
    for (size_t i = 0; i < keys_.size(); ++i) {
      const std::string_view key = keys_.name(i);
      append_varint(batch_->body_, key.size());
      // The body's capacity is reserved: the view stays where it is.
      const char* at = batch_->body_.data() + batch_->body_.size();
      batch_->body_.append(key);
      batch_->keys_.emplace_back(at, key.size());
    }
    append_word(batch_->body_, trailer);
    batch_->columns_ = columns_.finish(keys_.size());
    batch_->finish();
    return std::move(batch_);
  }

  static std::unexpected<base::Error> too_large() {
    return base::fail(base::Code::kTooLarge, "a batch of more than 1 GiB");
  }

  std::unique_ptr<RowBatch> batch_;
  ByteSink sink_;
  KeyNumbers keys_;
  KnownTexts texts_;
  BatchColumnsBuilder columns_;
  KnownWords words_;
  bool by_column_ = false;  // rows, not streams
  base::UnixNanos previous_time_ = 0;
};

base::Result<RowBatch::Ptr> RowBatch::encode(const EventBatch& batch) {
  return RowBatchEncoder(batch).run(batch);
}

}  // namespace tripod::store
