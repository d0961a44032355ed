// Rows of the window on their way to the spans that are kept, with what was decided of their traces.
#pragma once

#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "sampling/decision_cache.h"
#include "store/events/event_store.h"
#include "store/events/row_batch.h"

namespace tripod::sampling {

// Fields of a kept span, beside its own.
inline constexpr std::string_view kPolicyField = "sampling.policy";                // why it is kept
using store::kAdjustedCountField;  // float: so many spans it stands for, itself among them

// A batch in the making. Rows and decisions must outlive it. Not thread-safe.
class KeptRows {
 public:
  void add(const store::RowBatch& rows, uint32_t row, const PastDecision& decision);
  void add(const store::EventRow& row, const PastDecision& decision);
  size_t size() const { return events_.size(); }
  store::EventBatch batch() const { return {.dataset = store::Dataset::kSpans, .streams = streams_, .events = events_}; }

 private:
  std::span<const model::Attribute> fields_of(const PastDecision& decision);  // ends fields_
  uint32_t stream_of(const store::RowBatch& rows, uint32_t stream);
  uint32_t stream_of(std::vector<model::Attribute> fields);

  base::Arena arena_;
  std::vector<std::span<const model::Attribute>> streams_;
  std::vector<store::Event> events_;
  std::map<std::pair<const store::RowBatch*, uint32_t>, uint32_t> known_streams_;
  std::vector<model::Attribute> last_fields_;  // the stream of the last EventRow
  std::optional<uint32_t> last_stream_;
  std::vector<model::Attribute> fields_;       // of the row being added
};

}  // namespace tripod::sampling
