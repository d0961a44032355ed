#include "store/metrics/exemplar_store.h"

#include <algorithm>
#include <bit>

#include "base/hash.h"
#include "store/metrics/varint.h"

namespace tripod::store::metrics {

using base::Code;
using base::fail;

namespace {

constexpr std::string_view kMagic = "TRPMEXS1";
constexpr uint32_t kVersion = 1;
constexpr size_t kSeriesBytes = 64;  // beside the labels

void put_labels(std::string& out, std::span<const model::Label> labels) {
  for (const model::Label& label : labels) {
    put_text(out, label.name);
    put_text(out, label.value);
  }
}

// Views into `bytes`, which put_labels() made.
void labels_in(std::string_view bytes, std::vector<model::Label>& out) {
  out.clear();
  ByteReader in(bytes);
  while (in.left() > 0 && in.ok()) {
    model::Label& label = out.emplace_back();
    label.name = in.text();
    label.value = in.text();
  }
  if (!in.ok()) out.clear();
}

std::vector<model::Label> labels_in(std::string_view bytes) {
  std::vector<model::Label> out;
  labels_in(bytes, out);
  return out;
}

Labels owned(std::span<const model::Label> labels) {
  Labels out;
  for (const model::Label& label : labels) out.emplace_back(label.name, label.value);
  return out;
}

bool is_in(int64_t time, TimeRangeMs range) { return time >= range.start && time <= range.end; }

}  // namespace

bool ExemplarStore::would_keep(std::span<const model::Label> series,
                               const model::Exemplar& exemplar) {
  if (exemplar.time_ms <= floor_) return false;
  key_.clear();
  put_labels(key_, series);
  const auto found = series_.find(key_);
  if (found == series_.end()) return true;
  const Series& list = found->second;
  if (list.size() >= kExemplarsPerSeries && exemplar.time_ms <= list.front().time_ms) return false;
  std::string labels;
  put_labels(labels, exemplar.labels);
  return std::ranges::none_of(list, [&](const Kept& kept) {
    return kept.time_ms == exemplar.time_ms && kept.labels == labels &&
           std::bit_cast<uint64_t>(kept.value) == std::bit_cast<uint64_t>(exemplar.value);
  });
}

bool ExemplarStore::add(std::span<const model::Label> series, const model::Exemplar& exemplar) {
  ++changes_;
  if (!would_keep(series, exemplar)) return false;
  const auto [at, is_new] = series_.try_emplace(key_);
  if (is_new) bytes_ += kSeriesBytes + key_.size();
  Kept kept{exemplar.time_ms, exemplar.value, {}};
  put_labels(kept.labels, exemplar.labels);
  Series& list = at->second;
  bytes_ += bytes_of(kept);
  ++size_;
  list.insert(std::ranges::upper_bound(list, kept.time_ms, {}, &Kept::time_ms), std::move(kept));
  if (list.size() > kExemplarsPerSeries) {
    bytes_ -= bytes_of(list.front());
    --size_;
    list.erase(list.begin());
  }
  while (size_ > most_ || bytes_ > most_bytes_) make_room();
  return exemplar.time_ms > floor_;
}

template <class Gone>
void ExemplarStore::erase(Series& series, const Gone& gone) {
  std::erase_if(series, [&](const Kept& kept) {
    if (!gone(kept)) return false;
    bytes_ -= bytes_of(kept);
    --size_;
    ++changes_;
    return true;
  });
}

void ExemplarStore::drop_empty() {
  boost::unordered::erase_if(series_, [&](const auto& entry) {
    if (!entry.second.empty()) return false;
    bytes_ -= kSeriesBytes + entry.first.size();
    return true;
  });
}

// The oldest eighth goes at once, so that this is rare.
void ExemplarStore::make_room() {
  std::vector<int64_t> times;
  times.reserve(size_);
  for (const auto& [key, list] : series_) {
    for (const Kept& kept : list) times.push_back(kept.time_ms);
  }
  const size_t count = std::max<size_t>(1, times.size() / 8);
  const auto newest = times.begin() + static_cast<ptrdiff_t>(count - 1);
  std::ranges::nth_element(times, newest);
  const int64_t time = *newest;
  // Of those of the very time as many as it takes: it may be the time of very many.
  auto of_that_time = 1 + std::count(times.begin(), newest, time);
  for (auto& [key, list] : series_) {
    erase(list, [&](const Kept& kept) {
      return kept.time_ms < time || (kept.time_ms == time && of_that_time-- > 0);
    });
  }
  drop_empty();
  floor_ = std::max(floor_, time);
}

void ExemplarStore::drop_older(int64_t time_ms) {
  for (auto& [key, list] : series_)
    erase(list, [&](const Kept& kept) { return kept.time_ms < time_ms; });
  drop_empty();
}

std::vector<ExemplarStore::Found> ExemplarStore::find(std::span<const CompiledMatcher> matchers, TimeRangeMs range) const {
  std::vector<Found> out;
  std::vector<model::Label> labels;
  for (const auto& [key, list] : series_) {
    const auto first = std::ranges::lower_bound(list, range.start, {}, &Kept::time_ms);
    const auto last = std::ranges::upper_bound(first, list.end(), range.end, {}, &Kept::time_ms);
    if (first == last) continue;
    labels_in(key, labels);
    if (matches_all(matchers, labels)) out.push_back({key, {first, last}});
  }
  return out;
}

std::vector<SeriesExemplars> ExemplarStore::lay_out(const std::vector<Found>& found) {
  std::vector<SeriesExemplars> out;
  out.reserve(found.size());
  for (const Found& one : found) {
    SeriesExemplars& series = out.emplace_back();
    series.series = owned(labels_in(one.series));
    for (const Kept& kept : one.exemplars) series.exemplars.push_back({owned(labels_in(kept.labels)), kept.value, kept.time_ms});
  }
  std::ranges::sort(out, {}, &SeriesExemplars::series);
  return out;
}

size_t ExemplarStore::remove(std::span<const CompiledMatcher> matchers, TimeRangeMs range) {
  const size_t before = size_;
  for (auto& [key, list] : series_) {
    if (!matches_all(matchers, labels_in(key))) continue;
    erase(list, [&](const Kept& kept) { return is_in(kept.time_ms, range); });
  }
  drop_empty();
  // There is room again, and what was taken away may be sent again.
  if (size_ < before) floor_ = std::numeric_limits<int64_t>::min();
  return before - size_;
}

std::string ExemplarStore::encode(base::WalSequence sequence) const {
  std::string out(kMagic);
  put_fixed(out, kVersion);
  put_varint(out, sequence);
  put_varint(out, series_.size());
  for (const auto& [key, list] : series_) {
    put_text(out, key);
    put_varint(out, list.size());
    for (const Kept& kept : list) {
      put_signed(out, kept.time_ms);
      put_fixed(out, std::bit_cast<uint64_t>(kept.value));
      put_text(out, kept.labels);
    }
  }
  put_fixed(out, base::hash64(out));
  return out;
}

base::Result<base::WalSequence> ExemplarStore::decode(std::string_view bytes) {
  const auto damaged = [] { return fail(Code::kDataLoss, "the file of exemplars is damaged"); };
  if (bytes.size() < kMagic.size() + 8 || !bytes.starts_with(kMagic)) return damaged();
  const std::string_view body = bytes.substr(0, bytes.size() - 8);
  if (ByteReader(bytes.substr(body.size())).fixed<uint64_t>() != base::hash64(body))
    return damaged();
  ByteReader in(body.substr(kMagic.size()));
  if (const auto version = in.fixed<uint32_t>(); version != kVersion)
    return fail(Code::kUnsupported, "file of exemplars, version " + std::to_string(version));
  const base::WalSequence sequence = in.varint();
  for (uint64_t n = in.varint_at_most(in.left()); n > 0 && in.ok(); --n) {
    const auto series = labels_in(in.text());
    for (uint64_t k = in.varint_at_most(in.left()); k > 0 && in.ok(); --k) {
      model::Exemplar exemplar;
      exemplar.time_ms = in.signed_varint();
      exemplar.value = std::bit_cast<double>(in.fixed<uint64_t>());
      auto labels = labels_in(in.text());
      exemplar.labels = labels;
      if (in.ok() && !series.empty()) add(series, exemplar);
    }
  }
  if (!in.ok() || in.left() > 0) return damaged();
  return sequence;
}

}  // namespace tripod::store::metrics
