#include "datafolder/command.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/json_writer.h"
#include "base/time_text.h"
#include "datafolder/backup.h"
#include "datafolder/export.h"
#include "datafolder/folder.h"
#include "datafolder/inspect.h"
#include "datafolder/verify.h"
#include "query/search/search.h"

namespace tripod::datafolder {

using base::Code;
using base::fail;
using base::Result;

namespace {

Result<> put(std::FILE* out, std::string_view text) {
  const bool whole = std::fwrite(text.data(), 1, text.size(), out) == text.size();
  if (whole && std::fflush(out) == 0) return {};
  return fail(Code::kIo, "the output could not be written");
}

Result<std::optional<store::Dataset>> dataset_of(const std::string& name) {
  if (name.empty()) return std::nullopt;
  for (const store::Dataset dataset : kDatasets) {
    if (store::dataset_name(dataset) == name) return dataset;
  }
  return fail(Code::kInvalidArgument, "--dataset: logs, spans, errors, links or sessions");
}

Result<int> inspect(base::Fs& fs, const Command& c, std::FILE* out) {
  auto only = dataset_of(c.dataset);
  if (!only) return fail(std::move(only.error()));
  std::vector<DatasetSummary> datasets;
  for (const store::Dataset dataset : kDatasets) {
    if ((*only && **only != dataset) || is_without(fs, c.data, dataset)) continue;
    auto summary = inspect_dataset(fs, c.data, dataset);
    if (!summary) return fail(std::move(summary.error()));
    datasets.push_back(std::move(*summary));
  }
  std::optional<MetricsSummary> metrics;
  if (!*only) {
    auto summary = inspect_metrics(fs, c.data);
    if (!summary) return fail(std::move(summary.error()));
    metrics = *summary;
  }
  const MetricsSummary* shown = metrics ? &*metrics : nullptr;
  if (auto done = put(out, c.json ? as_json(datasets, shown) : as_text(datasets, shown)); !done) return fail(std::move(done.error()));
  return 0;
}

std::string verification_json(const Verification& v) {
  std::string text;
  base::JsonWriter w(text);
  w.begin_object().field("sound", v.damage.empty()).field("parts", v.parts).field("blocks", v.blocks);
  w.field("log_segments", v.segments).field("log_records", v.records).key("damage").begin_array();
  for (const base::DamagedBytes& d : v.damage) {
    w.begin_object().field("file", d.file).field("offset", d.offset).field("bytes", d.bytes).field("what", d.what).end_object();
  }
  w.end_array().key("notes").begin_array();
  for (const std::string& note : v.notes) w.string(note);
  w.end_array().end_object();
  return text + "\n";
}

std::string verification_text(const Verification& v) {
  std::string text;
  for (const std::string& note : v.notes) text += "note: " + note + "\n";
  for (const base::DamagedBytes& d : v.damage) {
    const std::string where = d.bytes == 0 ? "" : fmt::format(", bytes {} to {}", d.offset, d.offset + d.bytes);
    text += fmt::format("damaged: {}{}: {}\n", d.file, where, d.what);
  }
  const std::string verdict = v.damage.empty() ? "all sound" : fmt::format("{} damaged", v.damage.size());
  return text + fmt::format("{} parts, {} blocks of metrics, {} log segments with {} records: {}\n", v.parts, v.blocks, v.segments, v.records, verdict);
}

Result<int> verify_folder(base::Fs& fs, const Command& c, std::FILE* out) {
  auto v = verify(fs, c.data);
  if (!v) return fail(std::move(v.error()));
  if (auto done = put(out, c.json ? verification_json(*v) : verification_text(*v)); !done) return fail(std::move(done.error()));
  return v->damage.empty() ? 0 : 1;
}

Result<store::TimeRange> range_of(const Command& c, base::UnixNanos now) {
  store::TimeRange range;
  for (auto [name, text, to] : {std::tuple{"--start", &c.start, &range.start}, std::tuple{"--end", &c.end, &range.end}}) {
    if (text->empty()) continue;
    auto instant = base::parse_instant(*text, now);
    if (!instant) return fail(Code::kInvalidArgument, std::string(name) + ": " + instant.error().message);
    *to = *instant;
  }
  return range;
}

Result<int> export_lines(base::Fs& fs, const base::Clock& clock, const Command& c, std::FILE* out, std::FILE* complaints) {
  auto dataset = dataset_of(c.dataset.empty() ? "logs" : c.dataset);
  if (!dataset) return fail(std::move(dataset.error()));
  auto range = range_of(c, clock.now());
  if (!range) return fail(std::move(range.error()));
  auto filter = query::search::parse(c.query, **dataset);
  if (!filter) return fail(std::move(filter.error()));
  const ExportRequest request{.data = c.data, .dataset = **dataset, .range = *range, .filter = std::move(*filter)};
  auto summary = export_records(fs, clock, request, [out](std::string_view lines) { return put(out, lines); });
  if (!summary) return fail(std::move(summary.error()));
  for (const std::string& damage : summary->damage) fmt::print(complaints, "tripod: not exported: {}\n", damage);
  for (const std::string& damage : summary->unhidden) fmt::print(complaints, "tripod: WARNING: {} in what was exported\n", damage);
  return summary->damage.empty() && summary->unhidden.empty() ? 0 : 1;
}

Result<int> backup(base::Fs& fs, const base::Clock& clock, const Command& c, std::FILE* out) {
  auto summary = make_backup(fs, clock, c.data, c.backup);
  if (!summary) return fail(std::move(summary.error()));
  auto done = put(out, fmt::format("{}: {} files linked, {} copied, {} bytes of which {} are copies\n", c.backup, summary->linked_files,
                                   summary->copied_files, summary->bytes, summary->copied_bytes));
  return done ? Result<int>(0) : fail(std::move(done.error()));
}

Result<int> restore(base::Fs& fs, const Command& c, std::FILE* out) {
  auto summary = restore_backup(fs, c.backup, c.data);
  if (!summary) return fail(std::move(summary.error()));
  auto done = put(out, fmt::format("{}: {} files, {} bytes\n", c.data, summary->copied_files, summary->bytes));
  return done ? Result<int>(0) : fail(std::move(done.error()));
}

Result<int> run(base::Fs& fs, const base::Clock& clock, const Command& c, std::FILE* out, std::FILE* complaints) {
  using Action = Command::Action;
  if (c.action == Action::kRestore) return restore(fs, c, out);
  if (auto is_data = check_is_data(fs, c.data); !is_data) return fail(std::move(is_data.error()));
  switch (c.action) {
    case Action::kInspect: return inspect(fs, c, out);
    case Action::kVerify: return verify_folder(fs, c, out);
    case Action::kExport: return export_lines(fs, clock, c, out, complaints);
    case Action::kBackup: return backup(fs, clock, c, out);
    case Action::kRestore: break;
  }
  return 0;
}

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

int run_command(base::Fs& fs, const base::Clock& clock, const Command& command, std::FILE* out, std::FILE* complaints) {
  Command clean = command;
  clean.data = without_slash(clean.data);
  clean.backup = without_slash(clean.backup);
  const auto status = run(fs, clock, clean, out, complaints);
  if (status) return *status;
  fmt::print(complaints, "tripod: {}\n", status.error().message);
  return status.error().code == Code::kInvalidArgument || status.error().code == Code::kUnsupported ? 2 : 1;
}

}  // namespace tripod::datafolder
