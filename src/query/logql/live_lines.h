// A log query line by line, for who gets records one at a time (live tail): the same lines and labels as Engine::range() gives.
#pragma once

#include <optional>
#include <utility>

#include "base/result.h"
#include "query/logql/engine.h"
#include "query/logql/labels.h"
#include "query/logql/pipeline.h"
#include "query/logql/record_reader.h"

namespace tripod::query::logql {

// Not thread-safe.
class LiveLines {
 public:
  // `now` is what templates take for the present.
  static base::Result<LiveLines> compile(const LogQuery& query, const FieldCatalog& catalog, LabelStyle style, int64_t now);

  // All lines of the query match it; of the logs dataset.
  const store::Predicate& filter() const { return filter_; }
  // Whether everything that matches the filter is a line of the query.
  bool is_all() const { return pipeline_.empty(); }
  // The labels of its stream and the line; nothing where the pipeline drops it. The row has all its fields.
  std::optional<std::pair<Labels, LogEntry>> read(const store::EventRow& row);

 private:
  LiveLines(store::Predicate filter, Pipeline pipeline, LabelStyle style, int64_t now);

  store::Predicate filter_;
  Pipeline pipeline_;
  LabelStyle style_;
  RecordReader reader_;
  Line line_;
};

}  // namespace tripod::query::logql
