// The large set of metrics: 2,000 targets of 150 series as django-prometheus and prometheus_client make them, a sample of each every 15 s
// up to a given time, remote write of 10,000 samples a request; of the first 40 targets six hours of history before. The same for the same
// seed and end. https://prometheus.io/docs/specs/prw/remote_write_spec/
#include <algorithm>
#include <array>
#include <vector>

#include <protozero/pbf_writer.hpp>
#include <protozero/varint.hpp>
#include <snappy.h>

#include "load.h"

namespace tripod::bench {

namespace {

constexpr size_t kTargets = 2000;
constexpr size_t kTargetsPerJob = 100;
constexpr size_t kTargetsWithHistory = 40;
constexpr size_t kViews = 6;
constexpr size_t kStatuses = 4;
constexpr size_t kSamplesPerBody = 10'000;
constexpr int64_t kStepMs = 15'000;
constexpr int64_t kHistoryMs = 6 * int64_t{3'600'000};

constexpr std::array<std::string_view, 13> kBounds = {"0.01", "0.025", "0.05", "0.075", "0.1", "0.25", "0.5", "0.75", "1.0", "2.5", "5.0", "7.5", "+Inf"};
// Of a thousand requests, how many take at most the bound.
constexpr std::array<uint64_t, 13> kWithin = {120, 400, 700, 810, 870, 950, 975, 985, 990, 996, 998, 999, 1000};
constexpr std::array<std::string_view, kViews> kViewNames = {"shop:index", "shop:product", "shop:search", "cart:checkout", "accounts:login", "api:orders"};
constexpr std::array<std::string_view, kViews> kMethods = {"GET", "GET", "GET", "POST", "POST", "GET"};
// Requests a view has at most in 15 s.
constexpr std::array<uint64_t, kViews> kTraffic = {40, 25, 12, 4, 2, 8};
constexpr std::array<std::string_view, kStatuses> kStatusNames = {"200", "302", "404", "500"};
// A counter or a gauge of the process.
constexpr std::array<std::string_view, 36> kOthers = {
    "django_http_requests_before_middlewares_total", "django_http_responses_before_middlewares_total", "django_db_new_connections_total",
    "django_db_new_connection_errors_total", "django_db_execute_total", "django_db_execute_many_total", "django_db_errors_total",
    "django_db_query_duration_seconds_sum", "django_db_query_duration_seconds_count", "django_cache_get_total", "django_cache_get_hits_total",
    "django_cache_get_misses_total", "django_cache_get_fail_total", "django_model_inserts_total", "django_model_updates_total",
    "django_model_deletes_total", "django_http_ajax_requests_total", "django_http_exceptions_total_by_type_total", "django_migrations_applied_total",
    "django_migrations_unapplied_total", "python_gc_objects_collected_total", "python_gc_objects_uncollectable_total", "python_gc_collections_total",
    "process_cpu_seconds_total", "process_virtual_memory_bytes", "process_resident_memory_bytes", "process_start_time_seconds", "process_open_fds",
    "process_max_fds", "up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling", "scrape_series_added",
    "python_info", "django_http_requests_body_total_bytes_sum"};

enum class Kind : uint8_t { kBuckets, kCounter, kSeconds, kResident, kConstant, kDuration };

struct Labels {
  std::string bytes;  // the encoded label messages
  void add(std::string_view name, std::string_view value) {
    protozero::pbf_writer writer(bytes);
    protozero::pbf_writer label(writer, 1);
    label.add_string(1, name.data(), name.size());
    label.add_string(2, value.data(), value.size());
  }
};

struct Series {
  std::string labels;
  Kind kind = Kind::kCounter;
  uint64_t part = 0;     // of a thousand requests of the view, how many are counted
  uint64_t traffic = 0;  // steps at most
  double value = 0;
};

class Target {
 public:
  Target(size_t number, uint64_t seed) : random_(seed * 1'000'003 + number), has_history_(number < kTargetsWithHistory) {
    instance_ = "10." + std::to_string(number / 250) + ".0." + std::to_string(number % 250) + ":8000";
    job_ = "django-" + std::to_string(number / kTargetsPerJob);
    for (size_t view = 0; view < kViews; ++view) add_view(view);
    for (size_t i = 0; i < kOthers.size(); ++i) add_other(i);
  }

  bool has_history() const { return has_history_; }
  size_t series() const { return series_.size(); }

  // Adds one sample of each series to the request. A fifth of the targets has a jitter of milliseconds.
  void append_round(int64_t time_ms, std::string& out) {
    std::array<uint64_t, kViews> requests{};
    for (size_t view = 0; view < kViews; ++view) requests[view] = random_.one_in(3) ? 0 : random_.below(kTraffic[view]);
    size_t index = 0;
    for (Series& series : series_) {
      const size_t view = index++ / kPerView;
      advance(series, view < kViews ? requests[view] : 0);
      append(series, time_ms, out);
    }
  }

 private:
  static constexpr size_t kPerView = kBounds.size() + 2 + kStatuses;

  Series& add(std::string_view name, std::initializer_list<std::pair<std::string_view, std::string_view>> more) {
    Labels labels;
    labels.add("__name__", name);
    labels.add("instance", instance_);
    labels.add("job", job_);
    for (const auto& [label, value] : more) labels.add(label, value);
    series_.push_back({.labels = std::move(labels.bytes)});
    return series_.back();
  }

  void add_view(size_t view) {
    const auto name = kViewNames[view];
    const auto method = kMethods[view];
    for (size_t i = 0; i < kBounds.size(); ++i) {
      Series& bucket = add("django_http_requests_latency_seconds_by_view_method_bucket", {{"le", kBounds[i]}, {"method", method}, {"view", name}});
      bucket.kind = Kind::kBuckets;
      bucket.part = kWithin[i];
    }
    add("django_http_requests_latency_seconds_by_view_method_sum", {{"method", method}, {"view", name}}).kind = Kind::kSeconds;
    Series& count = add("django_http_requests_latency_seconds_by_view_method_count", {{"method", method}, {"view", name}});
    count.kind = Kind::kBuckets;
    count.part = 1000;
    for (size_t i = 0; i < kStatuses; ++i) {
      Series& status = add("django_http_responses_total_by_status_view_method_total", {{"method", method}, {"status", kStatusNames[i]}, {"view", name}});
      status.kind = Kind::kBuckets;
      status.part = std::array<uint64_t, kStatuses>{950, 30, 15, 5}[i];
    }
  }

  void add_other(size_t i) {
    const std::string_view name = kOthers[i];
    Series& series = name.starts_with("django_db") ? add(name, {{"alias", "default"}, {"vendor", "postgresql"}})
                     : name.starts_with("django_cache") ? add(name, {{"backend", "redis"}})
                     : name.starts_with("django_model") ? add(name, {{"model", "order"}})
                     : name.starts_with("django_migr") ? add(name, {{"connection", "default"}})
                     : name.starts_with("python_gc") ? add(name, {{"generation", "0"}})
                                                     : add(name, {});
    if (name == "process_resident_memory_bytes") series.kind = Kind::kResident;
    else if (name == "scrape_duration_seconds") series.kind = Kind::kDuration;
    else if (name == "process_cpu_seconds_total" || name.ends_with("_seconds_sum")) series.kind = Kind::kSeconds;
    else if (name.ends_with("_total") && !name.contains("error") && !name.contains("migrations")) series.kind = Kind::kCounter;
    else series.kind = Kind::kConstant;
    series.value = series.kind == Kind::kConstant ? static_cast<double>(i) : 0;
    series.traffic = 1 + i % 7 * 10;
  }

  void advance(Series& series, uint64_t requests) {
    switch (series.kind) {
      case Kind::kBuckets:
        for (uint64_t i = 0; i < requests; ++i) {
          // The same request is in all buckets above its time: a hash of it and of the view decides, not a draw of each bucket's own.
          if ((requests * 2'654'435'761U + i * 40'503 + 17) % 1000 < series.part) series.value += 1;
        }
        return;
      case Kind::kCounter:
        if (!random_.one_in(4)) series.value += static_cast<double>(random_.below(series.traffic));
        return;
      case Kind::kSeconds:
        series.value += static_cast<double>(random_.below(2000)) / 1000;
        return;
      case Kind::kResident:
        series.value = 100e6 + static_cast<double>(random_.below(4096)) * 4096;
        return;
      case Kind::kDuration:
        series.value = static_cast<double>(5000 + random_.below(20'000)) / 1e6;
        return;
      case Kind::kConstant:
        return;
    }
  }

  void append(const Series& series, int64_t time_ms, std::string& out) {
    sample_.clear();
    {
      protozero::pbf_writer writer(sample_);
      protozero::pbf_writer sample(writer, 2);
      sample.add_double(1, series.value);
      sample.add_int64(2, time_ms);
    }
    out += '\x0a';
    protozero::write_varint(std::back_inserter(out), series.labels.size() + sample_.size());
    out += series.labels;
    out += sample_;
  }

  Random random_;
  const bool has_history_;
  std::string instance_;
  std::string job_;
  std::vector<Series> series_;
  std::string sample_;
};

class LargeMetrics final : public Source {
 public:
  explicit LargeMetrics(const SourceOptions& options)
      : headers_("Content-Type: application/x-protobuf\r\nContent-Encoding: snappy\r\nX-Prometheus-Remote-Write-Version: 0.1.0\r\nX-Tripod-Key: " + options.key +
                 "\r\n"),
        end_ms_(options.end / 1'000'000),
        from_ms_(end_ms_ - static_cast<int64_t>(options.lines - 1) * kStepMs),
        time_ms_(std::min(from_ms_, end_ms_ - kHistoryMs)) {
    // Each connection has targets of its own, as Prometheus's shards have series, so that samples of a series come in order.
    for (size_t i = static_cast<size_t>(options.connection); i < kTargets; i += static_cast<size_t>(options.connections)) targets_.emplace_back(i, options.seed);
  }

  Body next() override {
    raw_.clear();
    uint64_t samples = 0;
    while (time_ms_ <= end_ms_ && samples < kSamplesPerBody) {
      Target& target = targets_[next_];
      if (time_ms_ >= from_ms_ || target.has_history()) {
        target.append_round(time_ms_, raw_);
        samples += target.series();
      }
      if (++next_ < targets_.size()) continue;
      next_ = 0;
      time_ms_ += kStepMs;
    }
    snappy::Compress(raw_.data(), raw_.size(), &wire_);
    return {.wire = wire_, .units = samples, .raw_bytes = raw_.size()};
  }
  std::string_view headers() const override { return headers_; }
  std::string_view path() const override { return "/api/v1/write"; }

 private:
  const std::string headers_;
  const int64_t end_ms_;
  const int64_t from_ms_;  // of all targets
  int64_t time_ms_;
  std::vector<Target> targets_;
  size_t next_ = 0;
  std::string raw_;
  std::string wire_;
};

}  // namespace

std::unique_ptr<Source> make_large_metrics(const SourceOptions& options) { return std::make_unique<LargeMetrics>(options); }

}  // namespace tripod::bench
