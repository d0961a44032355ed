// What becomes of one appended batch: checked, its series found or made, its WAL record written,
// its samples put in memory.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/batch.h"
#include "store/metrics/exemplar_store.h"
#include "store/metrics/head.h"
#include "store/metrics/metadata_table.h"
#include "store/metrics/metric_store.h"
#include "store/metrics/series_budget.h"
#include "store/metrics/wal_record.h"

namespace tripod::store::metrics {

inline constexpr size_t kMostLabelsPerSeries = 128;
inline constexpr size_t kMostLabelBytes = 16u << 10;  // a name or a value

struct AppendRules {
  int64_t oldest_ms = 0;  // samples outside are rejected
  int64_t newest_ms = 0;
};

// Used again for every batch, so that its buffers stay. Externally synchronised by the store's
// lock, from build() until insert() or the decision not to.
class AppendPlan {
 public:
  // Whether the memory budget holds what the head has grown to.
  using HasMemory = std::function<bool()>;
  AppendPlan(Head& head, MetadataTable& metadata, ExemplarStore& exemplars, SeriesBudget& budget, HasMemory has_memory)
      : head_(head), metadata_(metadata), exemplars_(exemplars), budget_(budget), has_memory_(std::move(has_memory)) {}

  // Gives the batch's WAL record. Rejections are added to `summary`. Series are made, samples and
  // metadata not yet kept. kResourceExhausted when its new series do not fit into memory.
  base::Result<std::string> build(std::span<const model::SeriesSamples> series,
                    std::span<const model::MetricMetadata> metadata,
                    std::span<const model::SeriesExemplars> exemplars, const AppendRules& rules,
                    MetricAppendSummary& summary);
  // Keeps what build() planned: the record has its place in the WAL.
  void insert(MetricAppendSummary& summary);
  // Of the samples that build() planned; nullopt: there are none.
  std::optional<int64_t> oldest_ms() const;

 private:
  struct Item {
    Series* series = nullptr;
    size_t first = 0;  // in samples_
    size_t count = 0;
  };
  void look_ahead(std::span<const model::SeriesSamples> series);
  void plan_series(const model::SeriesSamples& series, uint64_t hash, const AppendRules& rules,
                   MetricAppendSummary& summary);
  Series* series_of(const model::SeriesSamples& series, uint64_t hash, uint64_t samples,
                    MetricAppendSummary& summary);
  void refuse(const SeriesRefusal& refusal, std::span<const model::Label> labels, uint64_t samples,
              MetricAppendSummary& summary);
  void plan_exemplars(const model::SeriesExemplars& exemplars, const AppendRules& rules,
                      MetricAppendSummary& summary);
  void plan_metadata(const model::MetricMetadata& metadata, MetricAppendSummary& summary);
  void take_in_range(const model::SeriesSamples& series, const AppendRules& rules,
                     MetricAppendSummary& summary);

  static constexpr size_t kAhead = 16;  // series that are looked for at a time

  Head& head_;
  MetadataTable& metadata_;
  ExemplarStore& exemplars_;
  SeriesBudget& budget_;
  const HasMemory has_memory_;
  WalRecordWriter record_;
  std::array<uint64_t, kAhead> hashes_{};
  std::vector<Item> items_;
  std::vector<model::Sample> samples_;
  std::vector<model::MetricMetadata> new_metadata_;  // views into the batch
  struct NewExemplar {
    std::span<const model::Label> series;
    const model::Exemplar* exemplar = nullptr;
  };
  std::vector<NewExemplar> new_exemplars_;  // views into the batch
  // What the budget refused of this batch, each limit once.
  struct Refused {
    SeriesRefusal refusal;  // views into the batch
    size_t at = 0;          // in the summary's rejections
  };
  std::vector<Refused> refused_;
  size_t made_ = 0;  // series, of this batch
  bool out_of_memory_ = false;
};

// name{label="value", …}, cut after some hundred bytes.
std::string series_text(std::span<const model::Label> labels);
// The same reason with the same detail is counted, not listed twice; details past 20 are folded
// into the count.
void add_rejection(std::vector<model::Rejection>& rejections, std::string_view reason,
                   const std::string& detail, uint64_t count);

}  // namespace tripod::store::metrics
