// Samples that say how much a series has grown since the sample before: OTLP's delta temporality.
#pragma once

#include <cstdint>
#include <vector>

namespace tripod::model {

// A series of a batch whose one sample holds the growth, until the pipeline makes a sum of it.
struct DeltaSample {
  uint32_t series = 0;  // index into Batch::series
  uint64_t shape = 0;   // of a histogram: its bounds; when they change, all of its series begin anew
};
using Deltas = std::vector<DeltaSample>;  // in the order of the batch's series

}  // namespace tripod::model
