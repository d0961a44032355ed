// Live tail over a websocket: https://grafana.com/docs/loki/latest/reference/loki-http-api/#stream-logs
#include <map>

#include "base/json_writer.h"
#include "query/logql/live_lines.h"
#include "query/logql/parser.h"
#include "serve/api/loki/endpoints.h"
#include "serve/api/request_range.h"
#include "serve/api/tail_feed.h"

namespace tripod::serve::loki {

using base::Code;
using base::JsonWriter;
using base::Result;
using query::logql::LabelStyle;
using query::logql::LiveLines;
using query::tail::TailGap;
using query::tail::TailPlan;
using query::tail::TailRow;

namespace {

constexpr int64_t kMostDelay = 5;        // seconds, as Loki's
constexpr size_t kMessageBytes = 64u << 10;  // of lines in one message

class LokiFeed final : public TailFeed {
 public:
  LokiFeed(std::shared_ptr<LiveLines> lines, LabelStyle style, const base::Clock& clock)
      : lines_(std::move(lines)), style_(style), clock_(clock) {}

 protected:
  size_t send_rows(std::span<const TailRow> rows, bool) override {
    for (size_t done = 0; done < rows.size();) {
      size_t end = done;
      const std::string message = message_of(rows, end);
      if (!message.empty() && !send(message)) return done;
      done = end;
    }
    return rows.size();
  }
  // Loki lists each entry; of ours, which were never read, the number is known.
  bool send_gap(const TailGap& gap) override {
    std::string body;
    JsonWriter w(body);
    w.begin_object().key("dropped_entries").begin_array().begin_object();
    w.key("labels").begin_object().field("dropped", std::to_string(gap.count)).end_object();
    w.key("timestamp").int64_string(clock_.now()).end_object().end_array().end_object();
    return send(std::move(body));
  }

 private:
  // The rows from `end` on, as many as fit; empty where the pipeline leaves nothing of them.
  std::string message_of(std::span<const TailRow> rows, size_t& end) {
    std::map<query::logql::Labels, std::vector<query::logql::LogEntry>> streams;
    for (size_t bytes = 0; end < rows.size() && bytes < kMessageBytes; ++end) {
      auto found = lines_->read(rows[end].row);
      if (!found) continue;
      bytes += found->second.line.size() + 64;
      streams[std::move(found->first)].push_back(std::move(found->second));
    }
    std::string body;
    if (streams.empty()) return body;
    JsonWriter w(body);
    w.begin_object().key("streams").begin_array();
    for (const auto& [labels, entries] : streams) {
      w.begin_object();
      query::logql::write_json(labels, w.key("stream"));
      w.key("values").begin_array();
      for (const auto& entry : entries) write_entry(w, entry);
      w.end_array().end_object();
    }
    w.end_array();
    if (style_ == LabelStyle::kCategorized) w.key("encodingFlags").begin_array().string("categorize-labels").end_array();
    w.end_object();
    return body;
  }

  void write_entry(JsonWriter& w, const query::logql::LogEntry& entry) const {
    w.begin_array().int64_string(entry.time).string(entry.line);
    if (style_ == LabelStyle::kCategorized) {
      w.begin_object();
      if (!entry.metadata.empty()) query::logql::write_json(entry.metadata, w.key("structuredMetadata"));
      if (!entry.parsed.empty()) query::logql::write_json(entry.parsed, w.key("parsed"));
      w.end_object();
    }
    w.end_array();
  }

  const std::shared_ptr<LiveLines> lines_;
  const LabelStyle style_;
  const base::Clock& clock_;
};

Result<std::shared_ptr<LiveLines>> lines_of(const Api& api, const HttpRequest& request) {
  auto query = query::logql::parse_log_query(request.parameter("query"));
  if (!query) return base::fail(Code::kInvalidArgument, query.error().message);
  const base::UnixNanos now = api.clock.now();
  // Which fields are behind its labels is settled by those of the last day.
  auto fields = api.events.fields(store::Dataset::kLogs, {now - base::kNanosPerDay, INT64_MAX});
  if (!fields) return base::fail(std::move(fields.error()));
  auto lines = LiveLines::compile(*query, query::logql::FieldCatalog(std::move(*fields)), label_style(request), now);
  if (!lines) return base::fail(Code::kInvalidArgument, lines.error().message);
  return std::make_shared<LiveLines>(std::move(*lines));
}

Result<TailPlan> plan_of(const Api& api, const HttpRequest& request, const LiveLines& lines) {
  TailPlan plan;
  plan.sources.push_back({store::Dataset::kLogs, lines.filter(), api.events.durable_sequence(store::Dataset::kLogs)});
  const auto limit = int_parameter(request, "limit", 100, 0, kMostEntries);
  if (!limit) return base::fail(limit.error());
  const auto delay = int_parameter(request, "delay_for", 0, 0, kMostDelay);
  if (!delay) return base::fail(Code::kInvalidArgument, "delay_for can't be greater than " + std::to_string(kMostDelay));
  plan.last = static_cast<size_t>(*limit);
  plan.hold = *delay * base::kNanosPerSecond;
  plan.since = api.clock.now() - base::kNanosPerHour;
  if (const auto start = request.parameter("start"); !start.empty()) {
    const auto since = instant(start, api.clock.now());
    if (!since) return base::fail(Code::kInvalidArgument, "start: " + since.error().message);
    plan.since = *since;
  }
  return plan;
}

}  // namespace

Result<HttpResponse> tail(const Api& api, HttpRequest& request) {
  auto lines = lines_of(api, request);
  if (!lines) return base::fail(std::move(lines.error()));
  auto plan = plan_of(api, request, **lines);
  if (!plan) return base::fail(std::move(plan.error()));
  // The reader uses it as it uses the feed: one call at a time.
  if (!(*lines)->is_all()) plan->counts = [lines = *lines](const store::EventRow& row) { return lines->read(row).has_value(); };
  return HttpResponse{.stream = [&tails = api.tails, &clock = api.clock, lines = *lines, style = label_style(request),
                                 plan = std::move(*plan)](std::shared_ptr<Stream> stream) {
    auto feed = std::make_shared<LokiFeed>(lines, style, clock);
    feed->begin(tails, plan, std::move(stream));
    return feed;
  }};
}

}  // namespace tripod::serve::loki
