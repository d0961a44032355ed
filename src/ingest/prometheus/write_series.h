// One series of a remote write request of either version, on its way into a batch. Internal to the decoders.
#pragma once

#include <cstdint>
#include <protozero/data_view.hpp>
#include <protozero/types.hpp>
#include <string_view>
#include <vector>

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

struct WriteSeries {
  std::vector<model::Label> labels;
  std::vector<model::Sample> samples;
  uint64_t histograms = 0;
  std::vector<model::Exemplar> exemplars;  // their labels are in the arena

  void clear();
  // With these labels, which are sorted on the way; rejected by name where they cannot be kept, or for `fault`.
  void add_exemplar(model::Exemplar exemplar, std::vector<model::Label>& of_exemplar, std::string_view fault, model::Batch& batch);
  // Sorts the labels, checks them, and appends series and samples to the batch, or rejects them by name; histograms are rejected.
  // Exemplars go with their series. `fault`: why the labels could not be read at all, else empty.
  void finish(model::Batch& batch, std::string_view fault = {});
};

// Appends, or rejects texts that are no UTF-8 and a family without a name.
void add_metadata(const model::MetricMetadata& metadata, model::Batch& batch);

}  // namespace tripod::ingest::prometheus
