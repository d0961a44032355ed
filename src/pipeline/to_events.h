// Records of the model as wide events of the store: the names of every field are decided here (docs/fields.md lists them).
#pragma once

#include <span>
#include <vector>

#include "model/batch.h"
#include "store/events/event_store.h"

namespace tripod::pipeline {

// One dataset's events of one batch; everything points into the batch's arena.
struct EventRows {
  std::vector<std::span<const model::Attribute>> streams;
  std::vector<store::Event> events;

  store::EventBatch batch(store::Dataset dataset) const {
    return {.dataset = dataset, .streams = streams, .events = events};
  }
};

EventRows logs_to_events(model::Batch& batch);
EventRows spans_to_events(model::Batch& batch);

// What grouping decided about one error event.
struct GroupedError {
  int64_t issue = 0;
  std::string_view title;
  std::string_view type;
  std::string_view value;
  std::string_view culprit;
  std::string_view hashes_json;   // ["…","…"]
  std::string_view grouping;      // the version of grouping that gave them
  bool is_thinned = false;        // its payload is left out
};
// `grouped` has one entry per batch.errors.
EventRows errors_to_events(model::Batch& batch, std::span<const GroupedError> grouped);

// Of an error event without its payload: true. Others do not have it.
inline constexpr std::string_view kThinnedField = "thinned";

// Names of the fields that sessions_to_events() writes beside those of the stream; a count of 0 is left out.
namespace session_field {
inline constexpr std::string_view kProject = "project";
inline constexpr std::string_view kId = "session.id";    // a hash: of updates of one session
inline constexpr std::string_view kUser = "user.hash";   // user_hash()
inline constexpr std::string_view kBegun = "begun";
inline constexpr std::string_view kErrored = "errored";
inline constexpr std::string_view kCrashed = "crashed";
inline constexpr std::string_view kAbnormal = "abnormal";
}  // namespace session_field

EventRows sessions_to_events(model::Batch& batch);

}  // namespace tripod::pipeline
