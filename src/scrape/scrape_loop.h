// One target's scrapes: what is fetched becomes a batch, with the health series and the staleness
// markers that belong to it.
#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/fs.h"
#include "model/batch.h"
#include "scrape/fetch.h"
#include "scrape/process_hops.h"
#include "scrape/seen_series.h"
#include "scrape/target.h"

namespace tripod::scrape {

enum class Health : uint8_t { kUnknown, kUp, kDown };

// A target as people see it.
struct TargetStatus {
  std::string job;
  std::string url;
  LabelSet labels;
  LabelSet discovered_labels;
  Health health = Health::kUnknown;
  base::UnixNanos last_scrape = 0;  // 0: never
  int64_t last_duration_ns = 0;
  std::string last_error;  // why it is down, or why samples were not kept
  uint64_t samples = 0;    // of the last scrape, after relabelling
  bool answered_by_several = false;  // processes in turn, each with its own counters: process_hops.h
  int64_t interval_ns = 0;
  int64_t timeout_ns = 0;
};

// One caller at a time; status() may be called by anybody.
class ScrapeLoop {
 public:
  // `fs` is read for password files.
  ScrapeLoop(Target target, base::Fs& fs);

  // Fetches, and gives everything to be stored for this scrape, stamped `time_ms` where the text
  // has no timestamps: its series, stale markers for those that are gone since the scrape before,
  // and up, scrape_duration_seconds, scrape_samples_scraped, scrape_samples_post_metric_relabeling,
  // scrape_series_added. A scrape that fails (HTTP, format, a limit) gives up = 0 and stale markers
  // only.
  model::Batch scrape_once(Fetcher& fetcher, const base::Clock& clock, int64_t time_ms,
                           std::stop_token stop = {});
  // The target is scraped no more: stale markers for everything it wrote.
  model::Batch end(int64_t time_ms);

  // The store did not keep the last batch.
  void note_not_stored(const std::string& why);
  // It kept the last batch but for these. What made the scrape itself fail is said already and stays.
  void note_rejected(std::span<const model::Rejection> rejections);
  TargetStatus status() const;
  const Target& target() const { return target_; }

 private:
  struct Outcome {
    uint64_t scraped = 0;
    uint64_t kept = 0;
    uint64_t added = 0;
  };

  base::Result<FetchRequest> make_request() const;
  base::Result<> fetch_and_decode(Fetcher& fetcher, std::stop_token stop, int64_t time_ms,
                                  model::Batch& batch, std::vector<bool>& has_time);
  // Puts the target's labels on the decoded series, relabels, applies the limits.
  base::Result<> finish_series(model::Batch& batch, const std::vector<bool>& has_time,
                               Outcome& outcome);
  // False: relabelling dropped the series.
  base::Result<bool> finish_labels(std::span<const model::Label> target_labels,
                                   model::SeriesSamples& series, model::Batch& batch);
  base::Result<> check_limits(std::span<const model::Label> labels) const;
  static SeenSeries::Gone stale_markers(int64_t time_ms, model::Batch& batch);
  void add_report(model::Batch& batch, std::string_view name, int64_t time_ms, double value) const;
  void add_reports(model::Batch& batch, int64_t time_ms, bool up, int64_t duration_ns,
                   const Outcome& outcome) const;

  const Target target_;
  base::Fs& fs_;
  SeenSeries seen_;
  std::vector<model::Label> merged_, conflicts_;  // of the series that is made, kept for the next one
  bool reported_ = false;
  ProcessHops hops_;

  mutable std::mutex mu_;
  TargetStatus status_;  // guarded by mu_
};

}  // namespace tripod::scrape
