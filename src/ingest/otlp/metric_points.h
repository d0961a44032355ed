// One OTLP data point of any kind. Internal to this folder.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ingest/otlp/decode_context.h"

namespace tripod::ingest::otlp {

struct Quantile {
  double quantile = 0;
  double value = 0;
};

// What a data point says; members of other kinds stay empty. Times are unix nanoseconds.
struct Point {
  uint64_t start = 0;  // 0: not said
  uint64_t time = 0;
  uint32_t flags = 0;
  std::optional<double> value;  // number
  uint64_t count = 0;           // histogram, summary
  std::optional<double> sum;
  std::vector<uint64_t> counts;  // histogram: per bucket, not cumulative
  std::vector<double> bounds;
  std::vector<Quantile> quantiles;
  std::vector<protozero::data_view> exemplars;  // messages as they came

  bool stale() const { return (flags & 1) != 0; }  // DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK
  int64_t time_ms() const { return to_ms(time); }
  int64_t start_ms() const { return to_ms(start); }

 private:
  static int64_t to_ms(uint64_t nanos) { return static_cast<int64_t>(nanos / static_cast<uint64_t>(base::kNanosPerMilli)); }
};

// Reads data points; their attributes are pushed to the context. Not thread-safe.
class PointReader {
 public:
  explicit PointReader(DecodeContext& context) : context_(context) {}
  // Overwrites `point`, reusing its memory. Throws protozero::exception on malformed bytes.
  void read(MetricField kind, protozero::data_view message, Point& point);

 private:
  void read_number(protozero::data_view message, Point& point);
  void read_histogram(protozero::data_view message, Point& point);
  void read_summary(protozero::data_view message, Point& point);

  template <class T>
  void push(T value, std::vector<T>& to) {
    if (context_.charge(sizeof(T))) to.push_back(value);
  }
  template <class Range, class T>
  void append(const Range& packed, std::vector<T>& to) {
    for (const T value : packed) push(value, to);
  }

  DecodeContext& context_;
};

}  // namespace tripod::ingest::otlp
