// A data folder's summary as tables and as JSON.
#include <fmt/format.h>

#include "base/json_writer.h"
#include "base/time_text.h"
#include "datafolder/inspect.h"

namespace tripod::datafolder {
namespace {

std::string time_text(base::UnixNanos time) { return base::format_rfc3339(time); }

std::string encodings_text(const ColumnSummary& column) {
  std::string out;
  for (const auto& [name, blocks] : column.encodings) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", name, blocks);
  if (column.overflows) out += out.empty() ? "overflow" : ", some overflow";
  return out;
}

void add_dataset(const DatasetSummary& d, std::string& out) {
  fmt::format_to(std::back_inserter(out), "{}: {} rows in {} parts of {} bytes ({} of them text filters), {} rows in the log of {} bytes\n",
                 store::dataset_name(d.dataset), d.rows(), d.parts(), d.bytes(), d.filter_bytes, d.rows_in_log, d.log_bytes);
  for (const std::string& damage : d.damage) out += "  damaged: " + damage + "\n";
  if (d.partitions.empty()) return;
  fmt::format_to(std::back_inserter(out), "  {:<10} {:>6} {:>12} {:>14}  {:<32} {}\n", "partition", "parts", "rows", "bytes", "oldest", "newest");
  for (const PartitionSummary& p : d.partitions) {
    fmt::format_to(std::back_inserter(out), "  {:<10} {:>6} {:>12} {:>14}  {:<32} {}\n", p.name, p.parts, p.rows, p.bytes,
                   time_text(p.oldest), time_text(p.newest));
  }
  fmt::format_to(std::back_inserter(out), "  {:<40} {:>12} {:>14} {:>14} {:>12}  {}\n", "column", "rows", "bytes", "uncompressed", "index", "blocks by encoding");
  for (const ColumnSummary& c : d.columns) {
    fmt::format_to(std::back_inserter(out), "  {:<40} {:>12} {:>14} {:>14} {:>12}  {}\n", c.name, c.rows, c.stored_bytes, c.raw_bytes,
                   c.index_bytes, encodings_text(c));
  }
}

void write_dataset(const DatasetSummary& d, base::JsonWriter& w) {
  w.begin_object().field("dataset", store::dataset_name(d.dataset)).field("rows", d.rows()).field("parts", d.parts());
  w.field("bytes", d.bytes()).field("filter_bytes", d.filter_bytes).field("rows_in_log", d.rows_in_log).field("log_bytes", d.log_bytes);
  w.key("partitions").begin_array();
  for (const PartitionSummary& p : d.partitions) {
    w.begin_object().field("name", p.name).field("parts", p.parts).field("rows", p.rows).field("bytes", p.bytes);
    w.field("oldest", time_text(p.oldest)).field("newest", time_text(p.newest)).end_object();
  }
  w.end_array().key("columns").begin_array();
  for (const ColumnSummary& c : d.columns) {
    w.begin_object().field("name", c.name).field("rows", c.rows).field("bytes", c.stored_bytes).field("uncompressed_bytes", c.raw_bytes);
    w.field("index_bytes", c.index_bytes).field("overflows", c.overflows).key("encodings").begin_object();
    for (const auto& [name, blocks] : c.encodings) w.field(name, blocks);
    w.end_object().end_object();
  }
  w.end_array().key("damage").begin_array();
  for (const std::string& damage : d.damage) w.string(damage);
  w.end_array().end_object();
}

}  // namespace

std::string as_text(const std::vector<DatasetSummary>& datasets, const MetricsSummary* metrics) {
  std::string out;
  for (const DatasetSummary& d : datasets) add_dataset(d, out);
  if (metrics == nullptr) return out;
  fmt::format_to(std::back_inserter(out), "metrics: {} samples in {} blocks of {} bytes, a log of {} bytes\n", metrics->samples, metrics->blocks,
                 metrics->bytes, metrics->log_bytes);
  if (metrics->blocks > 0) {
    fmt::format_to(std::back_inserter(out), "  from {} to {}\n", time_text(metrics->oldest_ms * base::kNanosPerMilli),
                   time_text(metrics->newest_ms * base::kNanosPerMilli));
  }
  return out;
}

std::string as_json(const std::vector<DatasetSummary>& datasets, const MetricsSummary* metrics) {
  std::string out;
  base::JsonWriter w(out);
  w.begin_object().key("datasets").begin_array();
  for (const DatasetSummary& d : datasets) write_dataset(d, w);
  w.end_array();
  if (metrics != nullptr) {
    w.key("metrics").begin_object().field("blocks", metrics->blocks).field("samples", metrics->samples).field("bytes", metrics->bytes);
    w.field("log_bytes", metrics->log_bytes).end_object();
  }
  w.end_object();
  return out + "\n";
}

}  // namespace tripod::datafolder
