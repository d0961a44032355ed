#include "store/metrics/metadata_table.h"

#include "base/hash.h"
#include "store/metrics/varint.h"
#include "store/metrics/wal_record.h"

namespace tripod::store::metrics {

using base::Code;
using base::fail;

MetadataTable::Change MetadataTable::check(const model::MetricMetadata& metadata) const {
  auto found = families_.find(metadata.family);
  if (found == families_.end()) {
    return families_.size() < max_families_ ? Change::kChanged : Change::kFull;
  }
  const Metadata& known = found->second;
  const bool same =
      known.type == metadata.type && known.help == metadata.help && known.unit == metadata.unit;
  return same ? Change::kNone : Change::kChanged;
}

void MetadataTable::set(const model::MetricMetadata& metadata) {
  auto found = families_.find(metadata.family);
  if (found == families_.end()) {
    if (families_.size() >= max_families_) return;
    found = families_.emplace(std::string(metadata.family), Metadata{}).first;
  }
  found->second = {std::string(metadata.family), metadata.type, std::string(metadata.help),
                   std::string(metadata.unit)};
}

std::vector<Metadata> MetadataTable::all() const {
  std::vector<Metadata> out;
  out.reserve(families_.size());
  for (const auto& [family, metadata] : families_) out.push_back(metadata);
  return out;
}

std::string MetadataTable::encode() const {
  WalRecordWriter writer;
  for (const auto& [family, metadata] : families_) {
    writer.add_metadata({family, metadata.type, metadata.help, metadata.unit});
  }
  std::string out = writer.finish();
  put_fixed(out, base::hash64(out));
  return out;
}

base::Result<> MetadataTable::decode(std::string_view bytes) {
  if (bytes.size() < 8) return fail(Code::kDataLoss, "metadata file too short");
  const std::string_view body = bytes.substr(0, bytes.size() - 8);
  if (ByteReader(bytes.substr(body.size())).fixed<uint64_t>() != base::hash64(body)) {
    return fail(Code::kDataLoss, "checksum of the metadata file does not match");
  }
  return read_wal_record(
      body, {.series = [](uint64_t, std::span<const model::Label>) {},
             .metadata = [this](const model::MetricMetadata& metadata) { set(metadata); },
             .samples = [](uint64_t, std::span<const model::Sample>) {}});
}

}  // namespace tripod::store::metrics
