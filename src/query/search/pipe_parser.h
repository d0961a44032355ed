// The pipes of a question: `| stats p95(duration_ms) by path every 1m | sort …`. Private to query/search.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query/search/columns.h"
#include "query/search/question.h"
#include "query/search/scanner.h"

namespace tripod::query::search {

// Reads the pipes of one question, from the first `|` to the end. Errors are the scanner's.
class PipeParser {
 public:
  // Refers to both for its lifetime. `where` in front of an aggregation narrows `filter`, which is of `dataset`.
  PipeParser(Scanner& in, store::Dataset dataset, store::Predicate& filter) : in_(in), dataset_(dataset), filter_(filter) {}

  void parse(Question& out);
  // Whether a `where` names datasets.
  bool asks_dataset() const { return asks_dataset_; }

 private:
  using StageParser = void (PipeParser::*)(size_t position);
  struct Stage {
    std::string_view name;
    StageParser parse;
  };
  static std::vector<Stage> stages();

  void parse_stage();
  void parse_count(size_t position);
  void parse_stats(size_t position);
  void parse_rate(size_t position);
  void parse_top(size_t position);
  void parse_where(size_t position);
  void parse_sort(size_t position);
  void parse_fields(size_t position);
  void parse_dedup(size_t position);
  void parse_limit(size_t position);
  void parse_patterns(size_t position);

  bool may_aggregate(size_t position, std::string_view stage);
  void parse_row_sort(size_t position, SortStep step);
  void finish_aggregation(size_t position);
  void parse_by_and_every();
  void parse_measures();
  std::optional<Measure> parse_measure();
  bool set_function(Measure& measure, std::string_view name, size_t position);
  void fill_fields(const std::vector<size_t>& positions);
  int64_t parse_step();
  size_t parse_number(size_t most);
  std::optional<size_t> accept_number(size_t most);
  FieldName parse_field();
  std::vector<FieldName> parse_field_list();
  std::string parse_column();
  SortKey parse_sort_key();
  std::string_view parse_word();
  bool accept_word(std::string_view word);
  void refuse_order(size_t position, std::string_view what);

  Scanner& in_;
  const store::Dataset dataset_;
  store::Predicate& filter_;
  Question* out_ = nullptr;
  TableColumns columns_;
  bool asks_dataset_ = false;
  // What of RowSteps has been read.
  bool has_dedup_ = false, has_sort_ = false, has_fields_ = false;
};

}  // namespace tripod::query::search
