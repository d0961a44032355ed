// Spans counted by what they are: calls and durations of each group of like spans.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/metrics.h"
#include "model/batch.h"
#include "pipeline/spanmetrics/series_writer.h"
#include "pipeline/spanmetrics/span_facts.h"

namespace tripod::pipeline::spanmetrics {

// What tells groups apart.
struct GroupKey {
  std::string_view service, name, environment, version, route, db_system;
  int64_t http_status = 0;
  model::SpanKind kind = model::SpanKind::kUnspecified;
  model::StatusCode status = model::StatusCode::kUnset;
  model::SpanSource source = model::SpanSource::kOtel;

  bool operator==(const GroupKey&) const = default;
  uint64_t hash() const;
};

struct GroupKeyHash {
  size_t operator()(const GroupKey& key) const { return key.hash(); }
};

struct GroupLimits {
  size_t per_service = 400;  // groups of one service
  size_t in_all = 3000;
  size_t services = 200;
};

// Not thread-safe. Beyond its limits spans are counted under span_name "__overflow__" of their service, of services beyond theirs under
// service "__overflow__": sums stay exact.
class SpanGroups {
 public:
  // Spans of one batch, counted for themselves. Keys are views into the batch.
  struct Counted {
    DurationHistogram durations;
    Example example;
  };
  using Tally = std::unordered_map<GroupKey, Counted, GroupKeyHash>;

  // `overflow` counts spans beyond the limits.
  SpanGroups(GroupLimits limits, base::Counter& overflow) : limits_(limits), overflow_(overflow) {}

  static void count(const model::Span& span, const ResourceFacts& resource, const SpanFacts& facts, Tally& tally);
  // Groups that are new begin at `zero_ms`.
  void add(const Tally& tally, int64_t zero_ms);
  // Whether OpenTelemetry's spans of the service were seen since the start.
  bool is_traced_by_otel(std::string_view service) const;

  void write(SeriesWriter& writer);
  // What was last written is stored: groups that were not counted for long are gone.
  void written();
  size_t size() const { return groups_.size(); }

 private:
  struct Group {
    std::vector<std::string> texts;  // what the key's views point into
    GroupKey key;
    std::string http_status;
    DurationHistogram durations;
    Example example;
    Emission emission;
    bool is_overflow = false;
    bool ends = false;  // as last written
  };
  struct Service {
    size_t groups = 0;
    bool has_otel = false;
  };
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  Group& group_of(const GroupKey& key, uint64_t spans, int64_t zero_ms);
  Group& make(const GroupKey& key, int64_t zero_ms);
  static void write(SeriesWriter& writer, const Group& group);

  const GroupLimits limits_;
  base::Counter& overflow_;
  std::unordered_map<GroupKey, std::unique_ptr<Group>, GroupKeyHash> groups_;
  size_t overflow_groups_ = 0;
  std::unordered_map<std::string, Service, TextHash, std::equal_to<>> services_;
};

}  // namespace tripod::pipeline::spanmetrics
