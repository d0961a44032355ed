#include "store/metrics/posting_codec.h"

#include <algorithm>

#include "store/metrics/varint.h"

namespace tripod::store::metrics {

void PostingsWriter::put_repeats() {
  if (repeats_ > 0) put_varint(out_, (repeats_ - 1) << 1 | 1);
  repeats_ = 0;
}

void PostingsWriter::add(uint32_t number) {
  const uint64_t delta = number + uint64_t{1} - next_;
  next_ = number + uint64_t{1};
  if (delta == delta_) {
    ++repeats_;
    return;
  }
  put_repeats();
  put_varint(out_, delta << 1);
  delta_ = delta;
}

void PostingsWriter::finish() {
  put_repeats();
  next_ = 0;
  delta_ = 1;
}

bool read_postings(std::string_view bytes, uint32_t count, uint32_t series, Postings& out) {
  if (count > series) return false;
  ByteReader in(bytes);
  out.resize(count);
  uint64_t next = 0;
  uint64_t delta = 1;
  for (size_t i = 0; i < count;) {
    const uint64_t token = in.varint();
    uint64_t times = 1;
    if (token & 1) {
      times = (token >> 1) + 1;
    } else {
      delta = token >> 1;
    }
    if (!in.ok() || delta == 0 || times > count - i || delta > (series - next) / times) return false;
    for (const size_t end = i + times; i < end; ++i) {
      next += delta;
      out[i] = static_cast<uint32_t>(next - 1);
    }
  }
  return true;
}

bool read_postings_v1(std::string_view bytes, uint32_t count, uint32_t series, Postings& out) {
  if (count > bytes.size()) return false;
  ByteReader in(bytes);
  out.clear();
  out.reserve(count);
  uint64_t last = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const uint64_t delta = in.varint_at_most(series);
    last += delta;
    if (!in.ok() || last >= series || (i > 0 && delta == 0)) return false;
    out.push_back(static_cast<uint32_t>(last));
  }
  return true;
}

}  // namespace tripod::store::metrics
