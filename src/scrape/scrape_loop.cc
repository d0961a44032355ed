#include "scrape/scrape_loop.h"

#include <algorithm>

#include "ingest/prometheus/content_type.h"
#include "ingest/prometheus/text_decoder.h"

namespace tripod::scrape {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr std::string_view kUserAgent = "Tripod/0.1.0";

std::span<model::Label> copy_labels(const LabelSet& labels, base::Arena& arena) {
  auto out = arena.make_array<model::Label>(labels.pairs().size());
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] = {arena.copy(labels.pairs()[i].first), arena.copy(labels.pairs()[i].second)};
  }
  return out;
}

const model::Label* find(std::span<const model::Label> labels, std::string_view name) {
  const auto at = std::ranges::find(labels, name, &model::Label::name);
  return at == labels.end() ? nullptr : &*at;
}

// A scraped label that the target has too keeps its value under exported_<name>, as often prefixed
// as needed.
void resolve_conflicts(std::vector<model::Label>& conflicts, std::span<const model::Label> scraped,
                       std::vector<model::Label>& merged, base::Arena& arena) {
  std::ranges::stable_sort(conflicts, {}, [](const model::Label& l) { return l.name.size(); });
  for (const model::Label& conflict : conflicts) {
    std::string name = "exported_" + std::string(conflict.name);
    while (find(scraped, name) != nullptr || find(merged, name) != nullptr)
      name = "exported_" + name;
    merged.push_back({arena.copy(name), conflict.value});
  }
}

}  // namespace

ScrapeLoop::ScrapeLoop(Target target, base::Fs& fs) : target_(std::move(target)), fs_(fs) {
  status_.job = target_.job->job_name;
  status_.url = target_.url;
  status_.labels = target_.labels;
  status_.discovered_labels = target_.discovered_labels;
  status_.interval_ns = target_.interval_ns;
  status_.timeout_ns = target_.timeout_ns;
}

TargetStatus ScrapeLoop::status() const {
  std::lock_guard lock(mu_);
  return status_;
}

void ScrapeLoop::note_not_stored(const std::string& why) {
  std::lock_guard lock(mu_);
  status_.last_error = "not stored: " + why;
}

void ScrapeLoop::note_rejected(std::span<const model::Rejection> rejections) {
  uint64_t count = 0;
  const model::Rejection* most = nullptr;
  for (const model::Rejection& rejection : rejections) {
    count += rejection.count;
    if (most == nullptr || rejection.count > most->count) most = &rejection;
  }
  if (most == nullptr) return;
  std::lock_guard lock(mu_);
  if (status_.health != Health::kUp || !status_.last_error.empty()) return;
  status_.last_error = std::to_string(count) + " samples were refused, the others are stored: " + most->reason;
  if (!most->detail.empty()) status_.last_error += ": " + most->detail;
}

Result<FetchRequest> ScrapeLoop::make_request() const {
  const JobConfig& job = *target_.job;
  FetchRequest out;
  out.url = target_.url;
  out.timeout_ns = target_.timeout_ns;
  out.max_body_bytes = job.limits.body_bytes;
  out.accept_gzip = job.enable_compression;
  const int64_t timeout_ms = target_.timeout_ns / base::kNanosPerMilli;
  std::string seconds = std::to_string(timeout_ms / 1000);
  if (timeout_ms % 1000 != 0) seconds += "." + std::to_string(1000 + timeout_ms % 1000).substr(1);
  out.headers = {{"Accept", ingest::prometheus::scrape_accept(job.scrape_protocols)},
                 {"User-Agent", std::string(kUserAgent)},
                 {"X-Prometheus-Scrape-Timeout-Seconds", seconds}};
  if (auto ok = apply(job.http, fs_, out); !ok) return fail(std::move(ok.error()));
  return out;
}

Result<> ScrapeLoop::fetch_and_decode(Fetcher& fetcher, std::stop_token stop, int64_t time_ms,
                                      model::Batch& batch, std::vector<bool>& has_time) {
  if (!target_.refused.empty()) return fail(Code::kTooLarge, target_.refused);
  auto request = make_request();
  if (!request) return fail(std::move(request.error()));
  auto response = fetcher.fetch(*request, std::move(stop));
  if (!response) return fail(std::move(response.error()));
  if (response->status != 200) {
    return fail(Code::kUnavailable,
                "server returned HTTP status " + std::to_string(response->status));
  }
  auto format = ingest::prometheus::classify_scrape(response->content_type,
                                                    target_.job->fallback_scrape_protocol);
  if (!format && response->content_type.starts_with("text/html")) {
    return fail(Code::kInvalidArgument, "answered HTML and not metrics (text/html): is the path right?");
  }
  if (!format) return fail(std::move(format.error()));
  return ingest::prometheus::decode_text(response->body,
                                         {.format = *format,
                                          .default_time_ms = time_ms,
                                          .honor_timestamps = target_.job->honor_timestamps},
                                         batch, &has_time);
}

Result<> ScrapeLoop::check_limits(std::span<const model::Label> labels) const {
  const ScrapeLimits& limits = target_.job->limits;
  const model::Label* name = find(labels, "__name__");
  const std::string of = name == nullptr ? std::string() : " by " + std::string(name->value.substr(0, 100));
  const auto too_long = [&](const char* limit, uint64_t most, std::string_view label, size_t bytes) {
    return fail(Code::kTooLarge, std::string(limit) + " " + std::to_string(most) + " exceeded" + of + ": label " +
                                     std::string(label.substr(0, 100)) + ", " + std::to_string(bytes) + " bytes");
  };
  if (limits.labels > 0 && labels.size() > limits.labels) {
    return fail(Code::kTooLarge, "label_limit " + std::to_string(limits.labels) + " exceeded" + of + ": " + std::to_string(labels.size()) + " labels");
  }
  for (const model::Label& label : labels) {
    if (limits.label_name_bytes > 0 && label.name.size() > limits.label_name_bytes) {
      return too_long("label_name_length_limit", limits.label_name_bytes, label.name, label.name.size());
    }
    if (limits.label_value_bytes > 0 && label.value.size() > limits.label_value_bytes) {
      return too_long("label_value_length_limit", limits.label_value_bytes, label.name, label.value.size());
    }
  }
  return {};
}

Result<bool> ScrapeLoop::finish_labels(std::span<const model::Label> target_labels,
                                       model::SeriesSamples& series, model::Batch& batch) {
  std::vector<model::Label>& merged = merged_;
  merged.clear();
  conflicts_.clear();
  for (const model::Label& label : series.labels) {
    const bool conflict = find(target_labels, label.name) != nullptr;
    (conflict && !target_.job->honor_labels ? conflicts_ : merged).push_back(label);
  }
  for (const model::Label& label : target_labels) {
    if (!target_.job->honor_labels || find(merged, label.name) == nullptr) merged.push_back(label);
  }
  if (!conflicts_.empty()) resolve_conflicts(conflicts_, series.labels, merged, batch.arena);
  std::ranges::sort(merged, {}, &model::Label::name);
  if (!target_.job->metric_relabel_rules.empty()) {
    LabelSet labels;
    for (const model::Label& label : merged) labels.set(label.name, label.value);
    if (!relabel(target_.job->metric_relabel_rules, labels) || labels.empty()) return false;
    if (!labels.has("__name__")) {
      return fail(Code::kInvalidArgument, "metric_relabel_configs left a series without a name");
    }
    const auto copied = copy_labels(labels, batch.arena);
    merged.assign(copied.begin(), copied.end());
  }
  if (auto within = check_limits(merged); !within) return fail(std::move(within.error()));
  series.labels = batch.arena.copy_array(std::span<const model::Label>(merged));
  return true;
}

Result<> ScrapeLoop::finish_series(model::Batch& batch, const std::vector<bool>& has_time,
                                   Outcome& outcome) {
  outcome.scraped = batch.series.size();
  hops_.saw(batch.series, batch.metadata);
  // The batch may live longer than this loop: it gets its own copy of the target's labels.
  const std::span<const model::Label> target_labels = copy_labels(target_.labels, batch.arena);
  const uint64_t sample_limit = target_.job->limits.samples;
  size_t kept = 0;
  size_t next_exemplar = 0, kept_exemplars = 0;  // they are in the order of their series
  for (size_t i = 0; i < batch.series.size(); ++i) {
    model::SeriesSamples series = batch.series[i];
    const bool has_exemplar = next_exemplar < batch.exemplars.size() && batch.exemplars[next_exemplar].series.data() == series.labels.data();
    const size_t exemplar = next_exemplar;
    next_exemplar += has_exemplar ? 1 : 0;
    auto wanted = finish_labels(target_labels, series, batch);
    if (!wanted) return fail(std::move(wanted.error()));
    if (!*wanted) continue;
    if (sample_limit > 0 && kept >= sample_limit) {
      return fail(Code::kTooLarge,
                  "sample_limit " + std::to_string(sample_limit) + " exceeded: the answer has " + std::to_string(batch.series.size()) + " samples");
    }
    batch.series[kept++] = series;
    if (has_exemplar) batch.exemplars[kept_exemplars++] = {series.labels, batch.exemplars[exemplar].exemplars};
    const bool tracked = !has_time[i] || target_.job->track_timestamps_staleness;
    if (seen_.see(series.labels, tracked)) ++outcome.added;
  }
  batch.series.resize(kept);
  batch.exemplars.resize(kept_exemplars);
  outcome.kept = kept;
  return {};
}

SeenSeries::Gone ScrapeLoop::stale_markers(int64_t time_ms, model::Batch& batch) {
  return [time_ms, &batch](std::string_view key) {
    auto samples = batch.arena.make_array<model::Sample>(1);
    samples[0] = {time_ms, model::stale_marker()};
    batch.series.push_back({labels_of(key, batch.arena), samples});
  };
}

void ScrapeLoop::add_report(model::Batch& batch, std::string_view name, int64_t time_ms,
                            double value) const {
  LabelSet labels = target_.labels;
  labels.set("__name__", name);
  auto samples = batch.arena.make_array<model::Sample>(1);
  samples[0] = {time_ms, value};
  batch.series.push_back({copy_labels(labels, batch.arena), samples});
}

void ScrapeLoop::add_reports(model::Batch& batch, int64_t time_ms, bool up, int64_t duration_ns,
                             const Outcome& outcome) const {
  const auto count = [](uint64_t n) { return static_cast<double>(n); };
  add_report(batch, "up", time_ms, up ? 1 : 0);
  add_report(batch, "scrape_duration_seconds", time_ms,
             static_cast<double>(duration_ns) / static_cast<double>(base::kNanosPerSecond));
  add_report(batch, "scrape_samples_scraped", time_ms, count(outcome.scraped));
  add_report(batch, "scrape_samples_post_metric_relabeling", time_ms, count(outcome.kept));
  add_report(batch, "scrape_series_added", time_ms, count(outcome.added));
}

model::Batch ScrapeLoop::scrape_once(Fetcher& fetcher, const base::Clock& clock, int64_t time_ms,
                                     std::stop_token stop) {
  model::Batch batch;
  std::vector<bool> has_time;
  Outcome outcome;
  const base::UnixNanos began = clock.now();
  const int64_t begin = clock.steady();
  Result<> result = fetch_and_decode(fetcher, std::move(stop), time_ms, batch, has_time);
  const int64_t duration = clock.steady() - begin;
  if (result) result = finish_series(batch, has_time, outcome);
  if (!result) {
    batch.series.clear();
    batch.exemplars.clear();
    batch.metadata.clear();
    outcome.kept = outcome.added = 0;
    // Of a target that does not answer `up` says enough; what another one answered was refused.
    const Code code = result.error().code;
    if (code != Code::kUnavailable && code != Code::kDeadlineExceeded && code != Code::kCancelled) {
      batch.reject(base::code_name(code), target_.url + ": " + result.error().message);
    }
  }
  seen_.end_scrape(result.has_value(), stale_markers(time_ms, batch));
  add_reports(batch, time_ms, result.has_value(), duration, outcome);
  reported_ = true;

  std::lock_guard lock(mu_);
  status_.health = result ? Health::kUp : Health::kDown;
  status_.last_scrape = began;
  status_.last_duration_ns = duration;
  status_.last_error = result ? std::string() : result.error().message;
  status_.samples = outcome.kept;
  status_.answered_by_several = hops_.found();
  return batch;
}

model::Batch ScrapeLoop::end(int64_t time_ms) {
  model::Batch batch;
  seen_.clear(stale_markers(time_ms, batch));
  if (reported_) {
    for (std::string_view name : {"up", "scrape_duration_seconds", "scrape_samples_scraped",
                                  "scrape_samples_post_metric_relabeling", "scrape_series_added"}) {
      add_report(batch, name, time_ms, model::stale_marker());
    }
  }
  reported_ = false;
  return batch;
}

}  // namespace tripod::scrape
