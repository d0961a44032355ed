// Keeps what comes with events and is no record of a signal: reports of SDKs, feedback of users, files.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/result.h"
#include "items/file_store.h"
#include "model/batch.h"
#include "store/events/event_store.h"
#include "store/meta/item_store.h"

namespace tripod::items {

struct FileLimits {
  uint64_t most_bytes = uint64_t{20} << 20;  // of one file
  uint64_t total_bytes = uint64_t{1} << 30;  // of all: the oldest make room
  int64_t age = 30 * base::kNanosPerDay;
};

// Everything outlives the keeper.
struct ItemContext {
  store::ItemStore& store;
  store::EventStore& events;
  FileStore& files;
  const base::Clock& clock;
  base::Logger& log;
  base::MetricRegistry& metrics;
};

// Thread-safe; keep() is called by one thread at a time.
class ItemKeeper {
 public:
  ItemKeeper(ItemContext context, FileLimits limits);

  // Removes files that no list names: of writes that a crash has ended. Call once, before keep().
  base::Result<> tidy();

  // Durable when it returns; answers what was not taken ("attachment_too_large", "attachment_without_event"). After an error all of it may
  // come again: reports alone are then counted twice.
  base::Result<std::vector<model::Rejection>> keep(const model::Items& items);
  void set_limits(const FileLimits& limits);

  // Feedback of an issue, and of all (0), newest first. What has come before its event is joined with it here.
  base::Result<std::vector<store::FeedbackRow>> feedback(int64_t issue, int64_t before, size_t limit);
  // As the event was stored; 0: there is no such event.
  base::Result<int64_t> issue_of(const model::EventId& event);

 private:
  base::Result<> keep_reports(const std::vector<model::ClientReport>& reports);
  base::Result<> keep_feedback(const std::vector<model::UserFeedback>& feedback);
  base::Result<> keep_files(const std::vector<model::Attachment>& files, std::vector<model::Rejection>& rejections);
  base::Result<> make_room(const FileLimits& limits);
  base::Result<> drop(const std::vector<store::AttachmentRow>& rows);

  const ItemContext context_;
  mutable std::mutex mu_;
  FileLimits limits_;                         // guarded by mu_
  std::optional<store::AttachmentTotals> totals_;  // keep()'s: read once, then counted
};

}  // namespace tripod::items
