// A stored error event as the UI shows it: the payload's parts in one fixed shape.
#pragma once

#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "base/result.h"
#include "store/events/event_store.h"

namespace tripod::serve::app {

struct Neighbours {
  std::string previous;   // event ids; empty at the ends
  std::string next;
};
// The event's JSON. Missing or odd parts of a payload become empty, never an error: SDKs differ.
std::string event_json(const store::EventRow& row, const Neighbours& neighbours);

}  // namespace tripod::serve::app
