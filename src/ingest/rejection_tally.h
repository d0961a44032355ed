// Counts rejected items of one request cheaply: a body of nothing but bad items must not cost a
// formatted text each.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "model/batch.h"

namespace tripod::ingest {

// Hands each reason's first kDetails items to Batch::reject() with their texts, and only counts the
// others. Call flush() when the request is read. Reasons are static texts. Not thread-safe.
class RejectionTally {
 public:
  explicit RejectionTally(model::Batch& batch) : batch_(batch) {}

  // `detail` answers the text and is called only where it is listed.
  template <class Detail>
  void add(std::string_view reason, Detail&& detail, uint64_t count = 1) {
    Entry& entry = entry_of(reason);
    if (entry.listed < kDetails) {
      ++entry.listed;
      batch_.reject(reason, detail(), count);
    } else {
      entry.unlisted += count;
    }
  }

  void flush() {
    for (Entry& entry : entries_) {
      if (entry.unlisted > 0) batch_.reject(entry.reason, "further items", entry.unlisted);
      entry.unlisted = 0;
    }
  }

 private:
  static constexpr uint32_t kDetails =
      19;  // a batch lists 20 of a reason: the last says how many more there were

  struct Entry {
    std::string_view reason;
    uint32_t listed = 0;
    uint64_t unlisted = 0;
  };

  Entry& entry_of(std::string_view reason) {
    for (Entry& entry : entries_) {
      if (entry.reason == reason) return entry;
    }
    return entries_.emplace_back(Entry{.reason = reason});
  }

  model::Batch& batch_;
  std::vector<Entry> entries_;  // few: reasons are a fixed vocabulary
};

}  // namespace tripod::ingest
