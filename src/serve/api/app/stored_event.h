// A stored error event read back as grouping and scrubbing see it.
#pragma once

#include <string_view>

#include "serve/api/context.h"

namespace tripod::serve::app {

struct StoredEvent {
  store::EventRow row;
  model::Batch batch;  // with the event alone, decoded from its payload
  const model::ErrorEvent& event() const { return batch.errors.front(); }
};

// kNotFound: no such event.
base::Result<StoredEvent> stored_event(const Api& api, const HttpRequest& request, std::string_view event_id);

}  // namespace tripod::serve::app
