#include "store/events/block_groups.h"

#include <cmath>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "store/events/block_keys.h"
#include "store/events/chosen_rows.h"
#include "store/events/field_text.h"
#include "store/events/original_text.h"

namespace tripod::store {
namespace {

constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

// A summarised field of the chosen rows.
struct ValueColumn {
  std::vector<double> numbers;    // by row; NaN where it is no number
  std::vector<uint8_t> present;   // by row; empty: every row has a value
  std::vector<uint64_t> hashes;   // distinct_hash() of the values, where different values are counted
};

class BlockGroups {
 public:
  BlockGroups(const AggregatePlan& plan, BlockReader& block, const Bitmap& rows, GroupTable& groups)
      : plan_(plan), block_(block), rows_(rows), keys_(plan, block, rows_), table_(groups) {}

  base::Result<> run() {
    // Everything is read before anything is added: a block that cannot be read adds nothing.
    if (auto read = keys_.read(); !read) return read;
    if (auto read = read_values(); !read) return read;
    const std::vector<int64_t>* times = nullptr;
    if (plan_.with_times) {
      auto read = block_.times();
      if (!read) return base::fail(std::move(read.error()));
      times = *read;
    }
    if (auto found = find_groups(); !found) return found;
    if (times != nullptr) read_spans(*times);
    // Two numbers may be of one group: a value from a field and from what stands in for it.
    for (size_t i = 0; i < groups_.size(); ++i) {
      if (groups_[i] == nullptr) continue;
      if (times != nullptr) GroupTable::add_times(*groups_[i], first_[i], last_[i]);
      GroupTable::add_count(*groups_[i], counts_[i]);
    }
    for (size_t spec = 0; spec < values_.size(); ++spec) add_values(spec);
    return table_.account();
  }

 private:
  base::Result<> read_values() {
    values_.resize(table_.specs().size());
    auto directory = block_.part().directory();
    if (!directory) return base::fail(std::move(directory.error()));
    for (size_t spec = 0; spec < values_.size(); ++spec) {
      std::vector<const BlockColumn*> columns;
      const bool distinct = table_.specs()[spec].distinct;
      for (const std::string& name : with_fallbacks(plan_, table_.specs()[spec].field)) {
        const uint32_t field = (*directory)->find(name);
        if (field == PartDirectory::kNoField) continue;
        auto column = block_.column(field);
        if (!column) return base::fail(std::move(column.error()));
        if (*column != nullptr) columns.push_back(*column);
      }
      if (columns.size() == 1 && columns[0]->present() == nullptr && !distinct) {
        read_numbers(*columns[0], values_[spec].numbers);
        continue;
      }
      values_[spec].numbers.assign(rows_.count(), kNoNumber);
      values_[spec].present.assign(rows_.count(), 0);
      if (distinct) values_[spec].hashes.assign(rows_.count(), 0);
      for (const BlockColumn* column : columns) read_some(*column, distinct, values_[spec]);
      if (table_.specs()[spec].field != model::kOriginalField) continue;
      if (auto read = read_composed(distinct, values_[spec]); !read) return read;
    }
    return {};
  }

  // Lines that are kept as templates.
  base::Result<> read_composed(bool distinct, ValueColumn& out) {
    auto lines = BlockOriginal::open(block_);
    if (!lines) return base::fail(std::move(lines.error()));
    if (!lines->present()) return {};
    base::Result<> done;
    std::string line;
    rows_.for_each([&](size_t i, size_t row) {
      if (!done || out.present[i] != 0) return;
      line.clear();
      auto added = lines->append(row, line);
      if (!added) done = base::fail(std::move(added.error()));
      if (!added || !*added) return;
      out.present[i] = 1;
      if (distinct) out.hashes[i] = distinct_hash(model::Value::string(line));
    });
    return done;
  }

  // Of a column that every row has.
  void read_numbers(const BlockColumn& column, std::vector<double>& out) {
    const Column& values = column.values();
    out.resize(rows_.count());
    if (const auto floats = values.float64s(); !floats.empty()) {
      rows_.for_each([&](size_t i, size_t row) { out[i] = floats[row]; });
    } else if (const auto ints = values.int64s(); !ints.empty()) {
      rows_.for_each([&](size_t i, size_t row) { out[i] = static_cast<double>(ints[row]); });
    } else if (values.entries() != nullptr) {
      const auto entries = numbers_of(*values.entries());
      const auto codes = values.codes();
      rows_.for_each([&](size_t i, size_t row) { out[i] = entries[codes[row]]; });
    } else {
      ValueScratch scratch;
      rows_.for_each([&](size_t i, size_t row) { out[i] = number_of(values.at(row, scratch)); });
    }
  }

  static std::vector<double> numbers_of(const Column& entries) {
    std::vector<double> out(entries.size());
    ValueScratch scratch;
    for (size_t i = 0; i < out.size(); ++i) out[i] = number_of(entries.at(i, scratch));
    return out;
  }

  // Of those rows that have no value yet.
  void read_some(const BlockColumn& column, bool distinct, ValueColumn& out) {
    const Column* entries = column.values().entries();
    std::vector<uint64_t> hashes;
    ValueScratch scratch;
    for (size_t i = 0; distinct && entries != nullptr && i < entries->size(); ++i) {
      hashes.push_back(distinct_hash(entries->at(i, scratch)));
    }
    const auto codes = column.values().codes();
    rows_.for_each_value(column, [&](size_t i, size_t value) {
      if (out.present[i] != 0) return;
      out.present[i] = 1;
      const model::Value v = column.values().at(value, scratch);
      out.numbers[i] = number_of(v);
      if (distinct) out.hashes[i] = hashes.empty() ? distinct_hash(v) : hashes[codes[value]];
    });
  }

  // Groups are looked up once per number and not once per row.
  base::Result<> find_groups() {
    const auto numbers = keys_.numbers();
    counts_.assign(keys_.size(), 0);
    std::vector<uint32_t> first(keys_.size());
    for (size_t i = 0; i < numbers.size(); ++i) {
      if (counts_[numbers[i]]++ == 0) first[numbers[i]] = static_cast<uint32_t>(i);
    }
    groups_.assign(keys_.size(), nullptr);
    std::vector<model::Value> by;
    for (size_t number = 0; number < groups_.size(); ++number) {
      if (counts_[number] == 0) continue;
      keys_.values(first[number], by);
      auto group = table_.find_or_add(keys_.bucket(first[number]), by);
      if (!group) return base::fail(std::move(group.error()));
      groups_[number] = *group;
    }
    return {};
  }

  void read_spans(const std::vector<int64_t>& times) {
    first_.assign(groups_.size(), INT64_MAX);
    last_.assign(groups_.size(), INT64_MIN);
    const auto numbers = keys_.numbers();
    rows_.for_each([&](size_t i, size_t row) {
      first_[numbers[i]] = std::min(first_[numbers[i]], times[row]);
      last_[numbers[i]] = std::max(last_[numbers[i]], times[row]);
    });
  }

  void add_values(size_t spec) {
    const ValueColumn& column = values_[spec];
    const auto numbers = keys_.numbers();
    std::vector<GroupTable::Summary*> summaries(groups_.size());
    for (size_t group = 0; group < groups_.size(); ++group) {
      if (groups_[group] == nullptr) continue;
      summaries[group] = &groups_[group]->values[spec];
      if (column.present.empty()) GroupTable::add_present(*groups_[group], spec, counts_[group]);
    }
    for (size_t i = 0; i < numbers.size(); ++i) {
      if (!std::isnan(column.numbers[i])) table_.add_number(*summaries[numbers[i]], column.numbers[i]);
    }
    if (column.present.empty()) return;
    for (size_t i = 0; i < numbers.size(); ++i) {
      if (column.present[i] == 0) continue;
      GroupTable::add_present(*groups_[numbers[i]], spec, 1);
      if (!column.hashes.empty()) table_.add_distinct(*groups_[numbers[i]], spec, column.hashes[i]);
    }
  }

  const AggregatePlan& plan_;
  BlockReader& block_;
  ChosenRows rows_;
  BlockKeys keys_;
  GroupTable& table_;
  std::vector<uint32_t> counts_;             // by number of keys_
  std::vector<GroupTable::Group*> groups_;   // by number; null: no row
  std::vector<int64_t> first_, last_;        // times, by number, where the plan asks for them
  std::vector<ValueColumn> values_;          // by summarised field
};

}  // namespace

base::Result<> add_block_groups(const AggregatePlan& plan, BlockReader& block, const Bitmap& rows,
                                GroupTable& groups) {
  return BlockGroups(plan, block, rows, groups).run();
}

}  // namespace tripod::store
