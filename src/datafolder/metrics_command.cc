#include "datafolder/metrics_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <future>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "base/file_lock.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "base/memory_budget.h"
#include "base/time_text.h"
#include "datafolder/backup.h"
#include "datafolder/folder.h"
#include "ingest/prometheus/text_decoder.h"
#include "query/promql/parser.h"
#include "query/promql/text.h"
#include "store/metrics/block_check.h"
#include "store/metrics/cardinality.h"
#include "store/metrics/embedded_metric_store.h"

namespace tripod::datafolder {

using base::Code;
using base::fail;
using base::Result;

namespace {

namespace blocks = store::metrics;
using Matchers = std::vector<store::LabelMatcher>;

constexpr size_t kMemory = size_t{1} << 30;
constexpr size_t kPieceBytes = 4u << 20;
constexpr size_t kTextBytes = 1u << 20;  // written at once
constexpr size_t kMostSamplesOfSeries = kMemory / 2 / sizeof(model::Sample);
constexpr store::TimeRangeMs kAlways{std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()};

Result<> put(std::FILE* out, std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), out) == text.size()) return {};
  return fail(Code::kIo, "the output could not be written");
}

Result<std::vector<Matchers>> matchers_of(const MetricsCommand& c) {
  std::vector<Matchers> out;
  for (const std::string& text : c.match) {
    auto selector = query::promql::parse_selector(text);
    if (!selector) return fail(Code::kInvalidArgument, "--match: " + selector.error().message);
    out.push_back(std::move(*selector));
  }
  if (out.empty()) out.emplace_back();
  return out;
}

struct Room {
  uint64_t series = 0;  // the most of one block
  uint64_t samples = 0;
  uint64_t bytes = 0;
};

struct LabelRoom {
  uint64_t values = 0;  // the most of one block
  uint64_t series = 0;
};

struct Analysis {
  uint64_t blocks = 0;
  uint64_t index_bytes = 0;
  uint64_t tombstones = 0;  // blocks that something was deleted of
  Room all;
  store::TimeRangeMs range{std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()};
  std::map<std::string, Room> metrics;
  std::map<std::string, LabelRoom> labels;
};

Result<> analyze_series(const blocks::Block& block, const blocks::Postings& ids, Analysis& out) {
  blocks::BlockSeries entry;
  std::map<std::string_view, uint64_t> series;
  for (const uint32_t id : ids) {
    if (auto read = block.index().series(id, entry); !read) return read;
    const auto name = std::ranges::find(entry.labels, std::string_view("__name__"), &model::Label::name);
    if (name == entry.labels.end()) continue;
    ++series[name->value];
    Room& room = out.metrics[std::string(name->value)];
    for (const blocks::ChunkMeta& chunk : entry.chunks) {
      room.samples += chunk.count;
      room.bytes += chunk.size;
      out.all.samples += chunk.count;
      out.all.bytes += chunk.size;
    }
  }
  for (const auto& [name, count] : series) {
    Room& room = out.metrics[std::string(name)];
    room.series = std::max(room.series, count);
  }
  return {};
}

Result<> analyze_block(const blocks::Block& block, const std::vector<Matchers>& match, Analysis& out) {
  blocks::Postings ids;
  for (const Matchers& matchers : match) {
    auto compiled = blocks::compile_matchers(matchers);
    if (!compiled) return fail(std::move(compiled.error()));
    auto found = blocks::resolve(block.index(), *compiled);
    if (!found) return fail(std::move(found.error()));
    ids = ids.empty() ? std::move(*found) : blocks::unite({std::move(ids), std::move(*found)});
    auto counted = blocks::cardinality_of(block, *compiled, 1000);
    if (!counted) return fail(std::move(counted.error()));
    for (const auto& label : counted->labels) {
      LabelRoom& room = out.labels[label.name];
      room.values = std::max(room.values, label.values);
      room.series = std::max(room.series, label.series);
    }
  }
  ++out.blocks;
  out.index_bytes += block.meta().index_bytes;
  out.tombstones += block.tombstones().empty() ? 0 : 1;
  out.all.series = std::max<uint64_t>(out.all.series, ids.size());
  out.range.start = std::min(out.range.start, block.meta().min_time);
  out.range.end = std::max(out.range.end, block.meta().max_time);
  return analyze_series(block, ids, out);
}

template <class Value, class Number>
std::vector<std::pair<std::string_view, Value>> largest(const std::map<std::string, Value>& from, size_t most, Number number) {
  std::vector<std::pair<std::string_view, Value>> out(from.begin(), from.end());
  std::ranges::stable_sort(out, [&](const auto& a, const auto& b) { return a.second.*number > b.second.*number; });
  if (out.size() > most) out.resize(most);
  return out;
}

std::string as_text(const Analysis& a, size_t limit) {
  std::string out = fmt::format("{} blocks: {} series at most in one, {} samples in {} bytes of chunks, {} bytes of index\n", a.blocks, a.all.series,
                                a.all.samples, a.all.bytes, a.index_bytes);
  if (a.all.samples > 0) {
    out += fmt::format("  from {} to {}, {:.2f} bytes a sample without the index\n", base::format_rfc3339(a.range.start * base::kNanosPerMilli),
                       base::format_rfc3339(a.range.end * base::kNanosPerMilli), static_cast<double>(a.all.bytes) / static_cast<double>(a.all.samples));
  }
  if (a.tombstones > 0) out += fmt::format("  something was deleted of {} of them and is counted still\n", a.tombstones);
  out += fmt::format("\n{:>12} {:>14} {:>12} {:>6}  metric\n", "bytes", "samples", "series", "b/smp");
  for (const auto& [name, room] : largest(a.metrics, limit, &Room::bytes)) {
    out += fmt::format("{:>12} {:>14} {:>12} {:>6.2f}  {}\n", room.bytes, room.samples, room.series,
                       static_cast<double>(room.bytes) / static_cast<double>(std::max<uint64_t>(1, room.samples)), name);
  }
  out += fmt::format("\n{:>12} {:>12}  label\n", "values", "series");
  for (const auto& [name, room] : largest(a.labels, limit, &LabelRoom::values)) out += fmt::format("{:>12} {:>12}  {}\n", room.values, room.series, name);
  return out;
}

std::string as_json(const Analysis& a, size_t limit) {
  std::string out;
  base::JsonWriter w(out);
  w.begin_object().field("blocks", a.blocks).field("series", a.all.series).field("samples", a.all.samples);
  w.field("chunk_bytes", a.all.bytes).field("index_bytes", a.index_bytes).key("metrics").begin_array();
  for (const auto& [name, room] : largest(a.metrics, limit, &Room::bytes)) {
    w.begin_object().field("name", name).field("series", room.series).field("samples", room.samples).field("bytes", room.bytes).end_object();
  }
  w.end_array().key("labels").begin_array();
  for (const auto& [name, room] : largest(a.labels, limit, &LabelRoom::values)) {
    w.begin_object().field("name", name).field("values", room.values).field("series", room.series).end_object();
  }
  w.end_array().end_object();
  return out + "\n";
}

std::set<uint64_t> ids_of(const std::vector<blocks::BlockMeta>& listed) {
  std::set<uint64_t> out;
  for (const blocks::BlockMeta& meta : listed) out.insert(meta.id);
  // A merge that is not done yet: what it replaces is there still.
  for (const blocks::BlockMeta& meta : listed) {
    for (const uint64_t old : meta.replaces) out.erase(old);
  }
  return out;
}

// Nullopt: the blocks became others meanwhile, and a merge may have taken samples from a block that was not read yet into one that
// was not listed.
Result<std::optional<Analysis>> analyze_listed(base::Fs& fs, const std::string& folder, const std::vector<Matchers>& match) {
  auto listed = blocks::list_blocks(fs, folder);
  if (!listed) return fail(std::move(listed.error()));
  const auto ids = ids_of(*listed);
  Analysis analysis;
  for (const uint64_t id : ids) {
    auto block = blocks::Block::open(fs, folder, id);
    if (!block && !fs.exists(folder + "/" + blocks::block_name(id) + std::string(blocks::kMetaSuffix))) return std::nullopt;
    if (!block) return fail(std::move(block.error()));
    if (auto done = analyze_block(**block, match, analysis); !done) return fail(std::move(done.error()));
  }
  listed = blocks::list_blocks(fs, folder);
  if (!listed) return fail(std::move(listed.error()));
  if (ids_of(*listed) != ids) return std::nullopt;
  return analysis;
}

Result<int> analyze(base::Fs& fs, const MetricsCommand& c, std::FILE* out) {
  auto match = matchers_of(c);
  if (!match) return fail(std::move(match.error()));
  const std::string folder = metrics_folder(c.data) + "/blocks";
  constexpr int kMostTimes = 10;  // merges are minutes apart
  for (int i = 0; i < kMostTimes; ++i) {
    auto analysis = analyze_listed(fs, folder, *match);
    if (!analysis) return fail(std::move(analysis.error()));
    if (!*analysis) continue;
    auto done = put(out, c.json ? as_json(**analysis, c.limit) : as_text(**analysis, c.limit));
    return done ? Result<int>(0) : fail(std::move(done.error()));
  }
  return fail(Code::kUnavailable, "blocks were merged each time while they were read: try again");
}

// The metric store of a folder that no server has open.
class OwnStore {
 public:
  static Result<std::unique_ptr<OwnStore>> open(base::Fs& fs, const base::Clock& clock, const std::string& data) {
    auto lock = base::FileLock::take(data + "/lock");
    if (!lock) return fail(lock.error().code, "the folder must not be in use: " + lock.error().message);
    auto own = std::make_unique<OwnStore>();
    own->lock_ = std::move(*lock);
    auto store = store::EmbeddedMetricStore::open(fs, clock, own->budget_, *own->logger_,
                                                  {.dir = metrics_folder(data),
                                                   .retention_ns = std::numeric_limits<int64_t>::max(),
                                                   .maintenance = store::MetricStoreOptions::Maintenance::kManual});
    if (!store) return fail(std::move(store.error()));
    own->store_ = std::move(*store);
    return own;
  }
  store::EmbeddedMetricStore& store() { return *store_; }

 private:
  base::FileLock lock_;
  base::MemoryBudget budget_{kMemory};
  std::unique_ptr<base::Logger> logger_ = base::make_stderr_logger(base::Logger::Level::kWarn);
  std::unique_ptr<store::EmbeddedMetricStore> store_;
};

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
}

std::string head_of(const std::vector<model::Label>& labels) {
  std::string name;
  std::string rest;
  for (const model::Label& label : labels) {
    if (label.name == "__name__") {
      name = label.value;
      continue;
    }
    if (!rest.empty()) rest += ',';
    const bool plain = ingest::prometheus::is_label_name(label.name);
    if (!plain) rest += '"';
    append_escaped(rest, label.name);
    rest += plain ? "=\"" : "\"=\"";
    append_escaped(rest, label.value);
    rest += '"';
  }
  if (ingest::prometheus::is_metric_name(name)) return rest.empty() ? name : name + "{" + rest + "}";
  std::string quoted = "{\"";
  append_escaped(quoted, name);
  return quoted + (rest.empty() ? "\"" : "\"," + rest) + "}";
}

// Series that were written already, by their labels: of those that more than one selector gives.
using Written = std::set<std::vector<model::Label>, decltype([](const auto& a, const auto& b) {
  const auto key = [](const model::Label& label) { return std::pair(label.name, label.value); };
  return std::ranges::lexicographical_compare(a, b, {}, key, key);
})>;

Result<> write_samples(const std::string& head, const std::vector<model::Sample>& samples, std::FILE* out) {
  std::string text;
  for (const model::Sample& sample : samples) {
    // Exposition formats have no stale markers.
    if (model::is_stale_marker(sample.value)) continue;
    text += fmt::format("{} {} {}.{:03}\n", head, query::promql::format_number(sample.value), sample.time_ms / 1000, sample.time_ms % 1000);
    if (text.size() < kTextBytes) continue;
    if (auto done = put(out, text); !done) return done;
    text.clear();
  }
  return put(out, text);
}

// Texts in `written` are valid as long as the set; null: this one gives every series once, and no other gives any.
Result<> write_series(const store::SeriesSet& set, Written* written, std::FILE* out) {
  const auto reader = set.reader();
  std::vector<model::Label> labels;
  std::vector<model::Sample> samples;
  for (size_t i = 0; i < set.size(); ++i) {
    auto read = reader->read(i, labels, samples, kMostSamplesOfSeries);
    if (!read && read.error().code == Code::kResourceExhausted)
      return fail(Code::kResourceExhausted, head_of(labels) + ": " + read.error().message + ": export it in parts, by time");
    if (!read) return read;
    if (written != nullptr && !written->insert(labels).second) continue;
    if (auto done = write_samples(head_of(labels), samples, out); !done) return done;
  }
  return {};
}

Result<store::TimeRangeMs> range_of(const MetricsCommand& c, base::UnixNanos now) {
  store::TimeRangeMs range{0, kAlways.end};
  for (auto [name, text, to] : {std::tuple{"--start", &c.start, &range.start}, std::tuple{"--end", &c.end, &range.end}}) {
    if (text->empty()) continue;
    auto instant = base::parse_instant(*text, now);
    if (!instant) return fail(Code::kInvalidArgument, std::string(name) + ": " + instant.error().message);
    *to = *instant / base::kNanosPerMilli;
  }
  return range;
}

// The series of one metric, each once.
Result<> export_metric(store::MetricStore& store, const std::vector<Matchers>& match, store::TimeRangeMs range, const std::string& name,
                       std::FILE* out) {
  std::vector<std::unique_ptr<store::SeriesSet>> sets;  // all of them are held: texts of `written` lie in them
  Written written;
  for (const Matchers& matchers : match) {
    Matchers one = matchers;
    one.push_back({store::LabelMatcher::Op::kEqual, "__name__", name});
    auto set = store.open_series(one, range, {});
    if (!set) return fail(std::move(set.error()));
    sets.push_back(std::move(*set));
    if (auto done = write_series(*sets.back(), match.size() > 1 ? &written : nullptr, out); !done) return done;
  }
  return {};
}

// Metric by metric: series of one have to stand together.
Result<int> export_samples(base::Fs& fs, const base::Clock& clock, const MetricsCommand& c, std::FILE* out) {
  auto match = matchers_of(c);
  if (!match) return fail(std::move(match.error()));
  const auto range = range_of(c, clock.now());
  if (!range) return fail(range.error());
  auto own = OwnStore::open(fs, clock, c.data);
  if (!own) return fail(std::move(own.error()));
  auto& store = (*own)->store();
  std::set<std::string> names;
  for (const Matchers& matchers : *match) {
    auto found = store.label_values("__name__", matchers, *range);
    if (!found) return fail(std::move(found.error()));
    names.insert(std::make_move_iterator(found->begin()), std::make_move_iterator(found->end()));
  }
  for (const std::string& name : names) {
    if (auto done = export_metric(store, *match, *range, name, out); !done) return fail(std::move(done.error()));
  }
  auto done = put(out, "# EOF\n");
  if (done && std::fflush(out) != 0) done = fail(Code::kIo, "the output could not be written");
  return done ? Result<int>(0) : fail(std::move(done.error()));
}

// Appends the lines of a text, a bounded number at once.
class Backfill {
 public:
  Backfill(store::EmbeddedMetricStore& store, std::FILE* complaints)
      : store_(store), complaints_(complaints), had_blocks_(store.stats().blocks > 0) {}

  // `lines` end where a line does.
  Result<> take(std::string lines) {
    const uint64_t first = progress_.lines + 1;
    model::Batch batch;
    std::vector<bool> has_time;
    auto decoded = ingest::prometheus::decode_text_piece(std::make_shared<const std::string>(std::move(lines)),
                                                         {.format = ingest::prometheus::TextFormat::kOpenMetrics1_0_0}, progress_, batch, &has_time);
    if (!decoded) return fail(Code::kInvalidArgument, decoded.error().message + told_before(first));
    if (std::ranges::find(has_time, false) != has_time.end())
      return fail(Code::kInvalidArgument, fmt::format("in the part from line {}: a sample without a timestamp", first) + told_before(first));
    return append(batch);
  }
  // Nothing follows.
  Result<> end() const {
    if (progress_.ended) return {};
    return fail(Code::kInvalidArgument, "the text does not end with # EOF, it was cut off" + told_before(progress_.lines + 1));
  }
  uint64_t refused() const { return refused_; }
  std::string summary() const {
    std::string out = fmt::format("{} samples taken, {} were there already, {} refused\n", accepted_, duplicates_, refused_);
    if (exemplars_ > 0) out += fmt::format("{} exemplars taken\n", exemplars_);
    if (had_blocks_)
      out += "what earlier blocks hold already is among those taken: of samples of the same time the one stored first stays\n";
    return out;
  }

 private:
  // Pieces before line `next` were taken.
  static std::string told_before(uint64_t next) { return next == 1 ? "" : fmt::format(" (what stands before line {} was taken)", next); }

  Result<> append(const model::Batch& batch) {
    std::promise<Result<store::MetricAppendSummary>> told;
    store_.append(batch.series, batch.metadata, batch.exemplars, [&](auto result) { told.set_value(std::move(result)); });
    const auto stored = told.get_future().get();
    if (!stored) return fail(stored.error());
    accepted_ += stored->accepted;
    duplicates_ += stored->duplicates;
    exemplars_ += stored->exemplars;
    for (const model::Rejection& one : stored->rejections) {
      refused_ += one.count;
      fmt::print(complaints_, "tripod: refused: {} {} ({} samples or exemplars)\n", one.reason, one.detail, one.count);
    }
    // Nothing is merged or dropped: how long samples are kept, only the server knows.
    return store_.cut_if_due();
  }

  store::EmbeddedMetricStore& store_;
  std::FILE* const complaints_;
  const bool had_blocks_;
  ingest::prometheus::TextProgress progress_;
  uint64_t accepted_ = 0;
  uint64_t duplicates_ = 0;
  uint64_t exemplars_ = 0;
  uint64_t refused_ = 0;
};

Result<> read_pieces(std::FILE* in, Backfill& to) {
  std::string piece;
  for (;;) {
    const size_t before = piece.size();
    piece.resize(before + kPieceBytes);
    const size_t got = std::fread(piece.data() + before, 1, kPieceBytes, in);
    piece.resize(before + got);
    if (got == 0) break;
    const size_t last = piece.rfind('\n');
    if (last == std::string::npos) {
      if (piece.size() > kPieceBytes) return fail(Code::kInvalidArgument, "a line is longer than 4 MiB");
      continue;
    }
    std::string rest = piece.substr(last + 1);
    piece.resize(last + 1);
    if (auto done = to.take(std::move(piece)); !done) return done;
    piece = std::move(rest);
  }
  if (std::ferror(in) != 0) return fail(Code::kIo, "the input could not be read");
  if (piece.empty()) return to.end();
  auto done = to.take(std::move(piece));
  return done ? to.end() : done;
}

Result<int> backfill(base::Fs& fs, const base::Clock& clock, const MetricsCommand& c, std::FILE* out, std::FILE* complaints) {
  const bool standard = c.file == "-";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(standard ? nullptr : std::fopen(c.file.c_str(), "rb"), [](std::FILE* f) { return std::fclose(f); });
  if (!standard && file == nullptr) return fail(Code::kNotFound, c.file + " cannot be opened");
  auto own = OwnStore::open(fs, clock, c.data);
  if (!own) return fail(std::move(own.error()));
  Backfill to((*own)->store(), complaints);
  auto done = read_pieces(standard ? stdin : file.get(), to);
  // What was taken before a fault is kept: the same file may be sent again.
  auto flushed = (*own)->store().flush();
  if (done) done = std::move(flushed);
  if (done) done = put(out, to.summary());
  if (!done) return fail(std::move(done.error()));
  return to.refused() == 0 ? 0 : 1;
}

Result<int> run(base::Fs& fs, const base::Clock& clock, const MetricsCommand& c, std::FILE* out, std::FILE* complaints) {
  if (auto is_data = check_is_data(fs, c.data); !is_data) return fail(std::move(is_data.error()));
  switch (c.action) {
    case MetricsCommand::Action::kAnalyze:
      return analyze(fs, c, out);
    case MetricsCommand::Action::kExport:
      return export_samples(fs, clock, c, out);
    case MetricsCommand::Action::kBackfill:
      return backfill(fs, clock, c, out, complaints);
  }
  return fail(Code::kInternal, "an unknown action");
}

}  // namespace

int run_command(base::Fs& fs, const base::Clock& clock, const MetricsCommand& command, std::FILE* out, std::FILE* complaints) {
  auto status = run(fs, clock, command, out, complaints);
  if (status) return *status;
  fmt::print(complaints, "tripod: {}\n", status.error().message);
  return status.error().code == Code::kInvalidArgument ? 2 : 1;
}

}  // namespace tripod::datafolder
