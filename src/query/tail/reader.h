// Reads what one subscriber has not been given yet, step by step.
#pragma once

#include <optional>

#include "query/tail/tail.h"

namespace tripod::query::tail {

// Used by one thread at a time.
class TailReader {
 public:
  TailReader(const TailContext& context, TailPlan plan, std::shared_ptr<TailSink> sink);

  enum class Step : uint8_t {
    kIdle,     // all that is there has been given
    kMore,     // there is more to do
    kHeld,     // what there is must wait: until due()
    kNoRoom,   // the sink took less than it was given
    kFailed,   // the sink was told
  };
  Step step();
  int64_t due() const { return due_; }  // Clock::steady()
  bool wants(store::Dataset dataset) const;

 private:
  struct Mark {
    uint64_t sequence = 0;
    int64_t since = 0;
  };
  struct Cursor {
    uint64_t at = 0;                  // given up to here
    uint64_t window = 0;              // sequence numbers to look at in one read
    std::optional<Mark> behind;       // was durable then, and is not given yet
    std::optional<Mark> held;         // may be given TailPlan::hold after
    uint64_t untold = 0;              // dropped, and there was no room to say so
    bool untold_is_exact = true;
    // Of TailPlan::last:
    size_t backlog = 0;               // records still to give
    store::Position backlog_after;
    uint64_t backlog_end = 0;         // sequence number where what is new begins
  };

  store::ScanPlan plan_of(size_t source) const;
  base::Result<> find_backlog();
  base::Result<Step> step_backlog(size_t source);
  base::Result<Step> step_source(size_t source);
  base::Result<Step> read(size_t source, uint64_t end);
  base::Result<> drop(size_t source, uint64_t end);
  bool tell_dropped(size_t source);
  uint64_t may_give(Cursor& cursor, uint64_t durable);
  bool is_too_far_behind(Cursor& cursor, uint64_t end) const;

  const TailContext& context_;
  const TailPlan plan_;
  const std::shared_ptr<TailSink> sink_;
  std::vector<Cursor> cursors_;  // by source
  bool has_backlog_ = false;     // not looked for yet
  size_t turn_ = 0;
  int64_t due_ = 0;
};

}  // namespace tripod::query::tail
