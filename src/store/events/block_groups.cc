#include "store/events/block_groups.h"

#include <limits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "store/events/distinct.h"
#include "store/events/field_text.h"
#include "store/events/original_text.h"

namespace tripod::store {
namespace {

// One group-by field over the chosen rows: each row's number among the field's values.
struct KeyColumn {
  std::vector<model::Value> values;  // values[0] is null: missing
  std::vector<uint32_t> numbers;     // by chosen row
};

// A summarised field of one row.
struct Cell {
  double number = std::numeric_limits<double>::quiet_NaN();
  uint64_t hash = 0;  // distinct_hash() of its value, where different values are counted
  bool has_value = false;
};

class BlockGroups {
 public:
  BlockGroups(const AggregatePlan& plan, BlockReader& block, const Bitmap& rows, GroupTable& groups)
      : plan_(plan), block_(block), rows_(rows), count_(rows.count()), groups_(groups) {}

  base::Result<> run() {
    if (auto read = read_keys(); !read) return read;
    if (auto read = read_buckets(); !read) return read;
    if (auto read = read_values(); !read) return read;
    return add_rows();
  }

 private:
  base::Result<> read_keys() {
    for (const std::string& name : plan_.by) {
      KeyColumn& key = keys_.emplace_back();
      key.values.emplace_back();
      key.numbers.assign(count_, 0);
      for (const std::string& field : with_fallbacks(plan_, name)) {
        auto column = column_of(field);
        if (!column) return base::fail(std::move(column.error()));
        if (*column != nullptr) number_values(**column, key);
        if (field != model::kOriginalField) continue;
        if (auto numbered = number_composed(key); !numbered) return numbered;
      }
    }
    return {};
  }

  base::Result<const BlockColumn*> column_of(const std::string& name) {
    auto directory = block_.part().directory();
    if (!directory) return base::fail(std::move(directory.error()));
    const uint32_t field = (*directory)->find(name);
    if (field == PartDirectory::kNoField) return nullptr;
    return block_.column(field);
  }

  // Of those chosen rows that have no number yet.
  void number_values(const BlockColumn& column, KeyColumn& out) {
    if (column.values().entries() != nullptr) {
      number_by_dictionary(column, out);
    } else {
      number_by_value(column, out);
    }
  }

  void number_by_dictionary(const BlockColumn& column, KeyColumn& out) {
    const Column& entries = *column.values().entries();
    const auto codes = column.values().codes();
    const auto first = static_cast<uint32_t>(out.values.size());
    for (size_t i = 0; i < entries.size(); ++i) out.values.push_back(stable(entries, i));
    for_each_chosen(column, [&](size_t chosen, size_t value) {
      if (out.numbers[chosen] == 0) out.numbers[chosen] = codes[value] + first;
    });
  }

  void number_by_value(const BlockColumn& column, KeyColumn& out) {
    std::vector<model::Value> values;
    std::vector<size_t> chosen_rows;
    for_each_chosen(column, [&](size_t chosen, size_t value) {
      if (out.numbers[chosen] != 0) return;
      values.push_back(stable(column.values(), value));
      chosen_rows.push_back(chosen);
    });
    const auto first = static_cast<uint32_t>(out.values.size());
    distinct_.find(values, kMaxBlockRows);
    out.values.insert(out.values.end(), distinct_.values().begin(), distinct_.values().end());
    for (size_t i = 0; i < values.size(); ++i) out.numbers[chosen_rows[i]] = distinct_.codes()[i] + first;
  }

  // Lines that are kept as templates.
  base::Result<> number_composed(KeyColumn& out) {
    auto lines = BlockOriginal::open(block_);
    if (!lines) return base::fail(std::move(lines.error()));
    if (!lines->present()) return {};
    size_t chosen = 0;
    base::Result<> done;
    std::string line;
    rows_.for_each([&](size_t row) {
      const size_t at = chosen++;
      if (!done || out.numbers[at] != 0) return;
      line.clear();
      auto added = lines->append(row, line);
      if (!added) done = base::fail(std::move(added.error()));
      if (!added || !*added) return;
      out.numbers[at] = static_cast<uint32_t>(out.values.size());
      out.values.push_back(model::Value::string(arena_.copy(line)));
    });
    return done;
  }

  // A value that stays: texts made up in the scratch are copied.
  model::Value stable(const Column& column, size_t i) {
    ValueScratch scratch;
    const model::Value value = column.at(i, scratch);
    if (!value.is_string() || value.text().data() != scratch.data()) return value;
    return model::Value::string(arena_.copy(value.text()));
  }

  // `fn(number of the row among the chosen, index of its value)` for the chosen rows that have a value.
  template <class Fn>
  void for_each_chosen(const BlockColumn& column, Fn&& fn) {
    if (ranks_.empty()) {
      ranks_.resize(block_.rows());
      uint32_t rank = 0;
      rows_.for_each([&](size_t row) { ranks_[row] = rank++; });
    }
    column.for_each(rows_, [&](size_t row, size_t value) { fn(ranks_[row], value); });
  }

  base::Result<> read_buckets() {
    buckets_.assign(count_, 0);
    if (plan_.step == 0 && !plan_.with_times) return {};
    auto times = block_.times();
    if (!times) return base::fail(std::move(times.error()));
    size_t chosen = 0;
    least_bucket_ = UINT64_MAX;
    rows_.for_each([&](size_t row) {
      buckets_[chosen] = bucket_number(plan_, (**times)[row]);
      if (plan_.with_times) times_.push_back((**times)[row]);
      least_bucket_ = std::min(least_bucket_, buckets_[chosen]);
      most_bucket_ = std::max(most_bucket_, buckets_[chosen]);
      ++chosen;
    });
    return {};
  }

  base::Result<> read_values() {
    values_.resize(groups_.specs().size());
    for (size_t spec = 0; spec < values_.size(); ++spec) {
      values_[spec].assign(count_, {});
      for (const std::string& field : with_fallbacks(plan_, groups_.specs()[spec].field)) {
        auto column = column_of(field);
        if (!column) return base::fail(std::move(column.error()));
        if (*column != nullptr) read_values(**column, groups_.specs()[spec].distinct, values_[spec]);
      }
    }
    return {};
  }

  // Of those chosen rows that have none yet.
  void read_values(const BlockColumn& column, bool distinct, std::vector<Cell>& out) {
    const Column* entries = column.values().entries();
    std::vector<uint64_t> hashes;
    ValueScratch scratch;
    for (size_t i = 0; distinct && entries != nullptr && i < entries->size(); ++i) {
      hashes.push_back(distinct_hash(entries->at(i, scratch)));
    }
    const auto codes = column.values().codes();
    for_each_chosen(column, [&](size_t chosen, size_t value) {
      Cell& cell = out[chosen];
      if (cell.has_value) return;
      const model::Value v = column.values().at(value, scratch);
      cell.has_value = true;
      if (is_number(v)) {
        cell.number = v.type() == model::ValueType::kInt64 ? static_cast<double>(v.as_int64()) : v.as_float64();
      }
      if (distinct) cell.hash = hashes.empty() ? distinct_hash(v) : hashes[codes[value]];
    });
  }

  void add_values(GroupTable::Group& group, size_t chosen) {
    if (plan_.with_times) GroupTable::add_time(group, times_[chosen]);
    GroupTable::add_count(group, 1);
    for (size_t spec = 0; spec < values_.size(); ++spec) {
      const Cell& cell = values_[spec][chosen];
      if (!cell.has_value) continue;
      GroupTable::add_present(group, spec);
      groups_.add_number(group, spec, cell.number);
      if (groups_.specs()[spec].distinct) groups_.add_distinct(group, spec, cell.hash);
    }
  }

  base::Result<> add_rows() {
    const bool numbered = count_combinations();
    std::unordered_map<uint64_t, GroupTable::Group*> found;
    std::vector<GroupTable::Group*> table;
    if (numbered && combinations_ <= kMostInTable) table.resize(combinations_, nullptr);
    for (size_t i = 0; i < count_; ++i) {
      GroupTable::Group* group = nullptr;
      GroupTable::Group** slot = &group;
      if (!table.empty()) {
        slot = &table[combination_of(i)];
      } else if (numbered) {
        slot = &found[combination_of(i)];
      }
      if (*slot == nullptr) {
        auto looked_up = look_up(i);
        if (!looked_up) return base::fail(std::move(looked_up.error()));
        *slot = *looked_up;
      }
      if (*slot != nullptr) add_values(**slot, i);
    }
    return {};
  }

  base::Result<GroupTable::Group*> look_up(size_t i) {
    by_.clear();
    for (const KeyColumn& key : keys_) by_.push_back(key.values[key.numbers[i]]);
    return groups_.find_or_add(buckets_[i], by_);
  }

  // Bucket and key numbers as one number; false when they do not fit.
  bool count_combinations() {
    combinations_ = plan_.step == 0 ? 1 : most_bucket_ - least_bucket_ + 1;
    if (plan_.step == 0) least_bucket_ = 0;
    if (combinations_ == 0) return false;
    for (const KeyColumn& key : keys_) {
      if (__builtin_mul_overflow(combinations_, key.values.size(), &combinations_)) return false;
    }
    return true;
  }
  uint64_t combination_of(size_t i) const {
    uint64_t number = buckets_[i] - least_bucket_;
    for (const KeyColumn& key : keys_) number = number * key.values.size() + key.numbers[i];
    return number;
  }

  static constexpr uint64_t kMostInTable = 1u << 16;

  const AggregatePlan& plan_;
  BlockReader& block_;
  const Bitmap& rows_;
  const size_t count_;  // chosen rows
  GroupTable& groups_;
  base::Arena arena_;
  DistinctFinder distinct_;
  std::vector<uint32_t> ranks_;  // by row of the block: its number among the chosen
  std::vector<KeyColumn> keys_;
  std::vector<uint64_t> buckets_;
  std::vector<base::UnixNanos> times_;  // by chosen row, where the plan asks for them
  uint64_t least_bucket_ = 0, most_bucket_ = 0;
  std::vector<std::vector<Cell>> values_;  // by summarised field, by chosen row
  std::vector<model::Value> by_;
  uint64_t combinations_ = 1;
};

}  // namespace

base::Result<> add_block_groups(const AggregatePlan& plan, BlockReader& block, const Bitmap& rows,
                                GroupTable& groups) {
  return BlockGroups(plan, block, rows, groups).run();
}

}  // namespace tripod::store
