#include "store/events/block_groups.h"

#include <unordered_map>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "store/events/distinct.h"

namespace tripod::store {
namespace {

// One group-by field over the chosen rows: each row's number among the field's values.
struct KeyColumn {
  std::vector<model::Value> values;  // values[0] is null: missing
  std::vector<uint32_t> numbers;     // by chosen row
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
      auto column = column_of(name);
      if (!column) return base::fail(std::move(column.error()));
      keys_.push_back(number_values(*column));
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

  KeyColumn number_values(const BlockColumn* column) {
    KeyColumn out;
    out.values.emplace_back();
    out.numbers.assign(count_, 0);
    if (column == nullptr) return out;
    if (column->values().entries() != nullptr) {
      number_by_dictionary(*column, out);
    } else {
      number_by_value(*column, out);
    }
    return out;
  }

  void number_by_dictionary(const BlockColumn& column, KeyColumn& out) {
    const Column& entries = *column.values().entries();
    const auto codes = column.values().codes();
    for (size_t i = 0; i < entries.size(); ++i) out.values.push_back(stable(entries, i));
    for_each_chosen(column, [&](size_t chosen, size_t value) { out.numbers[chosen] = codes[value] + 1u; });
  }

  void number_by_value(const BlockColumn& column, KeyColumn& out) {
    std::vector<model::Value> values;
    std::vector<size_t> chosen_rows;
    for_each_chosen(column, [&](size_t chosen, size_t value) {
      values.push_back(stable(column.values(), value));
      chosen_rows.push_back(chosen);
    });
    distinct_.find(values, kMaxBlockRows);
    out.values.insert(out.values.end(), distinct_.values().begin(), distinct_.values().end());
    for (size_t i = 0; i < values.size(); ++i) out.numbers[chosen_rows[i]] = distinct_.codes()[i] + 1u;
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
    if (plan_.step == 0) return {};
    auto times = block_.times();
    if (!times) return base::fail(std::move(times.error()));
    size_t chosen = 0;
    least_bucket_ = UINT64_MAX;
    rows_.for_each([&](size_t row) {
      buckets_[chosen] = bucket_number(plan_, (**times)[row]);
      least_bucket_ = std::min(least_bucket_, buckets_[chosen]);
      most_bucket_ = std::max(most_bucket_, buckets_[chosen]);
      ++chosen;
    });
    return {};
  }

  base::Result<> read_values() {
    values_.assign(count_, {});
    if (plan_.value.empty()) return {};
    auto column = column_of(plan_.value);
    if (!column) return base::fail(std::move(column.error()));
    if (*column == nullptr) return {};
    ValueScratch scratch;
    for_each_chosen(**column, [&](size_t chosen, size_t value) {
      const model::Value v = (*column)->values().at(value, scratch);
      if (!v.has_text()) values_[chosen] = v;  // texts are no numbers
    });
    return {};
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
      if (*slot != nullptr) groups_.add(**slot, values_[i]);
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
  uint64_t least_bucket_ = 0, most_bucket_ = 0;
  std::vector<model::Value> values_;
  std::vector<model::Value> by_;
  uint64_t combinations_ = 1;
};

}  // namespace

base::Result<> add_block_groups(const AggregatePlan& plan, BlockReader& block, const Bitmap& rows,
                                GroupTable& groups) {
  return BlockGroups(plan, block, rows, groups).run();
}

}  // namespace tripod::store
