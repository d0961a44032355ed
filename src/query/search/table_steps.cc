#include "query/search/table_steps.h"

#include <algorithm>

#include "query/search/cells.h"
#include "store/events/field_text.h"
#include "store/events/filter.h"

namespace tripod::query::search {

namespace {

size_t column_index(const Answer& answer, std::string_view name) {
  return static_cast<size_t>(std::ranges::find(answer.columns, name, &Column::name) - answer.columns.begin());
}

// A filter over named cells.
class CellFilter {
 public:
  static base::Result<CellFilter> compile(const Answer& answer, const store::Predicate& predicate) {
    auto filter = store::Filter::compile(predicate);
    if (!filter) return base::fail(std::move(filter.error()));
    CellFilter out;
    for (const auto& leaf : filter->leaves) out.columns_.push_back(column_index(answer, leaf.key));
    out.filter_ = std::move(*filter);
    return out;
  }
  // `cell_of(column)` gives the cell of a column.
  template <class CellOf>
  bool matches(const CellOf& cell_of) const {
    return matches(filter_.root, cell_of);
  }

 private:
  template <class CellOf>
  bool matches(const store::FilterNode& node, const CellOf& cell_of) const {
    using Kind = store::FilterNode::Kind;
    const auto child_matches = [&](const store::FilterNode& child) { return matches(child, cell_of); };
    switch (node.kind) {
      case Kind::kTrue: return true;
      case Kind::kAnd: return std::ranges::all_of(node.children, child_matches);
      case Kind::kOr: return std::ranges::any_of(node.children, child_matches);
      case Kind::kNot: return !child_matches(node.children.front());
      case Kind::kLeaf: break;
    }
    const Cell cell = cell_of(columns_[node.leaf]);
    if (std::holds_alternative<std::monostate>(cell)) return false;
    return filter_.leaves[node.leaf].matcher.matches(store::to_view(cell));
  }

  store::Filter filter_;
  std::vector<size_t> columns_;  // by leaf
};

using Line = std::vector<Cell>;

base::Result<> keep_where(Answer& answer, const WhereStep& step) {
  auto filter = CellFilter::compile(answer, step.filter);
  if (!filter) return base::fail(std::move(filter.error()));
  std::erase_if(answer.lines, [&](const Line& line) { return !filter->matches([&](size_t column) { return line[column]; }); });
  return {};
}

void sort_lines(Answer& answer, const SortStep& step) {
  std::vector<size_t> columns;
  for (const SortKey& key : step.keys) columns.push_back(column_index(answer, key.field.name));
  std::ranges::stable_sort(answer.lines, [&](const Line& a, const Line& b) {
    Line left, right;
    for (const size_t column : columns) left.push_back(a[column]), right.push_back(b[column]);
    return compare_keys(left, right, step.keys) < 0;
  });
}

void choose_columns(Answer& answer, const ColumnsStep& step) {
  std::vector<size_t> chosen;
  std::vector<Column> columns;
  for (const std::string& name : step.columns) {
    chosen.push_back(column_index(answer, name));
    columns.push_back(answer.columns[chosen.back()]);
  }
  for (Line& line : answer.lines) {
    Line out;
    for (const size_t column : chosen) out.push_back(line[column]);
    line = std::move(out);
  }
  answer.columns = std::move(columns);
}

// -- series ------------------------------------------------------------------------------------------------------------

size_t key_columns(const Answer& answer) {
  return static_cast<size_t>(std::ranges::count(answer.columns, Column::Role::kKey, &Column::role));
}

// Series of one key stand together: the first behind those of the one at `first`.
size_t end_of_key(const Answer& answer, size_t first) {
  size_t end = first + 1;
  while (end < answer.series.size() && answer.series[end].keys == answer.series[first].keys) ++end;
  return end;
}

// A point stands where all columns of its instant and keys satisfy the condition.
base::Result<> keep_points(Answer& answer, const WhereStep& step) {
  auto filter = CellFilter::compile(answer, step.filter);
  if (!filter) return base::fail(std::move(filter.error()));
  const size_t keys = key_columns(answer);
  std::vector<const Series*> of_columns;  // the values of one key
  for (size_t first = 0, end = 0; first < answer.series.size(); first = end) {
    end = end_of_key(answer, first);
    of_columns.assign(answer.columns.size(), nullptr);
    for (size_t s = first; s < end; ++s) of_columns[answer.series[s].column] = &answer.series[s];
    for (size_t i = 0; i < answer.points; ++i) {
      const bool keep = filter->matches([&](size_t column) -> Cell {
        if (column >= 1 && column <= keys) return answer.series[first].keys[column - 1];
        const Series* values = of_columns[column];
        return values != nullptr && values->points[i] ? Cell(*values->points[i]) : Cell();
      });
      for (size_t s = first; s < end && !keep; ++s) answer.series[s].points[i].reset();
    }
  }
  std::erase_if(answer.series, [](const Series& s) { return std::ranges::none_of(s.points, [](const auto& p) { return p.has_value(); }); });
  return {};
}

void keep_first_keys(Answer& answer, size_t limit) {
  size_t end = 0;
  for (size_t keys = 0; keys < limit && end < answer.series.size(); ++keys) end = end_of_key(answer, end);
  answer.series.resize(end);
}

void choose_series(Answer& answer, const ColumnsStep& step) {
  std::erase_if(answer.series, [&](const Series& series) {
    return std::ranges::find(step.columns, answer.columns[series.column].name) == step.columns.end();
  });
}

}  // namespace

base::Result<> apply_steps(Answer& answer, std::span<const TableStep> steps) {
  for (const TableStep& step : steps) {
    if (const auto* where = std::get_if<WhereStep>(&step)) {
      if (auto kept = keep_where(answer, *where); !kept) return kept;
    } else if (const auto* sort = std::get_if<SortStep>(&step)) {
      sort_lines(answer, *sort);
    } else if (const auto* limit = std::get_if<LimitStep>(&step)) {
      if (answer.lines.size() > limit->limit) answer.lines.resize(limit->limit);
    } else {
      choose_columns(answer, std::get<ColumnsStep>(step));
    }
  }
  return {};
}

base::Result<> apply_steps_to_series(Answer& answer, std::span<const TableStep> steps) {
  for (const TableStep& step : steps) {
    if (const auto* where = std::get_if<WhereStep>(&step)) {
      if (auto kept = keep_points(answer, *where); !kept) return kept;
    } else if (const auto* limit = std::get_if<LimitStep>(&step)) {
      keep_first_keys(answer, limit->limit);
    } else if (const auto* columns = std::get_if<ColumnsStep>(&step)) {
      choose_series(answer, *columns);
    }
  }
  return {};
}

}  // namespace tripod::query::search
