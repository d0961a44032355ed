// index/stats, index/volume, index/volume_range: how much there is, before anyone asks for it. Lines are counted; bytes are lines
// times the mean size of a line (query::logql::mean_line_bytes).
#include <algorithm>
#include <cmath>
#include <map>

#include "base/json_writer.h"
#include "serve/api/bounds.h"
#include "serve/api/loki/endpoints.h"
#include "serve/api/request_range.h"

namespace tripod::serve::loki {

using base::Code;
using base::JsonWriter;
using base::Result;
using query::logql::Labels;
using query::logql::StreamRows;

namespace {

constexpr int64_t kDefaultVolumes = 100;
constexpr int64_t kMostVolumes = 5000;
constexpr size_t kMostPoints = 11'000;

uint64_t bytes_of(const StreamRows& stream, const std::map<Labels, double>& means) {
  auto mean = means.find(stream.labels);
  if (mean == means.end()) mean = means.find(Labels{});
  return mean == means.end() ? 0 : static_cast<uint64_t>(std::llround(mean->second * static_cast<double>(stream.lines)));
}

using Volumes = std::map<Labels, std::map<int64_t, uint64_t>>;  // by series and time

// The labels that volumes are told by: targetLabels, or those the selector names; all where it names none.
std::vector<std::string> volume_labels(const HttpRequest& request, const std::vector<query::logql::Matcher>& matchers) {
  if (auto asked = words(request.parameter("targetLabels")); !asked.empty()) return asked;
  std::vector<std::string> out;
  for (const auto& matcher : matchers) {
    if (std::ranges::find(out, matcher.name) == out.end()) out.push_back(matcher.name);
  }
  return out;
}

Result<Volumes> volumes(const Api& api, const HttpRequest& request, int64_t step_width) {
  auto question = stream_question(api, request);
  if (!question) return base::fail(question.error());
  const auto by = request.parameter("aggregateBy");
  if (!by.empty() && by != "series" && by != "labels") return base::fail(Code::kInvalidArgument, "invalid aggregation option: " + std::string(by));
  question->labels = volume_labels(request, question->matchers);
  question->step = step_width;
  const auto streams = query::logql::find_streams(api.events, *question);
  if (!streams) return base::fail(streams.error());
  const auto means = query::logql::mean_line_bytes(api.events, *question);
  if (!means) return base::fail(means.error());
  Volumes out;
  for (const StreamRows& stream : *streams) {
    const uint64_t bytes = bytes_of(stream, *means);
    const int64_t time = step_width == 0 ? question->range.end : stream.bucket;
    if (by == "labels") {
      for (const auto& [name, value] : stream.labels) out[Labels{{name, ""}}][time] += bytes;
    } else if (!stream.labels.empty()) {
      out[stream.labels][time] += bytes;
    }
  }
  return out;
}

// The largest first, `limit` of them.
Result<std::vector<std::pair<Labels, std::map<int64_t, uint64_t>>>> largest(const HttpRequest& request, Volumes volumes) {
  const auto limit = int_parameter(request, "limit", kDefaultVolumes, 1, kMostVolumes);
  if (!limit) return base::fail(limit.error());
  std::vector<std::pair<Labels, std::map<int64_t, uint64_t>>> out(volumes.begin(), volumes.end());
  const auto total = [](const auto& one) {
    uint64_t sum = 0;
    for (const auto& [time, bytes] : one.second) sum += bytes;
    return sum;
  };
  std::ranges::stable_sort(out, [&](const auto& a, const auto& b) { return total(a) > total(b); });
  out.resize(std::min(out.size(), static_cast<size_t>(*limit)));
  return out;
}

void write_point(int64_t time, uint64_t bytes, JsonWriter& w) {
  w.begin_array().float64(static_cast<double>(time / base::kNanosPerMilli) / 1000.0).string(std::to_string(bytes)).end_array();
}

void write_metric(const Labels& labels, JsonWriter& w) { query::logql::write_json(labels, w.key("metric")); }

}  // namespace

Result<HttpResponse> index_stats(const Api& api, HttpRequest& request) {
  request.merge_form_body();
  const auto question = stream_question(api, request);
  if (!question) return base::fail(question.error());
  const auto streams = query::logql::find_streams(api.events, *question);
  if (!streams) return base::fail(streams.error());
  const auto means = query::logql::mean_line_bytes(api.events, *question);
  if (!means) return base::fail(means.error());
  uint64_t lines = 0, bytes = 0;
  for (const StreamRows& stream : *streams) {
    lines += stream.lines;
    bytes += bytes_of(stream, *means);
  }
  std::string body;
  JsonWriter w(body);
  // What chunks are there are streams here: the unit in which lines lie together.
  w.begin_object().field("streams", uint64_t{streams->size()}).field("chunks", uint64_t{streams->size()});
  w.field("entries", lines).field("bytes", bytes).end_object();
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> index_volume(const Api& api, HttpRequest& request) {
  request.merge_form_body();
  auto all = volumes(api, request, 0);
  if (!all) return base::fail(all.error());
  const auto top = largest(request, std::move(*all));
  if (!top) return base::fail(top.error());
  std::string body;
  JsonWriter w(body);
  w.begin_object().field("status", "success").key("data").begin_object().field("resultType", "vector").key("result").begin_array();
  for (const auto& [labels, points] : *top) {
    w.begin_object();
    write_metric(labels, w);
    write_point(points.begin()->first, points.begin()->second, w.key("value"));
    w.end_object();
  }
  w.end_array().end_object().end_object();
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> index_volume_range(const Api& api, HttpRequest& request) {
  request.merge_form_body();
  const auto range = time_range(api, request);
  if (!range) return base::fail(range.error());
  const auto step_width = step(request, *range);
  if (!step_width) return base::fail(step_width.error());
  if (static_cast<size_t>((range->end - range->start) / *step_width) > kMostPoints) {
    return base::fail(Code::kInvalidArgument, "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter");
  }
  auto all = volumes(api, request, *step_width);
  if (!all) return base::fail(all.error());
  const auto top = largest(request, std::move(*all));
  if (!top) return base::fail(top.error());
  std::string body;
  JsonWriter w(body);
  w.begin_object().field("status", "success").key("data").begin_object().field("resultType", "matrix").key("result").begin_array();
  for (const auto& [labels, points] : *top) {
    w.begin_object();
    write_metric(labels, w);
    w.key("values").begin_array();
    for (const auto& [time, bytes] : points) write_point(time, bytes, w);
    w.end_array().end_object();
  }
  w.end_array().end_object().end_object();
  return HttpResponse::json(std::move(body));
}

}  // namespace tripod::serve::loki
