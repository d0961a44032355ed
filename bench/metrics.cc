// Remote write of 10,000 series like django-prometheus's, 2,000 samples a request, a round every 15 s of their own time.
// https://prometheus.io/docs/specs/prw/remote_write_spec/
#include <array>
#include <bit>
#include <vector>

#include <protozero/pbf_writer.hpp>
#include <protozero/varint.hpp>
#include <snappy.h>

#include "load.h"

namespace tripod::bench {

namespace {

constexpr size_t kSeries = 10'000;
constexpr size_t kSamplesPerBody = 2000;
constexpr int64_t kStepMs = 15'000;
constexpr int64_t kHistoryMs = 20 * int64_t{3'600'000};  // how long ago the first round was

constexpr std::array<std::string_view, 13> kBounds = {"0.01", "0.025", "0.05", "0.075", "0.1", "0.25", "0.5", "0.75", "1.0", "2.5", "5.0", "7.5", "+Inf"};

struct Series {
  std::string labels;   // the encoded label messages
  double value = 0;
  bool is_gauge = false;
};

void add_label(protozero::pbf_writer& writer, std::string_view name, std::string_view value) {
  protozero::pbf_writer label(writer, 1);
  label.add_string(1, name.data(), name.size());
  label.add_string(2, value.data(), value.size());
}

// 50 instances of 200 series: histograms by view (13 buckets each), counters, a few gauges.
Series make_series(size_t index) {
  const size_t instance = index / 200;
  const size_t of_instance = index % 200;
  Series out;
  protozero::pbf_writer writer(out.labels);
  const std::string address = "10.0.0." + std::to_string(instance) + ":8000";
  const std::string view = "view_" + std::to_string(of_instance / 13);
  if (of_instance < 156) {
    add_label(writer, "__name__", "django_http_requests_latency_seconds_by_view_method_bucket");
    add_label(writer, "instance", address);
    add_label(writer, "job", "django");
    add_label(writer, "le", kBounds[of_instance % 13]);
    add_label(writer, "method", "GET");
    add_label(writer, "service", "djzen");
    add_label(writer, "view", view);
  } else {
    out.is_gauge = of_instance >= 190;
    add_label(writer, "__name__", out.is_gauge ? "process_resident_memory_bytes" : "django_http_responses_total_by_status_view_method_total");
    add_label(writer, "instance", address);
    add_label(writer, "job", "django");
    add_label(writer, "method", "GET");
    add_label(writer, "service", "djzen");
    add_label(writer, "status", std::to_string(200 + of_instance));
  }
  return out;
}

class Metrics final : public Source {
 public:
  explicit Metrics(const SourceOptions& options)
      : random_(options.seed * 1000 + static_cast<uint64_t>(options.connection)),
        headers_("Content-Type: application/x-protobuf\r\nContent-Encoding: snappy\r\nX-Prometheus-Remote-Write-Version: 0.1.0\r\nX-Tripod-Key: " +
                 options.key + "\r\n"),
        time_ms_(now_nanos() / 1'000'000 - kHistoryMs) {
    // Each connection has series of its own, as Prometheus's shards have, so that samples of a series come in order.
    for (size_t i = static_cast<size_t>(options.connection); i < kSeries; i += static_cast<size_t>(options.connections)) {
      series_.push_back(make_series(i));
    }
  }

  Body next() override {
    raw_.clear();
    uint64_t samples = 0;
    for (; samples < kSamplesPerBody; ++samples) {
      if (next_ == series_.size()) {
        next_ = 0;
        time_ms_ += kStepMs;
      }
      append(series_[next_++]);
    }
    snappy::Compress(raw_.data(), raw_.size(), &wire_);
    return {.wire = wire_, .units = samples, .raw_bytes = raw_.size()};
  }
  std::string_view headers() const override { return headers_; }
  std::string_view path() const override { return "/api/v1/write"; }

 private:
  void append(Series& series) {
    if (series.is_gauge) series.value = 100e6 + static_cast<double>(random_.below(4096)) * 4096;
    else if (!random_.one_in(3)) series.value += static_cast<double>(random_.below(20));
    sample_.clear();
    {
      protozero::pbf_writer writer(sample_);
      protozero::pbf_writer sample(writer, 2);
      sample.add_double(1, series.value);
      sample.add_int64(2, time_ms_ + static_cast<int64_t>(random_.below(3)));
    }
    raw_ += '\x0a';
    protozero::write_varint(std::back_inserter(raw_), series.labels.size() + sample_.size());
    raw_ += series.labels;
    raw_ += sample_;
  }

  Random random_;
  const std::string headers_;
  std::vector<Series> series_;
  size_t next_ = 0;
  int64_t time_ms_;
  std::string sample_;
  std::string raw_;
  std::string wire_;
};

}  // namespace

std::unique_ptr<Source> make_metrics(const SourceOptions& options) { return std::make_unique<Metrics>(options); }

}  // namespace tripod::bench
