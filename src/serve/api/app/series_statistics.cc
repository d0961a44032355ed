// How the active series spread over metrics, labels and values, since yesterday; who sends them; what nobody asked for.
#include <algorithm>
#include <map>

#include "base/json_writer.h"
#include "query/promql/parser.h"
#include "serve/api/app/routes.h"
#include "serve/api/request_range.h"

namespace tripod::serve::app {

using base::Code;
using base::JsonWriter;
using base::Result;
using store::Cardinality;

namespace {

constexpr int kDefaultLimit = 10;
constexpr int kMostLimit = 1000;
// Of each list of memory and of each block: what is looked through for yesterday's numbers and for jobs.
constexpr size_t kMostCounted = 1000;
constexpr size_t kBytesPerCount = 256;
constexpr int64_t kDayMs = base::kNanosPerDay / base::kNanosPerMilli;

using Counts = std::vector<Cardinality::Count>;

// Series, or values of a label, of yesterday, by name and value.
class Yesterday {
 public:
  // `then`: what is compared with; null: nothing.
  Yesterday(const Counts* then, uint64_t Cardinality::Count::*number) : is_known_(then != nullptr) {
    if (then == nullptr) return;
    is_whole_ = then->size() < kMostCounted;
    for (const Cardinality::Count& count : *then) counts_[{count.name, count.value}] = count.*number;
  }

  // Nothing where it is not known: among the small ones that were cut off.
  void write(JsonWriter& w, const Cardinality::Count& now) const {
    w.key("yesterday");
    const auto found = counts_.find({now.name, now.value});
    if (found != counts_.end()) w.uint64(found->second);
    else if (is_known_ && is_whole_) w.uint64(0);
    else w.null();
  }

 private:
  const bool is_known_;
  bool is_whole_ = false;
  std::map<std::pair<std::string_view, std::string_view>, uint64_t> counts_;
};

// The block that has the moment a day ago, else the newest one of the day before that. Null: none.
const Cardinality* block_of_yesterday(const std::vector<Cardinality>& counted, int64_t now_ms) {
  const int64_t then = now_ms - kDayMs;
  const Cardinality* found = nullptr;
  for (const Cardinality& block : counted) {
    if (block.in_memory || block.range.start > then || block.range.end < then - kDayMs) continue;
    if (found == nullptr || block.range.end > found->range.end) found = &block;
  }
  return found;
}

class Statistics {
 public:
  Statistics(const Api& api, std::vector<Cardinality> counted, size_t limit)
      : api_(api), counted_(std::move(counted)), now_(counted_.front()), limit_(limit), then_(block_of_yesterday(counted_, api.clock.now() / base::kNanosPerMilli)) {}

  void write(JsonWriter& w) const {
    w.begin_object().field("series", now_.series).field("label_pairs", now_.label_pairs);
    const store::SeriesLimits limits = api_.metrics.stats().series_limits;
    w.key("limits").begin_object().field("all", limits.in_all).field("per_job", limits.per_job).field("per_metric", limits.per_metric).end_object();
    w.key("yesterday");
    if (then_ == nullptr) {
      w.null();
    } else {
      w.begin_object().field("series", then_->series).key("start_ns").int64_string(then_->range.start * base::kNanosPerMilli);
      w.key("end_ns").int64_string(then_->range.end * base::kNanosPerMilli).end_object();
    }
    write_metrics(w);
    write_labels(w);
    write_pairs(w);
    write_jobs(w);
    write_unasked(w);
    w.end_object();
  }

 private:
  const Counts* then(Counts Cardinality::*list) const { return then_ == nullptr ? nullptr : &(then_->*list); }
  bool was_asked(const std::string& metric) const {
    const auto* asked = api_.promql.options().asked;
    return asked != nullptr && asked->contains(metric);
  }

  void write_metrics(JsonWriter& w) const {
    const Yesterday yesterday(then(&Cardinality::metrics), &Cardinality::Count::series);
    w.key("metrics").begin_array();
    for (size_t i = 0; i < std::min(limit_, now_.metrics.size()); ++i) {
      const auto& metric = now_.metrics[i];
      w.begin_object().field("name", metric.name).field("series", metric.series);
      yesterday.write(w, metric);
      w.field("asked", was_asked(metric.name)).end_object();
    }
    w.end_array();
  }

  void write_labels(JsonWriter& w) const {
    const Yesterday yesterday(then(&Cardinality::labels), &Cardinality::Count::values);
    w.key("labels").begin_array();
    for (size_t i = 0; i < std::min(limit_, now_.labels.size()); ++i) {
      const auto& label = now_.labels[i];
      w.begin_object().field("name", label.name).field("values", label.values).field("series", label.series).field("bytes", label.bytes);
      yesterday.write(w, label);
      w.end_object();
    }
    w.end_array();
  }

  void write_pairs(JsonWriter& w) const {
    const Yesterday yesterday(then(&Cardinality::pairs), &Cardinality::Count::series);
    w.key("pairs").begin_array();
    size_t written = 0;
    for (const auto& pair : now_.pairs) {
      if (pair.name == "__name__") continue;  // among the metrics
      if (written++ == limit_) break;
      w.begin_object().field("name", pair.name).field("value", pair.value).field("series", pair.series);
      yesterday.write(w, pair);
      w.end_object();
    }
    w.end_array();
  }

  void write_jobs(JsonWriter& w) const {
    const Yesterday yesterday(then(&Cardinality::pairs), &Cardinality::Count::series);
    const auto senders = api_.ledger.series_senders();
    w.key("jobs").begin_array();
    size_t written = 0;
    for (const auto& pair : now_.pairs) {
      if (pair.name != "job") continue;
      if (written++ == limit_) break;
      w.begin_object().field("name", pair.value).field("series", pair.series);
      yesterday.write(w, pair);
      w.key("senders").begin_array();
      for (const pipeline::SeriesSender& sender : senders.list) {
        if (sender.job != pair.value) continue;
        w.begin_object().field("protocol", sender.protocol).field("peer", sender.peer).key("last_ns").int64_string(sender.last).end_object();
      }
      w.end_array().end_object();
    }
    w.end_array().field("senders_are_complete", senders.is_complete);
  }

  void write_unasked(JsonWriter& w) const {
    const auto* asked = api_.promql.options().asked;
    w.key("never_asked").begin_object().key("since_ns").int64_string(api_.started);
    w.field("questions_without_name", asked == nullptr ? uint64_t{0} : asked->without_name()).field("is_complete", asked != nullptr && !asked->is_full());
    uint64_t count = 0;
    w.key("metrics").begin_array();
    for (const auto& metric : now_.metrics) {
      if (was_asked(metric.name)) continue;
      if (count++ < limit_) w.begin_object().field("name", metric.name).field("series", metric.series).end_object();
    }
    w.end_array().field("count", count).end_object();
  }

  const Api& api_;
  const std::vector<Cardinality> counted_;
  const Cardinality& now_;
  const size_t limit_;
  const Cardinality* then_;
};

Result<HttpResponse> series_statistics(const Api& api, const HttpRequest& request) {
  const auto limit = int_parameter(request, "limit", kDefaultLimit, 1, kMostLimit);
  if (!limit) return base::fail(limit.error());
  std::vector<store::LabelMatcher> matchers;
  if (const std::string_view text = request.parameter("match"); !text.empty()) {
    auto parsed = query::promql::parse_selector(text);
    if (!parsed) return base::fail(std::move(parsed.error()));
    matchers = std::move(*parsed);
  }
  const auto memory = api.memory.try_charge((api.metrics.stats().blocks + 1) * 3 * kMostCounted * kBytesPerCount);
  if (!memory) return base::fail(Code::kResourceExhausted, "there is no memory to count series at the moment");
  auto counted = api.metrics.cardinality(matchers, kMostCounted);
  if (!counted) return base::fail(std::move(counted.error()));
  if (counted->empty()) return base::fail(Code::kInternal, "the store counted nothing");
  std::string body;
  JsonWriter w(body);
  Statistics(api, std::move(*counted), static_cast<size_t>(*limit)).write(w);
  return HttpResponse::json(std::move(body));
}

}  // namespace

void add_series_routes(Router& router, const Api& api) {
  add(router, Method::kGet, "/series_statistics", Access::kRead, [api](const HttpRequest& r) { return series_statistics(api, r); });
}

}  // namespace tripod::serve::app
