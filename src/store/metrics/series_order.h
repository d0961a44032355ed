// The orders that series and samples are kept in.
#pragma once

#include <span>
#include <vector>

#include "model/batch.h"

namespace tripod::store::metrics {

// By names, then by values.
bool labels_less(std::span<const model::Label> a, std::span<const model::Label> b);

// Ascending by time; of equal times the first stays.
void order_samples(std::vector<model::Sample>& samples);

}  // namespace tripod::store::metrics
