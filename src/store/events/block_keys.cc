#include "store/events/block_keys.h"

#include <bit>
#include <utility>

#include "store/events/group_table.h"
#include "store/events/original_text.h"

namespace tripod::store {
namespace {

// Tables by number may be so much larger than there are rows.
constexpr size_t kSparse = 4;
constexpr size_t kSmallTable = 4096;

}  // namespace

base::Result<> BlockKeys::read() {
  numbers_.assign(rows_.count(), 0);
  if (auto done = read_buckets(); !done) return done;
  for (const std::string& name : plan_.by) {
    if (auto done = read_key(name); !done) return done;
  }
  return {};
}

void BlockKeys::values(size_t row, std::vector<model::Value>& out) const {
  out.clear();
  for (const Key& key : keys_) out.push_back(key.numbers.empty() ? key.values.back() : key.values[key.numbers[row]]);
}

base::Result<> BlockKeys::read_buckets() {
  if (plan_.step == 0) return {};
  auto times = block_.times();
  if (!times) return base::fail(std::move(times.error()));
  buckets_.resize(rows_.count());
  const auto first = static_cast<uint64_t>(plan_.first_bucket()), step = static_cast<uint64_t>(plan_.step);
  // Times rise within a stream: mostly a row is in the bucket of the row before, and nothing is divided.
  uint64_t bucket = 0, start = 0, least = UINT64_MAX, most = 0;
  rows_.for_each([&](size_t number, size_t row) {
    const uint64_t into = static_cast<uint64_t>((**times)[row]) - first;
    if (number == 0 || into - start >= step) {
      bucket = into / step;
      start = bucket * step;
      least = std::min(least, bucket);
      most = std::max(most, bucket);
    }
    buckets_[number] = bucket;
  });
  if (most - least >= kSmallTable) {
    renumber(buckets_);
    return {};
  }
  for (size_t i = 0; i < buckets_.size(); ++i) numbers_[i] = static_cast<uint32_t>(buckets_[i] - least);
  size_ = static_cast<size_t>(most - least) + 1;
  return {};
}

base::Result<> BlockKeys::read_key(const std::string& name) {
  Key& key = keys_.emplace_back();
  key.values.emplace_back();
  auto directory = block_.part().directory();
  if (!directory) return base::fail(std::move(directory.error()));
  for (const std::string& asked : with_fallbacks(plan_, name)) {
    if (const uint32_t field = (*directory)->find(asked); field != PartDirectory::kNoField) {
      if (key.numbers.empty()) {
        auto constant = read_constant(field, key);
        if (!constant) return base::fail(std::move(constant.error()));
        if (*constant) return {};
      }
      auto column = block_.column(field);
      if (!column) return base::fail(std::move(column.error()));
      if (*column != nullptr) {
        if (key.numbers.empty()) key.numbers.assign(rows_.count(), 0);
        number_values(**column, key);
      }
    }
    if (asked != model::kOriginalField) continue;
    if (auto numbered = number_composed(key); !numbered) return numbered;
  }
  if (!key.numbers.empty()) combine(key);
  return {};
}

// Whether all rows of the block have the same value, as its counts say: no column is read then.
base::Result<bool> BlockKeys::read_constant(uint32_t field, Key& key) {
  auto counts = block_.part().counts(field);
  if (!counts) return base::fail(std::move(counts.error()));
  if (*counts == nullptr) return false;
  const auto counted = (*counts)->block(block_.number());
  if (counted.values.size() != 1 || counted.rows() != block_.rows()) return false;
  key.values.push_back((*counts)->values()[counted.values[0]]);
  return true;
}

// Of those rows that have no number yet.
void BlockKeys::number_values(const BlockColumn& column, Key& key) {
  if (column.values().entries() != nullptr) {
    number_by_codes(column, key);
  } else {
    number_by_value(column, key);
  }
}

void BlockKeys::number_by_codes(const BlockColumn& column, Key& key) {
  const Column& entries = *column.values().entries();
  const auto codes = column.values().codes();
  const auto first = static_cast<uint32_t>(key.values.size());
  for (size_t i = 0; i < entries.size(); ++i) key.values.push_back(stable(entries, i));
  if (first == 1) {
    rows_.for_each_value(column, [&](size_t row, size_t value) { key.numbers[row] = codes[value] + 1u; });
  } else {
    rows_.for_each_value(column, [&](size_t row, size_t value) {
      if (key.numbers[row] == 0) key.numbers[row] = codes[value] + first;
    });
  }
}

void BlockKeys::number_by_value(const BlockColumn& column, Key& key) {
  std::vector<model::Value> values;
  std::vector<size_t> rows;
  rows_.for_each_value(column, [&](size_t row, size_t value) {
    if (key.numbers[row] != 0) return;
    values.push_back(stable(column.values(), value));
    rows.push_back(row);
  });
  const auto first = static_cast<uint32_t>(key.values.size());
  distinct_.find(values, kMaxBlockRows);
  key.values.insert(key.values.end(), distinct_.values().begin(), distinct_.values().end());
  for (size_t i = 0; i < values.size(); ++i) key.numbers[rows[i]] = distinct_.codes()[i] + first;
}

// Lines that are kept as templates.
base::Result<> BlockKeys::number_composed(Key& key) {
  auto lines = BlockOriginal::open(block_);
  if (!lines) return base::fail(std::move(lines.error()));
  if (!lines->present()) return {};
  if (key.numbers.empty()) key.numbers.assign(rows_.count(), 0);
  base::Result<> done;
  std::string line;
  rows_.for_each([&](size_t number, size_t row) {
    if (!done || key.numbers[number] != 0) return;
    line.clear();
    auto added = lines->append(row, line);
    if (!added) done = base::fail(std::move(added.error()));
    if (!added || !*added) return;
    key.numbers[number] = static_cast<uint32_t>(key.values.size());
    key.values.push_back(model::Value::string(arena_.copy(line)));
  });
  return done;
}

// A value that stays: texts made up in the scratch are copied.
model::Value BlockKeys::stable(const Column& column, size_t i) {
  ValueScratch scratch;
  const model::Value value = column.at(i, scratch);
  if (!value.is_string() || value.text().data() != scratch.data()) return value;
  return model::Value::string(arena_.copy(value.text()));
}

void BlockKeys::combine(const Key& key) {
  // What was combined so far is below the number of rows or small: with at most 2^16 values the product fits.
  renumber_if_sparse();
  const auto values = static_cast<uint32_t>(key.values.size());
  if (size_ > UINT32_MAX / values) {
    std::vector<uint64_t> wide(numbers_.size());
    for (size_t i = 0; i < wide.size(); ++i) wide[i] = uint64_t{numbers_[i]} * values + key.numbers[i];
    return renumber(wide);
  }
  for (size_t i = 0; i < numbers_.size(); ++i) numbers_[i] = numbers_[i] * values + key.numbers[i];
  size_ *= values;
  renumber_if_sparse();
}

void BlockKeys::renumber_if_sparse() {
  if (size_ <= kSmallTable || size_ <= kSparse * rows_.count()) return;
  renumber(std::vector<uint64_t>(numbers_.begin(), numbers_.end()));
}

// Numbers in order of first appearance.
void BlockKeys::renumber(std::span<const uint64_t> wide) {
  struct Slot {
    uint64_t wide = 0;
    uint32_t number = UINT32_MAX;
  };
  std::vector<Slot> slots(std::bit_ceil(2 * wide.size() + 2));
  const size_t mask = slots.size() - 1;
  uint32_t next = 0;
  for (size_t i = 0; i < wide.size(); ++i) {
    uint64_t at = wide[i] * 0x9e3779b97f4a7c15ULL;
    at = (at ^ at >> 32) & mask;
    while (slots[at].number != UINT32_MAX && slots[at].wide != wide[i]) at = (at + 1) & mask;
    if (slots[at].number == UINT32_MAX) slots[at] = {wide[i], next++};
    numbers_[i] = slots[at].number;
  }
  size_ = next;
}

}  // namespace tripod::store
