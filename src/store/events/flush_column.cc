#include "store/events/flush_column.h"

#include <algorithm>
#include <bit>

#include "store/events/part_writer.h"

namespace tripod::store {
namespace {

// Longer texts are mostly looked at where they are.
constexpr size_t kLongestCopied = 256;
// With fewer than one row in so many, pairs are sorted instead of written to their places.
constexpr size_t kSparse = 16;

size_t slot_of(const char* text) { return (reinterpret_cast<uintptr_t>(text) * 0x9e3779b97f4a7c15ULL) >> 60; }
static_assert(sizeof(uintptr_t) == 8);

model::Value near(const model::Value& value, base::Arena& texts) {
  if (!value.has_text() || value.text().size() > kLongestCopied) return value;
  const std::string_view text = texts.copy(value.text());
  return value.is_string() ? model::Value::string(text) : model::Value::json(text);
}

// By the upper half of each, which is below `places`: digit by digit.
void sort_by_place(std::vector<uint64_t>& pairs, size_t places) {
  constexpr size_t kFew = 64;
  if (pairs.size() < kFew) {
    std::ranges::sort(pairs);
    return;
  }
  std::vector<uint64_t> other(pairs.size());
  for (unsigned shift = 32; shift < 64 && (places - 1) >> (shift - 32) != 0; shift += 8) {
    std::array<uint32_t, 257> next{};
    for (const uint64_t pair : pairs) ++next[(pair >> shift & 255) + 1];
    for (size_t digit = 0; digit < 256; ++digit) next[digit + 1] += next[digit];
    for (const uint64_t pair : pairs) other[next[pair >> shift & 255]++] = pair;
    pairs.swap(other);
  }
}

}  // namespace

uint32_t FlushColumn::number_of(const model::Value& value, base::Arena& texts) {
  if (!value.has_text()) return look_up(value, texts);
  const std::string_view text = value.text();
  Seen& seen = seen_[slot_of(text.data())];
  if (seen.text != text.data() || seen.size != text.size() || seen.type != value.type()) {
    seen = {text.data(), static_cast<uint32_t>(text.size()), look_up(value, texts), value.type()};
  }
  return seen.number;
}

uint32_t FlushColumn::look_up(const model::Value& value, base::Arena& texts) {
  if (!repeats_) return table_.append(near(value, texts));
  const size_t before = table_.size();
  const uint32_t number = table_.number_of(value, value_hash(value));
  if (number == before) table_.move(number, near(value, texts));
  return number;
}

void FlushColumn::numbers_of(const RowBatch& batch, std::span<const BatchColumns::Value> values, base::Arena& texts,
                             std::vector<Numbered>& out) {
  out.clear();
  for (const BatchColumns::Value& at : values) {
    const model::Value value = batch.value(at);
    out.push_back({look_up(value, texts), static_cast<uint32_t>(bytes_in_block(value))});
  }
}

void FlushColumn::put(uint32_t first, std::span<const BatchColumns::Field> fields, std::span<const Numbered> numbers) {
  const size_t before = rows_.size();
  rows_.resize(before + fields.size());
  numbers_.resize(before + fields.size());
  uint32_t* row = rows_.data() + before;
  uint32_t* number = numbers_.data() + before;
  for (const BatchColumns::Field& field : fields) {
    *row++ = first + field.row;
    *number++ = numbers[field.value].number;
  }
}

// Asked each time the values have doubled. Numbers become a dictionary only where they are few.
void FlushColumn::judge() {
  const size_t values = table_.size(), rows = rows_.size();
  if (!repeats_ || values < next_judged_) return;
  next_judged_ = std::bit_ceil(values + 1);
  repeats_ = values <= (table_.values().back().has_text() ? rows - rows / 8 : rows / 2);
}

void FlushColumn::sort(std::span<const uint32_t> places, std::vector<uint32_t>& scratch) {
  if (rows_.size() * kSparse < places.size()) {
    std::vector<uint64_t> pairs;
    pairs.reserve(rows_.size());
    for (size_t i = 0; i < rows_.size(); ++i) pairs.push_back(uint64_t{places[rows_[i]]} << 32 | numbers_[i]);
    sort_by_place(pairs, places.size());
    for (size_t i = 0; i < rows_.size(); ++i) {
      rows_[i] = static_cast<uint32_t>(pairs[i] >> 32);
      numbers_[i] = static_cast<uint32_t>(pairs[i]);
    }
    return;
  }
  constexpr uint32_t kNone = UINT32_MAX;
  scratch.assign(places.size(), kNone);
  for (size_t i = 0; i < rows_.size(); ++i) scratch[places[rows_[i]]] = numbers_[i];
  size_t i = 0;
  for (uint32_t place = 0; i < rows_.size(); ++place) {
    rows_[i] = place;
    numbers_[i] = scratch[place];
    i += scratch[place] != kNone ? 1 : 0;
  }
}

void FlushColumn::take(uint32_t begin, uint32_t end, std::vector<uint32_t>& codes, ColumnStage& out) {
  const auto from = rows_.begin() + static_cast<ptrdiff_t>(next_);
  const auto to = std::lower_bound(from, from + static_cast<ptrdiff_t>(std::min<size_t>(end - begin, rows_.size() - next_)), end);
  const std::span numbers(numbers_.data() + next_, static_cast<size_t>(to - from));
  out.rows.resize(numbers.size());
  std::transform(from, to, out.rows.begin(), [begin](uint32_t row) { return static_cast<uint16_t>(row - begin); });
  if (repeats_) {
    take_codes(numbers, codes, out);
  } else {
    take_values(numbers, out);
  }
  next_ += numbers.size();
}

void FlushColumn::take_values(std::span<const uint32_t> numbers, ColumnStage& out) const {
  out.values.reserve(numbers.size());
  for (const uint32_t number : numbers) {
    out.values.push_back(table_.values()[number]);
    out.types |= type_bit(out.values.back().type());
  }
}

void FlushColumn::take_codes(std::span<const uint32_t> numbers, std::vector<uint32_t>& codes, ColumnStage& out) const {
  out.codes.resize(numbers.size());
  for (size_t i = 0; i < numbers.size(); ++i) {
    uint32_t& code = codes[numbers[i]];
    if (code == kNoCode) {
      code = static_cast<uint32_t>(out.distinct.size());
      out.distinct.push_back(table_.values()[numbers[i]]);
      out.hashes.push_back(table_.hashes()[numbers[i]]);
      out.types |= type_bit(out.distinct.back().type());
    }
    out.codes[i] = static_cast<uint16_t>(code);
  }
  for (const uint32_t number : numbers) codes[number] = kNoCode;
}

}  // namespace tripod::store
