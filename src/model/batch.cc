#include "model/batch.h"

#include <bit>

namespace tripod::model {

void Batch::reject(std::string_view reason, std::string_view detail, uint64_t count) {
  constexpr size_t kMostDetails = 20;
  size_t same_reason = 0;
  Rejection* last = nullptr;
  for (Rejection& r : rejections) {
    if (r.reason != reason) continue;
    ++same_reason;
    last = &r;
    if (r.detail == detail) {
      r.count += count;
      return;
    }
  }
  if (same_reason >= kMostDetails) {
    last->count += count;
    return;
  }
  rejections.push_back({std::string(reason), std::string(detail), count});
}

void Batch::add_unkept(std::string_view item, uint64_t count) {
  for (Unkept& u : unkept) {
    if (u.item == item) {
      u.count += count;
      return;
    }
  }
  unkept.push_back({std::string(item), count});
}

uint64_t Batch::rejected_count() const {
  uint64_t sum = 0;
  for (const Rejection& r : rejections) sum += r.count;
  return sum;
}

uint64_t Batch::sample_count() const {
  uint64_t sum = 0;
  for (const SeriesSamples& s : series) sum += s.samples.size();
  return sum;
}

double stale_marker() { return std::bit_cast<double>(kStaleMarkerBits); }
bool is_stale_marker(double value) { return std::bit_cast<uint64_t>(value) == kStaleMarkerBits; }

}  // namespace tripod::model
