#include "store/metrics/tombstones.h"

#include <algorithm>

#include "base/hash.h"
#include "store/metrics/varint.h"

namespace tripod::store::metrics {

using base::Code;
using base::fail;

namespace {

constexpr std::string_view kMagic = "TRPMTMB1";
constexpr uint32_t kVersion = 1;

}  // namespace

void Tombstones::add(TimeRangeMs range, Postings series) {
  if (!series.empty()) entries_.push_back({range, std::move(series)});
}

void Tombstones::erase_from(uint32_t series, std::vector<model::Sample>& samples,
                            size_t from) const {
  for (const Entry& entry : entries_) {
    if (!std::ranges::binary_search(entry.series, series)) continue;
    const auto gone = std::remove_if(
        samples.begin() + static_cast<ptrdiff_t>(from), samples.end(), [&](const auto& sample) {
          return sample.time_ms >= entry.range.start && sample.time_ms <= entry.range.end;
        });
    samples.erase(gone, samples.end());
  }
}

bool Tombstones::covers(uint32_t series, int64_t start, int64_t end) const {
  return std::ranges::any_of(entries_, [&](const Entry& entry) {
    return entry.range.start <= start && entry.range.end >= end &&
           std::ranges::binary_search(entry.series, series);
  });
}

std::string Tombstones::encode() const {
  std::string out(kMagic);
  put_fixed(out, kVersion);
  put_varint(out, entries_.size());
  for (const Entry& entry : entries_) {
    put_signed(out, entry.range.start);
    put_signed(out, entry.range.end);
    put_varint(out, entry.series.size());
    uint32_t last = 0;
    for (const uint32_t series : entry.series) {
      put_varint(out, series - last);
      last = series;
    }
  }
  put_fixed(out, base::hash64(out));
  return out;
}

base::Result<Tombstones> Tombstones::decode(std::string_view bytes) {
  if (bytes.size() < kMagic.size() + 4 + 8 || !bytes.starts_with(kMagic))
    return fail(Code::kDataLoss, "not a block's list of what was deleted");
  const std::string_view body = bytes.substr(0, bytes.size() - 8);
  if (ByteReader(bytes.substr(body.size())).fixed<uint64_t>() != base::hash64(body))
    return fail(Code::kDataLoss, "checksum of the block's list of what was deleted does not match");
  ByteReader in(body.substr(kMagic.size()));
  if (const auto version = in.fixed<uint32_t>(); version != kVersion)
    return fail(Code::kUnsupported, "list of what was deleted, version " + std::to_string(version));
  Tombstones out;
  for (uint64_t n = in.varint_at_most(in.left()); n > 0 && in.ok(); --n) {
    Entry entry;
    entry.range.start = in.signed_varint();
    entry.range.end = in.signed_varint();
    entry.series.resize(in.varint_at_most(in.left()));
    uint64_t last = 0;
    for (uint32_t& series : entry.series) {
      last += in.varint_at_most(UINT32_MAX);
      series = static_cast<uint32_t>(last);
      if (last > UINT32_MAX) in.fail();
    }
    out.entries_.push_back(std::move(entry));
  }
  if (!in.ok() || in.left() > 0)
    return fail(Code::kDataLoss, "malformed list of what was deleted");
  return out;
}

}  // namespace tripod::store::metrics
