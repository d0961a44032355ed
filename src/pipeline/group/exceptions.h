// Which exceptions of an event count for grouping.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/batch.h"

namespace tripod::pipeline::group {

// All exceptions, in event order, unless they form an exception group (Python's ExceptionGroup,
// JavaScript's AggregateError): then only the distinct leaves of the group, by `key_of`; with one,
// that leaf and the causes under it, with several, those and the root. A malformed tree (ids
// missing, doubled, pointing nowhere, circular) gives all. Pointers into `event`.
std::vector<const model::Exception*> grouping_exceptions(
    const model::ErrorEvent& event,
    const std::function<std::string(const model::Exception&)>& key_of);

}  // namespace tripod::pipeline::group
