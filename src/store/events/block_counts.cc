#include "store/events/block_counts.h"

#include <optional>
#include <utility>
#include <vector>

#include "store/events/original_text.h"

namespace tripod::store {
namespace {

// A group key of a block: a value that all rows have, or the value of the one field that differs.
struct CountedKey {
  model::Value constant;  // null: no row has the field
  bool varies = false;
};

class CountedBlock {
 public:
  CountedBlock(const AggregatePlan& plan, const BlockFilter& filter, BlockReader& block, GroupTable& groups)
      : plan_(plan), filter_(filter), block_(block), groups_(groups) {}

  base::Result<bool> add(uint64_t bucket) {
    auto known = filter_.is_counted(block_, field_);
    if (!known || !*known) return known;
    for (const std::string& name : plan_.by) {
      auto key = find_key(name);
      if (!key || !*key) return key;
    }
    if (auto added = add_entries(bucket); !added) return base::fail(std::move(added.error()));
    return true;
  }

 private:
  // False when the counts do not tell the key of every row.
  base::Result<bool> find_key(const std::string& name) {
    CountedKey& key = keys_.emplace_back();
    auto directory = block_.part().directory();
    if (!directory) return base::fail(std::move(directory.error()));
    for (const std::string& asked : with_fallbacks(plan_, name)) {
      // Lines that are kept as templates are no values of the field.
      const bool templates = (*directory)->find(model::kOriginalTemplateField) != PartDirectory::kNoField;
      if (asked == model::kOriginalField && templates) return false;
      const uint32_t field = (*directory)->find(asked);
      if (field == PartDirectory::kNoField) continue;
      auto state = counted_state(block_, field, (*directory)->fields[field].in_rare);
      if (!state) return base::fail(std::move(state.error()));
      if (state->kind == CountedState::Kind::kAbsent) continue;
      // Rows that lack it may have the next one.
      if (key.varies || state->kind == CountedState::Kind::kUnknown) return false;
      if (state->kind == CountedState::Kind::kConstant) {
        key.constant = state->value;
        return true;
      }
      if (field_ != PartDirectory::kNoField && field_ != field) return false;
      field_ = field;
      key.varies = true;
      if (state->rows == block_.rows()) return true;
    }
    return true;
  }

  base::Result<> add_entries(uint64_t bucket) {
    if (field_ == PartDirectory::kNoField) return add_rows(bucket, BlockFilter::kMissing, {}, block_.rows());
    auto counts = block_.part().counts(field_);
    if (!counts) return base::fail(std::move(counts.error()));
    const auto counted = (*counts)->block(block_.number());
    for (size_t i = 0; i < counted.values.size(); ++i) {
      const uint32_t value = counted.values[i];
      if (auto added = add_rows(bucket, value, (*counts)->values()[value], counted.counts[i]); !added) return added;
    }
    const uint64_t missing = block_.rows() - counted.rows();
    return missing == 0 ? base::Result<>() : add_rows(bucket, BlockFilter::kMissing, {}, missing);
  }

  // `rows` rows whose value of field_ is this one.
  base::Result<> add_rows(uint64_t bucket, uint32_t number, const model::Value& value, uint64_t rows) {
    if (!filter_.matches_counted(block_.number(), field_, number)) return {};
    by_.clear();
    for (const CountedKey& key : keys_) by_.push_back(key.varies ? value : key.constant);
    auto group = groups_.find_or_add(bucket, by_);
    if (!group) return base::fail(std::move(group.error()));
    GroupTable::add_count(**group, rows);
    return {};
  }

  const AggregatePlan& plan_;
  const BlockFilter& filter_;
  BlockReader& block_;
  GroupTable& groups_;
  uint32_t field_ = PartDirectory::kNoField;  // the one that differs from row to row
  std::vector<CountedKey> keys_;
  std::vector<model::Value> by_;
};

}  // namespace

base::Result<bool> add_counted_block(const AggregatePlan& plan, const BlockFilter& filter, BlockReader& block,
                                     const BlockEntry& entry, GroupTable& groups) {
  if (!groups.specs().empty() || plan.with_times) return false;
  if (!plan.range.contains(entry.min_time) || !plan.range.contains(entry.max_time)) return false;
  const uint64_t bucket = bucket_number(plan, entry.min_time);
  if (bucket != bucket_number(plan, entry.max_time)) return false;
  return CountedBlock(plan, filter, block, groups).add(bucket);
}

}  // namespace tripod::store
