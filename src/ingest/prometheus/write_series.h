// One series of a remote write request of either version, on its way into a batch. Internal to the decoders.
#pragma once

#include <cstdint>
#include <protozero/data_view.hpp>
#include <protozero/types.hpp>
#include <string_view>
#include <vector>

#include "ingest/decode_limits.h"
#include "ingest/rejection_tally.h"
#include "model/batch.h"

namespace tripod::ingest::prometheus {

inline std::string_view view(const protozero::data_view& data) { return {data.data(), data.size()}; }

template <class Field>
constexpr uint32_t tag(Field field, protozero::pbf_wire_type type = protozero::pbf_wire_type::length_delimited) {
  return protozero::tag_and_type(field, type);
}

// A quick one for texts that are mostly ASCII.
bool is_utf8(std::string_view text);

// Of both versions: they number types alike.
model::MetricType write_metric_type(int32_t value);

// The batch that a request goes into, and what it may take up: empty messages of two bytes stand for records of dozens.
class WriteBatch {
 public:
  // Thrown past a limit; decode_write_request() stops it.
  struct TooLarge {
    std::string_view why;
  };
  WriteBatch(model::Batch& batch, const DecodeLimits& limits) : batch_(batch), rejections_(batch), limit_(limits.decoded_bytes) {}

  model::Batch& batch() { return batch_; }
  RejectionTally& rejections() { return rejections_; }
  // Accounts for memory about to be used.
  void charge(size_t bytes) {
    used_ += bytes;
    if (used_ > limit_) throw TooLarge{"it takes too much memory once read: send fewer series at once"};
  }
  template <class T>
  void push(T value, std::vector<T>& to) {
    charge(sizeof(T));
    to.push_back(value);
  }

 private:
  model::Batch& batch_;
  RejectionTally rejections_;
  const size_t limit_;
  size_t used_ = 0;
};

// The store keeps no more of a series: older ones of a request would be pushed out at once.
inline constexpr size_t kMostExemplarsOfSeries = 32;

struct WriteSeries {
  std::vector<model::Label> labels;
  std::vector<model::Sample> samples;
  uint64_t histograms = 0;
  std::vector<model::Exemplar> exemplars;  // their labels are in the arena

  void clear();
  // With these labels, which are sorted on the way; rejected by name where they cannot be kept, or for `fault`.
  void add_exemplar(model::Exemplar exemplar, std::vector<model::Label>& of_exemplar, std::string_view fault, WriteBatch& to);
  // Sorts the labels, checks them, and appends series and samples to the batch, or rejects them by name; histograms are rejected.
  // The newest exemplars go with their series, others are counted as not kept. `fault`: why the labels could not be read at all, else empty.
  void finish(WriteBatch& to, std::string_view fault = {});
};

// Appends, or rejects texts that are no UTF-8 and a family without a name.
void add_metadata(const model::MetricMetadata& metadata, WriteBatch& to);

}  // namespace tripod::ingest::prometheus
