// Answers in the shape of Loki's API.
#include <array>
#include <charconv>

#include "query/logql/engine.h"
#include "query/promql/text.h"

namespace tripod::query::logql {

using base::JsonWriter;

namespace {

// Seconds with three decimals at most, as Prometheus's model writes instants.
void write_seconds(int64_t nanos, JsonWriter& json) {
  const int64_t ms = nanos / 1'000'000;
  std::string out = std::to_string(ms / 1000);
  if (ms % 1000 != 0) {
    std::string digits = std::to_string(ms % 1000 + 1000).substr(1);
    while (digits.back() == '0') digits.pop_back();
    out += "." + digits;
  }
  json.raw(out);
}

void write_point(const Point& point, JsonWriter& json) {
  json.begin_array();
  write_seconds(point.time, json);
  json.string(promql::format_value(point.value)).end_array();
}

void write_entry(const LogEntry& entry, LabelStyle style, JsonWriter& json) {
  json.begin_array().int64_string(entry.time).string(entry.line);
  if (style == LabelStyle::kCategorized) {
    json.begin_object();
    if (!entry.metadata.empty()) write_json(entry.metadata, json.key("structuredMetadata"));
    if (!entry.parsed.empty()) write_json(entry.parsed, json.key("parsed"));
    json.end_object();
  }
  json.end_array();
}

void write_streams(const std::vector<LogStream>& streams, LabelStyle style, JsonWriter& json) {
  json.begin_array();
  for (const LogStream& stream : streams) {
    json.begin_object();
    write_json(stream.labels, json.key("stream"));
    json.key("values").begin_array();
    for (const LogEntry& entry : stream.entries) write_entry(entry, style, json);
    json.end_array().end_object();
  }
  json.end_array();
}

void write_series(const QueryResult& result, JsonWriter& json) {
  json.begin_array();
  for (const MetricSeries& series : result.series) {
    json.begin_object();
    write_json(series.labels, json.key("metric"));
    if (result.type == ResultType::kVector) {
      write_point(series.points.front(), json.key("value"));
    } else {
      json.key("values").begin_array();
      for (const Point& point : series.points) write_point(point, json);
      json.end_array();
    }
    json.end_object();
  }
  json.end_array();
}

// Loki's names. What counts chunks there are the lines and bytes of blocks here.
void write_stats(const QueryStatistics& stats, JsonWriter& json) {
  const double seconds = static_cast<double>(stats.nanos) / 1e9;
  const auto per_second = [&](uint64_t n) {
    return seconds > 0 ? static_cast<uint64_t>(static_cast<double>(n) / seconds) : n;
  };
  json.begin_object().key("summary").begin_object();
  json.field("bytesProcessedPerSecond", per_second(stats.bytes_read));
  json.field("linesProcessedPerSecond", per_second(stats.lines_read));
  json.field("totalBytesProcessed", stats.bytes_read).field("totalLinesProcessed", stats.lines_read);
  json.field("execTime", seconds).field("queueTime", 0).field("subqueries", 0).field("splits", 0).field("shards", 0);
  json.field("totalEntriesReturned", stats.entries).field("totalPostFilterLines", stats.lines_after_filter);
  json.field("totalStructuredMetadataBytesProcessed", 0).end_object();
  json.key("querier").begin_object().key("store").begin_object();
  json.field("totalChunksRef", 0).field("totalChunksDownloaded", 0).field("chunksDownloadTime", 0);
  json.key("chunk").begin_object();
  json.field("headChunkBytes", 0).field("headChunkLines", 0);
  json.field("decompressedBytes", stats.bytes_read).field("decompressedLines", stats.lines_read);
  json.field("compressedBytes", 0).field("totalDuplicates", 0).field("postFilterLines", stats.lines_after_filter);
  json.end_object().end_object().end_object();
  json.key("ingester").begin_object();
  json.field("totalReached", 0).field("totalChunksMatched", 0).field("totalBatches", 0).field("totalLinesSent", 0);
  json.end_object();
  json.key("index").begin_object().field("totalChunks", 0).field("postFilterChunks", 0);
  json.field("blocksSkipped", stats.blocks_skipped).end_object().end_object();
}

constexpr std::array<std::string_view, 4> kTypes = {"streams", "vector", "matrix", "scalar"};

}  // namespace

void write_json(const Labels& labels, JsonWriter& json) {
  json.begin_object();
  for (const auto& [name, value] : labels) json.field(name, value);
  json.end_object();
}

void write_json(const QueryResult& result, LabelStyle style, JsonWriter& json) {
  json.begin_object().field("resultType", kTypes[static_cast<size_t>(result.type)]).key("result");
  if (result.type == ResultType::kStreams) {
    write_streams(result.streams, style, json);
  } else if (result.type == ResultType::kScalar) {
    write_point(result.scalar, json);
  } else {
    write_series(result, json);
  }
  if (result.type == ResultType::kStreams && style == LabelStyle::kCategorized) {
    json.key("encodingFlags").begin_array().string("categorize-labels").end_array();
  }
  write_stats(result.stats, json.key("stats"));
  json.end_object();
}

}  // namespace tripod::query::logql
