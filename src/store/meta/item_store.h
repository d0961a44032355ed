// What SDKs and users report beside events, as far as it is facts: items that were not sent, feedback, and which files there are.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/items.h"

namespace tripod::store {

// Items of one category that SDKs did not send for one reason, of one day (UTC).
struct DiscardedRow {
  int64_t project = 0;
  base::UnixNanos day = 0;   // its begin
  std::string reason;
  std::string category;
  uint64_t quantity = 0;
};

struct FeedbackRow {
  int64_t id = 0;            // rising
  model::UserFeedback feedback;
  int64_t issue = 0;         // of its event; 0: of none, or it is not known yet
};

struct FeedbackQuery {
  int64_t issue = 0;         // 0: of all
  bool only_unlinked = false;  // those whose event is not known yet
  int64_t before = INT64_MAX;  // id
  size_t limit = 100;
};

struct AttachmentRow {
  std::string id;            // 32 hexadecimal digits: the name of its file
  model::Attachment::Kind kind = model::Attachment::Kind::kAttachment;
  int64_t project = 0;
  std::string event_id;      // 32 hexadecimal digits
  std::string name;
  std::string content_type;
  std::string attachment_type;
  uint64_t bytes = 0;
  base::UnixNanos created = 0;
};

struct AttachmentTotals {
  uint64_t number = 0;
  uint64_t bytes = 0;
};

// Thread-safe. Every write is durable when the call returns.
class ItemStore {
 public:
  static constexpr int64_t kMostFeedback = 100'000;        // the oldest make room
  static constexpr int64_t kMostDiscardedOfDay = 200;      // pairs of reason and category of a project; the rest is "other" of "other"
  static constexpr int64_t kDiscardedDays = 90;

  virtual ~ItemStore() = default;
  virtual base::Result<> add_client_reports(std::span<const model::ClientReport> reports) = 0;
  virtual base::Result<std::vector<DiscardedRow>> discarded(base::UnixNanos since, base::UnixNanos until) = 0;  // days that begin there, oldest first

  // One of the same project and id is replaced. `issues`: one for each, 0 where it is not known.
  virtual base::Result<> add_feedback(std::span<const model::UserFeedback> feedback, std::span<const int64_t> issues) = 0;
  virtual base::Result<std::vector<FeedbackRow>> feedback(const FeedbackQuery& query) = 0;                       // newest first
  virtual base::Result<> link_feedback(int64_t id, int64_t issue) = 0;

  virtual base::Result<> add_attachments(std::span<const AttachmentRow> rows) = 0;                               // those that are there stay
  virtual base::Result<std::vector<AttachmentRow>> attachments_of(const std::string& event_id) = 0;
  virtual base::Result<AttachmentRow> attachment(const std::string& id) = 0;                                     // kNotFound
  virtual base::Result<std::vector<AttachmentRow>> oldest_attachments(size_t limit) = 0;
  virtual base::Result<AttachmentTotals> attachment_totals() = 0;
  virtual base::Result<> remove_attachments(std::span<const AttachmentRow> rows) = 0;
};

}  // namespace tripod::store
