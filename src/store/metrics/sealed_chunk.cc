#include "store/metrics/sealed_chunk.h"

#include <cstring>
#include <new>

#include "base/result.h"
#include "store/metrics/head_chunk.h"
#include "store/metrics/int_codec.h"
#include "store/metrics/value_codec.h"
#include "store/metrics/varint.h"

namespace tripod::store::metrics {

SealedChunk::SealedChunk(Form form, int64_t min_time, int64_t max_time, uint16_t count, std::string_view bytes) {
  void* memory = ::operator new(sizeof(Body) + bytes.size());
  auto* body = new (memory) Body{min_time, max_time, 0, static_cast<uint32_t>(bytes.size()), count, form};
  if (!bytes.empty()) std::memcpy(static_cast<char*>(memory) + sizeof(Body), bytes.data(), bytes.size());
  body_.reset(body);
}

void SealedChunk::Body::release() const {
  if (references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  this->~Body();
  ::operator delete(const_cast<Body*>(this));
}

SealedChunk SealedChunk::of(std::span<const model::Sample> samples) {
  std::string bytes;
  const std::string times = encode_times(samples);
  put_varint(bytes, times.size());
  bytes += times;
  encode_values(samples, bytes);
  return {Form::kColumns, samples.front().time_ms, samples.back().time_ms, static_cast<uint16_t>(samples.size()), bytes};
}

void SealedChunk::decode(int64_t start, int64_t end, ChunkScratch& scratch, std::vector<model::Sample>& out) const {
  const size_t count = body_->count;
  if (body_->form == Form::kBits) {
    TRIPOD_CHECK(decode_open_chunk(bytes(), body_->count, start, end, out));
    return;
  }
  ByteReader in(bytes());
  const std::string_view times = in.bytes(in.varint());
  if (scratch.times.size() != count || scratch.time_bytes != times) {
    TRIPOD_CHECK(decode_times(times, count, scratch.times));
    scratch.time_bytes = times;
  }
  TRIPOD_CHECK(decode_values(in, count, scratch.values));
  const size_t before = out.size();
  out.resize(before + count);
  model::Sample* to = out.data() + before;
  for (size_t i = 0; i < count; ++i) {
    const int64_t time = wrapping_add(body_->min_time, scratch.times[i]);
    *to = {time, scratch.values[i]};
    if (time >= start && time <= end) ++to;
  }
  out.resize(static_cast<size_t>(to - out.data()));
}

}  // namespace tripod::store::metrics
