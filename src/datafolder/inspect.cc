#include "datafolder/inspect.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/memory_budget.h"
#include "base/wal_format.h"
#include "datafolder/folder.h"
#include "store/events/stored_dataset.h"
#include "store/metrics/block_check.h"

namespace tripod::datafolder {

using base::fail;
using base::Result;

namespace {

constexpr int kMostTries = 20;

std::string_view encoding_name(uint8_t encoding) {
  using store::Encoding;
  switch (static_cast<Encoding>(encoding)) {
    case Encoding::kConstant: return "constant";
    case Encoding::kDictionary: return "dictionary";
    case Encoding::kInt64: return "int64";
    case Encoding::kFloat64: return "float64";
    case Encoding::kBool: return "bool";
    case Encoding::kHex: return "hex";
    case Encoding::kText: return "text";
    case Encoding::kMixed: return "mixed";
    case Encoding::kRareFields: return "overflow";
    case Encoding::kIpv4: return "ipv4";
    case Encoding::kTimestamp: return "timestamp";
  }
  return "unknown";
}

// System columns have no names of their own; a stored field may have any, but not with parentheses around it.
std::string column_name(const store::PartDirectory& directory, size_t number) {
  static constexpr std::string_view kSystemNames[store::kSystemColumns] = {"(time)", "(sequence)", "(stream)", "(overflow)"};
  return number < store::kSystemColumns ? std::string(kSystemNames[number]) : directory.fields[number].name;
}

using Columns = std::map<std::string, ColumnSummary>;

Result<> add_part(const store::Part& part, Columns& columns, uint64_t& filter_bytes) {
  auto reader = part.read();
  if (!reader) return fail(std::move(reader.error()));
  auto directory = (*reader)->directory();
  if (!directory) return fail(std::move(directory.error()));
  auto blocks = (*reader)->blocks();
  if (!blocks) return fail(std::move(blocks.error()));
  for (const store::BlockEntry& block : **blocks) filter_bytes += uint64_t{block.bloom_bytes} + block.gram_bytes;
  for (uint32_t i = 0; i < (*directory)->fields.size(); ++i) {
    const store::FieldEntry& field = (*directory)->fields[i];
    ColumnSummary& column = columns[column_name(**directory, i)];
    column.rows += i < store::kSystemColumns ? 0 : field.rows;
    column.overflows = column.overflows || field.in_rare;
    column.index_bytes += uint64_t{field.entries} * sizeof(store::ColumnEntry) + field.counts.stored_bytes;
    for (uint32_t block = 0; block < part.footer().blocks; ++block) {
      auto entry = (*reader)->entry(i, block);
      if (!entry) return fail(std::move(entry.error()));
      if (*entry == nullptr) continue;
      column.stored_bytes += (*entry)->stored_bytes;
      column.raw_bytes += (*entry)->raw_bytes;
      ++column.encodings[std::string(encoding_name((*entry)->encoding))];
    }
  }
  return {};
}

void add_to_partition(const store::Part& part, std::map<std::string, PartitionSummary>& partitions) {
  PartitionSummary& partition = partitions[part.name().substr(0, part.name().find('/'))];
  ++partition.parts;
  partition.rows += part.footer().rows;
  partition.bytes += part.file_bytes();
  partition.oldest = std::min(partition.oldest, part.footer().min_time);
  partition.newest = std::max(partition.newest, part.footer().max_time);
}

Result<uint64_t> log_bytes(base::Fs& fs, const std::string& folder) {
  auto names = fs.list(folder);
  if (!names && names.error().code == base::Code::kNotFound) return 0;
  if (!names) return fail(std::move(names.error()));
  uint64_t bytes = 0;
  for (const std::string& name : *names) {
    if (!base::parse_wal_segment_name(name)) continue;
    auto status = fs.status(folder + "/" + name);
    if (status) bytes += status->size;
    else if (status.error().code != base::Code::kNotFound) return fail(std::move(status.error()));
  }
  return bytes;
}

}  // namespace

uint64_t DatasetSummary::rows() const {
  uint64_t out = rows_in_log;
  for (const PartitionSummary& partition : partitions) out += partition.rows;
  return out;
}

uint64_t DatasetSummary::bytes() const {
  uint64_t out = 0;
  for (const PartitionSummary& partition : partitions) out += partition.bytes;
  return out;
}

uint64_t DatasetSummary::parts() const {
  uint64_t out = 0;
  for (const PartitionSummary& partition : partitions) out += partition.parts;
  return out;
}

namespace {

// Nothing when a part went away meanwhile: what replaced it is not counted.
Result<std::optional<DatasetSummary>> summarise(const store::StoredDataset& stored) {
  DatasetSummary out;
  out.dataset = stored.manifest.dataset;
  out.damage = stored.damage;
  out.damage.insert(out.damage.end(), stored.unhidden.begin(), stored.unhidden.end());
  for (const store::MemoryView& view : stored.snapshot.memory) out.rows_in_log += view.block->rows();
  std::map<std::string, PartitionSummary> partitions;
  Columns columns;
  for (const store::PartPtr& part : stored.snapshot.parts->parts) {
    auto added = add_part(*part, columns, out.filter_bytes);
    if (!added && added.error().code == base::Code::kNotFound) return std::nullopt;
    if (!added) out.damage.push_back("part " + part->name() + ": " + added.error().message);
    add_to_partition(*part, partitions);
  }
  for (auto& [name, partition] : partitions) {
    partition.name = name;
    out.partitions.push_back(std::move(partition));
  }
  for (auto& [name, column] : columns) {
    column.name = name;
    out.columns.push_back(std::move(column));
  }
  std::ranges::stable_sort(out.columns, std::greater<>(), [](const ColumnSummary& c) { return c.stored_bytes + c.index_bytes; });
  return out;
}

}  // namespace

Result<DatasetSummary> inspect_dataset(base::Fs& fs, const std::string& data, store::Dataset dataset) {
  const std::string folder = dataset_folder(data, dataset);
  base::MemoryBudget budget(SIZE_MAX / 2);
  for (int i = 0; i < kMostTries; ++i) {
    auto stored = store::read_dataset(fs, folder, dataset, budget);
    if (!stored) return fail(std::move(stored.error()));
    auto out = summarise(*stored);
    if (!out) return fail(std::move(out.error()));
    if (!*out) continue;
    auto bytes = log_bytes(fs, folder + "/wal");
    if (!bytes) return fail(std::move(bytes.error()));
    (*out)->log_bytes = *bytes;
    return std::move(**out);
  }
  return fail(base::Code::kUnavailable, folder + " changes faster than it can be read");
}

Result<MetricsSummary> inspect_metrics(base::Fs& fs, const std::string& data) {
  const std::string folder = metrics_folder(data);
  auto blocks = store::metrics::list_blocks(fs, folder + "/blocks");
  if (!blocks) return fail(std::move(blocks.error()));
  MetricsSummary out;
  for (const auto& block : *blocks) {
    ++out.blocks;
    out.samples += block.samples;
    out.bytes += block.chunks_bytes + block.index_bytes;
    out.oldest_ms = std::min(out.oldest_ms, block.min_time);
    out.newest_ms = std::max(out.newest_ms, block.max_time);
  }
  auto bytes = log_bytes(fs, folder + "/wal");
  if (!bytes) return fail(std::move(bytes.error()));
  out.log_bytes = *bytes;
  return out;
}

}  // namespace tripod::datafolder
