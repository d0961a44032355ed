#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/hash.h"
#include "ingest/otlp/decode_context.h"
#include "ingest/otlp/decoder.h"
#include "ingest/naming/prometheus_names.h"
#include "ingest/otlp/metric_points.h"
#include "ingest/otlp/series_builder.h"

namespace tripod::ingest::otlp {
namespace {

using model::MetricType;
using model::Sample;

constexpr SignalNames kNames{"ExportMetricsServiceRequest", "resource_metrics", "scope_metrics",
                             "metrics"};

constexpr double kInfinity = std::numeric_limits<double>::infinity();

enum class Temporality : int32_t { kUnspecified = 0, kDelta = 1, kCumulative = 2 };

// A Metric as read, before its points.
struct Metric {
  std::string_view name;
  std::string_view description;
  std::string_view unit;
  MetricField kind{};  // which of the oneof was sent
  std::string_view points;
};

// What Gauge, Sum, Histogram and Summary say besides their points.
struct PointsHeader {
  Temporality temporality = Temporality::kUnspecified;
  bool is_monotonic = false;
  uint64_t count = 0;
};

class MetricsHandler {
 public:
  explicit MetricsHandler(DecodeContext& context) : context_(context), series_(context), points_(context) {}

  void item(std::string_view message) {
    if (!resource_known_) {
      series_.set_resource(context_.resource_attributes());
      resource_known_ = true;
    }
    const Metric metric = read_metric(message);
    if (metric.points.data() == nullptr) return;  // a metric without data is no item
    const PointsHeader header = read_header(metric);
    const Fault* fault = context_.take_fault() ? &kValueTooDeep : unusable(metric, header);
    if (fault != nullptr) {
      if (header.count > 0) context_.reject(*fault, header.count, metric.name);
      return;
    }
    set_names(metric, header.is_monotonic);
    const size_t before = context_.batch().series.size();
    is_delta_ = header.temporality == Temporality::kDelta && (metric.kind == MetricField::kSum || metric.kind == MetricField::kHistogram);
    each_point(metric);
    if (context_.batch().series.size() > before) add_metadata(metric, header);
  }

  void resource_done() {
    if (resource_known_ && latest_ms_ > 0) {
      series_.add_target_info(context_.resource_attributes(), latest_ms_);
    }
    resource_known_ = false;
    latest_ms_ = 0;
  }

 private:
  static constexpr Fault kNoName{"empty_metric_name", "the metric has no usable name"};
  static constexpr Fault kFallingDelta{"unsupported_delta_up_down_counter",
                                "changes of a sum that may fall have no known beginning; set "
                                "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=cumulative"};
  static constexpr Fault kNoTemporality{"invalid_temporality",
                                        "aggregation_temporality is neither delta nor cumulative"};
  static constexpr Fault kExponential{"unsupported_exponential_histogram",
                                      "exponential histograms are not supported; use explicit "
                                      "bucket histograms"};
  static constexpr Fault kNoTime{"missing_timestamp", "the data point has no time"};
  static constexpr Fault kNoValue{"missing_value", "the data point has no value"};
  static constexpr Fault kNegativeDelta{"negative_delta", "a sum that only rises cannot change by less than 0"};
  static constexpr Fault kBadBuckets{"invalid_histogram",
                                     "bucket_counts must be one more than explicit_bounds"};
  static constexpr Fault kBadBounds{"invalid_histogram",
                                    "explicit_bounds must be numbers in rising order"};

  Metric read_metric(std::string_view message) {
    Metric metric;
    for (auto reader = reader_of(message); reader.next();) {
      switch (reader.tag_and_type()) {
        case field(MetricField::kName, kLength):
          metric.name = context_.text(reader.get_view());
          break;
        case field(MetricField::kDescription, kLength):
          metric.description = context_.text(reader.get_view());
          break;
        case field(MetricField::kUnit, kLength):
          metric.unit = context_.text(reader.get_view());
          break;
        case field(MetricField::kGauge, kLength):
        case field(MetricField::kSum, kLength):
        case field(MetricField::kHistogram, kLength):
        case field(MetricField::kExponentialHistogram, kLength):
        case field(MetricField::kSummary, kLength):
          metric.kind = static_cast<MetricField>(reader.tag());
          metric.points = view_of(reader.get_view());
          break;
        default:
          reader.skip();
      }
    }
    return metric;
  }

  static PointsHeader read_header(const Metric& metric) {
    PointsHeader header;
    for (auto reader = reader_of(metric.points); reader.next();) {
      switch (reader.tag_and_type()) {
        case field(PointsField::kDataPoints, kLength):
          ++header.count;
          reader.skip();
          break;
        case field(PointsField::kAggregationTemporality, kVarint):
          header.temporality = static_cast<Temporality>(reader.get_enum());
          break;
        case field(PointsField::kIsMonotonic, kVarint):
          header.is_monotonic = reader.get_bool() && metric.kind == MetricField::kSum;
          break;
        default:
          reader.skip();
      }
    }
    return header;
  }

  const Fault* unusable(const Metric& metric, const PointsHeader& header) const {
    if (metric.kind == MetricField::kExponentialHistogram) return &kExponential;
    if (metric.kind == MetricField::kSum || metric.kind == MetricField::kHistogram) {
      const bool rises = metric.kind == MetricField::kHistogram || header.is_monotonic;
      if (header.temporality == Temporality::kDelta && !rises) return &kFallingDelta;
      if (header.temporality != Temporality::kCumulative && header.temporality != Temporality::kDelta) return &kNoTemporality;
    }
    if (naming::metric_name(metric.name, {}, naming::MetricKind::kOther).empty()) return &kNoName;
    return nullptr;
  }

  void each_point(const Metric& metric) {
    for (auto reader = reader_of(metric.points); !context_.exhausted() && reader.next();) {
      if (reader.tag_and_type() != field(PointsField::kDataPoints, kLength)) {
        reader.skip();
        continue;
      }
      const size_t mark = context_.attributes_mark();
      points_.read(metric.kind, reader.get_view(), point_);
      if (const Fault* fault = unusable(metric.kind, point_)) {
        context_.reject(*fault, 1, metric.name);
      } else {
        series_.begin_point(context_.pushed_attributes(mark));
        const size_t first = context_.batch().series.size();
        add_series(metric.kind);
        if (is_delta_ && !point_.stale()) mark_delta(first);
        add_exemplars(metric.kind, first);
        latest_ms_ = std::max(latest_ms_, point_.time_ms());
      }
      context_.drop_attributes(mark);
    }
  }

  const Fault* unusable(MetricField kind, const Point& point) {
    if (context_.take_fault()) return &kValueTooDeep;
    if (point.time == 0) return &kNoTime;
    if (!std::in_range<int64_t>(point.time)) return &kTimeOutOfRange;
    if (kind == MetricField::kSummary) return nullptr;
    if (kind != MetricField::kHistogram) {
      if (point.stale()) return nullptr;
      if (!point.value) return &kNoValue;
      return is_delta_ && *point.value < 0 ? &kNegativeDelta : nullptr;
    }
    if (!point.counts.empty() && point.counts.size() != point.bounds.size() + 1) {
      return &kBadBuckets;
    }
    for (size_t i = 0; i < point.bounds.size(); ++i) {
      const bool rises = i == 0 || point.bounds[i - 1] < point.bounds[i];
      if (std::isnan(point.bounds[i]) || !rises) return &kBadBounds;
    }
    return nullptr;
  }

  // The names of the series that points of this metric become.
  void set_names(const Metric& metric, bool is_monotonic) {
    naming::MetricKind kind = naming::MetricKind::kOther;
    if (metric.kind == MetricField::kGauge) kind = naming::MetricKind::kGauge;
    if (is_monotonic) kind = naming::MetricKind::kMonotonicSum;
    const std::string name = naming::metric_name(metric.name, metric.unit, kind);
    name_ = context_.copy(name);
    if (metric.kind == MetricField::kHistogram || metric.kind == MetricField::kSummary) {
      sum_name_ = context_.copy(name + "_sum");
      count_name_ = context_.copy(name + "_count");
    }
    if (metric.kind == MetricField::kHistogram) bucket_name_ = context_.copy(name + "_bucket");
  }

  Sample sample(double value) const {
    return {point_.time_ms(), point_.stale() ? model::stale_marker() : value};
  }

  void add_series(MetricField kind) {
    if (kind == MetricField::kGauge || kind == MetricField::kSum) {
      series_.add(name_, sample(point_.value.value_or(0)));
      return;
    }
    if (point_.sum) series_.add(sum_name_, sample(*point_.sum));
    series_.add(count_name_, sample(static_cast<double>(point_.count)));
    for (const Quantile& q : point_.quantiles) {
      series_.add(name_, sample(q.value), {"quantile", context_.copy(naming::bound_text(q.quantile))});
    }
    if (kind == MetricField::kHistogram) add_buckets();
  }

  // All series of the point say how much they grew.
  void mark_delta(size_t first) {
    model::Batch& batch = context_.batch();
    const std::string_view bounds(reinterpret_cast<const char*>(point_.bounds.data()), point_.bounds.size() * sizeof(double));
    const uint64_t shape = bounds.empty() ? 0 : base::hash64(bounds);
    const size_t count = batch.series.size() - first;
    if (count == 0 || !context_.charge(sizeof(model::DeltaPoint))) return;
    batch.deltas.push_back({static_cast<uint32_t>(first), static_cast<uint32_t>(count), shape, point_.start_ms()});
  }

  // As in Prometheus: of a sum's series, and of the bucket that the value falls in. Other series have none.
  void add_exemplars(MetricField kind, size_t first) {
    const size_t end = context_.batch().series.size();
    const bool can_have = (kind == MetricField::kSum || kind == MetricField::kHistogram) && end > first && !context_.exhausted();
    for (const protozero::data_view& message : point_.exemplars) {
      const auto exemplar = can_have ? series_.read_exemplar(message, point_.time_ms()) : std::nullopt;
      if (!exemplar) {
        context_.batch().add_unkept("exemplar");
        continue;
      }
      const auto bound = static_cast<size_t>(std::ranges::lower_bound(point_.bounds, exemplar->value) - point_.bounds.begin());
      series_.add_exemplar(kind == MetricField::kSum ? first : std::min(first_bucket_ + bound, end - 1), *exemplar);
    }
  }

  void add_buckets() {
    set_bound_texts();
    first_bucket_ = context_.batch().series.size();
    uint64_t cumulative = 0;
    for (size_t i = 0; i + 1 < point_.counts.size() && !context_.exhausted(); ++i) {
      if (point_.bounds[i] == kInfinity) break;  // the same as the bucket that always follows
      cumulative += point_.counts[i];
      series_.add(bucket_name_, sample(static_cast<double>(cumulative)), {"le", bound_texts_[i]});
    }
    series_.add(bucket_name_, sample(static_cast<double>(point_.count)), {"le", "+Inf"});
  }

  // Points of one metric nearly always have the bounds of the point before: their texts are shared.
  void set_bound_texts() {
    if (point_.bounds == text_bounds_) return;
    text_bounds_ = point_.bounds;
    bound_texts_.clear();
    for (double bound : text_bounds_) bound_texts_.push_back(context_.copy(naming::bound_text(bound)));
  }

  void add_metadata(const Metric& metric, const PointsHeader& header) {
    model::MetricMetadata metadata;
    metadata.family = name_;
    metadata.help = metric.description;
    metadata.unit = metric.unit;
    metadata.type = MetricType::kGauge;
    if (header.is_monotonic) metadata.type = MetricType::kCounter;
    if (metric.kind == MetricField::kHistogram) metadata.type = MetricType::kHistogram;
    if (metric.kind == MetricField::kSummary) metadata.type = MetricType::kSummary;
    if (context_.charge(sizeof(metadata))) context_.batch().metadata.push_back(metadata);
  }

  DecodeContext& context_;
  SeriesBuilder series_;
  PointReader points_;
  bool resource_known_ = false;
  int64_t latest_ms_ = 0;  // of the current resource's points
  // of the metric and point being read
  std::string_view name_;
  std::string_view sum_name_;
  std::string_view count_name_;
  std::string_view bucket_name_;
  bool is_delta_ = false;
  size_t first_bucket_ = 0;  // of the point's series in the batch
  Point point_;
  std::vector<double> text_bounds_;
  std::vector<std::string_view> bound_texts_;
};

}  // namespace

base::Result<> decode_metrics(std::shared_ptr<const std::string> body, model::Batch& batch,
                              const Limits& limits) {
  return run_decode<MetricsHandler>({std::move(body), {}}, batch, limits, kNames);
}

base::Result<> decode_metrics_json(std::shared_ptr<const std::string> body, model::Batch& batch,
                                   const Limits& limits) {
  return run_decode_json<MetricsHandler>(body, kMetricsRequest, batch, limits, kNames);
}

}  // namespace tripod::ingest::otlp
