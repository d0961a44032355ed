#include "items/item_keeper.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "base/hash.h"

namespace tripod::items {

using base::Result;
using store::AttachmentRow;

namespace {

constexpr size_t kDropped = 100;        // files at once
constexpr size_t kMostJoined = 100;     // feedback looked at for its event

// The same file of the same event has the same id: sent again it is kept once.
std::string id_of(const model::Attachment& file) {
  std::string key = std::to_string(file.project) + "\n" + file.event_id.hex() + "\n" + std::to_string(static_cast<int>(file.kind)) + "\n" + file.name + "\n" +
                    std::to_string(file.bytes.size()) + "\n" + std::to_string(base::hash64(file.bytes));
  model::EventId id;
  const std::array<uint64_t, 2> halves = {base::hash64(key, 1), base::hash64(key, 2)};
  std::memcpy(id.bytes.data(), halves.data(), sizeof halves);
  return id.hex();
}

// Names come from outside; a metric has few labels. https://develop.sentry.dev/sdk/telemetry/client-reports/
std::string known_or_other(std::span<const std::string_view> known, const std::string& name) {
  return std::ranges::find(known, name) == known.end() ? "other" : name;
}
constexpr auto kReasons = std::to_array<std::string_view>(
    {"queue_overflow", "cache_overflow", "buffer_overflow", "ratelimit_backoff", "network_error", "sample_rate", "before_send", "event_processor", "send_error",
     "internal_sdk_error", "insufficient_data", "backpressure", "no_parent_span", "ignored", "too_many_spans", "invalid"});
constexpr auto kCategories = std::to_array<std::string_view>(
    {"error", "default", "transaction", "span", "session", "attachment", "monitor", "profile", "profile_chunk", "replay", "feedback", "log_item", "log_byte",
     "trace_metric", "metric", "metric_bucket", "security", "internal", "statsd"});

AttachmentRow row_of(const model::Attachment& file) {
  return {.id = id_of(file),
          .kind = file.kind,
          .project = static_cast<int64_t>(file.project),
          .event_id = file.event_id.hex(),
          .name = file.name,
          .content_type = file.content_type,
          .attachment_type = file.attachment_type,
          .bytes = file.bytes.size(),
          .created = file.time};
}

}  // namespace

ItemKeeper::ItemKeeper(ItemContext context, FileLimits limits) : context_(context), limits_(limits) {}

void ItemKeeper::set_limits(const FileLimits& limits) {
  std::lock_guard lock(mu_);
  limits_ = limits;
}

Result<> ItemKeeper::tidy() {
  auto ids = context_.files.list();
  if (!ids) return base::fail(std::move(ids.error()));
  for (const std::string& id : *ids) {
    const auto known = context_.store.attachment(id);
    if (known || known.error().code != base::Code::kNotFound) continue;
    if (auto removed = context_.files.remove(id); !removed) return removed;
  }
  return {};
}

Result<std::vector<model::Rejection>> ItemKeeper::keep(const model::Items& items) {
  std::vector<model::Rejection> rejections;
  // What can be repeated goes first: should a later one fail, nothing is there twice when all come again.
  if (auto kept = keep_files(items.attachments, rejections); !kept) return base::fail(std::move(kept.error()));
  if (auto kept = keep_feedback(items.feedback); !kept) return base::fail(std::move(kept.error()));
  if (auto kept = keep_reports(items.client_reports); !kept) return base::fail(std::move(kept.error()));
  return rejections;
}

Result<> ItemKeeper::keep_reports(const std::vector<model::ClientReport>& reports) {
  if (reports.empty()) return {};
  if (auto stored = context_.store.add_client_reports(reports); !stored) return stored;
  for (const model::ClientReport& report : reports) {
    context_.metrics.counter("tripod_sdk_discarded_items_total", "Items that SDKs did not send, by category and by the reason that they say.",
                             {{"category", known_or_other(kCategories, report.category)}, {"reason", known_or_other(kReasons, report.reason)}})
        .add(report.quantity);
  }
  return {};
}

Result<int64_t> ItemKeeper::issue_of(const model::EventId& event) {
  if (event.empty()) return 0;
  const auto found = context_.events.scan({.dataset = store::Dataset::kErrors, .filter = store::Predicate::equal("event_id", event.hex()), .project = {"issue.id"}, .limit = 1});
  if (!found) return base::fail(found.error());
  const store::FieldValue* id = found->rows.empty() ? nullptr : found->rows[0].find("issue.id");
  const int64_t* issue = id == nullptr ? nullptr : std::get_if<int64_t>(id);
  return issue == nullptr ? 0 : *issue;
}

Result<> ItemKeeper::keep_feedback(const std::vector<model::UserFeedback>& feedback) {
  if (feedback.empty()) return {};
  std::vector<int64_t> issues;
  for (const model::UserFeedback& one : feedback) {
    const auto issue = issue_of(one.event_id);
    if (!issue) return base::fail(issue.error());
    issues.push_back(*issue);
  }
  return context_.store.add_feedback(feedback, issues);
}

Result<std::vector<store::FeedbackRow>> ItemKeeper::feedback(int64_t issue, int64_t before, size_t limit) {
  const auto unlinked = context_.store.feedback({.only_unlinked = true, .limit = kMostJoined});
  if (!unlinked) return base::fail(unlinked.error());
  for (const store::FeedbackRow& row : *unlinked) {
    const auto found = issue_of(row.feedback.event_id);
    if (!found) return base::fail(found.error());
    if (*found == 0) continue;
    if (auto linked = context_.store.link_feedback(row.id, *found); !linked) return base::fail(std::move(linked.error()));
  }
  return context_.store.feedback({.issue = issue, .before = before, .limit = limit});
}

Result<> ItemKeeper::keep_files(const std::vector<model::Attachment>& files, std::vector<model::Rejection>& rejections) {
  if (files.empty()) return {};
  FileLimits limits;
  {
    std::lock_guard lock(mu_);
    limits = limits_;
  }
  std::vector<AttachmentRow> rows;
  for (const model::Attachment& file : files) {
    if (file.event_id.empty()) {
      rejections.push_back({"attachment_without_event", "attachment: its envelope has no event_id"});
    } else if (file.bytes.size() > limits.most_bytes) {
      rejections.push_back({"attachment_too_large", "attachment of " + std::to_string(file.bytes.size()) + " bytes; the limit is " + std::to_string(limits.most_bytes)});
    } else {
      rows.push_back(row_of(file));
      // The file first: what is listed is there.
      if (auto written = context_.files.write(rows.back().id, file.bytes); !written) return written;
    }
  }
  if (rows.empty()) return {};
  if (auto listed = context_.store.add_attachments(rows); !listed) return listed;
  if (totals_) {
    totals_->number += rows.size();
    for (const AttachmentRow& row : rows) totals_->bytes += row.bytes;
  }
  return make_room(limits);
}

Result<> ItemKeeper::make_room(const FileLimits& limits) {
  // Counted up by what comes, repeated or not: what looks too much is read again.
  const auto too_much = [&] { return !totals_ || totals_->bytes > limits.total_bytes; };
  while (true) {
    if (too_much()) {
      const auto totals = context_.store.attachment_totals();
      if (!totals) return base::fail(totals.error());
      totals_ = *totals;
    }
    const auto oldest = context_.store.oldest_attachments(too_much() ? kDropped : 1);
    if (!oldest) return base::fail(oldest.error());
    std::vector<AttachmentRow> dropped;
    uint64_t left = totals_->bytes;
    for (const AttachmentRow& row : *oldest) {
      if (left <= limits.total_bytes && row.created >= context_.clock.now() - limits.age) break;
      left -= std::min(left, row.bytes);
      dropped.push_back(row);
    }
    if (dropped.empty()) return {};
    if (auto done = drop(dropped); !done) return done;
    totals_->bytes = left;
  }
}

// The list first: what is listed is there, and a file that is not is removed by the next start at the latest.
Result<> ItemKeeper::drop(const std::vector<AttachmentRow>& rows) {
  if (auto removed = context_.store.remove_attachments(rows); !removed) return removed;
  for (const AttachmentRow& row : rows) {
    if (auto removed = context_.files.remove(row.id); !removed) context_.log.warn("attachment_not_removed", {{"error", std::string_view(removed.error().message)}});
  }
  return {};
}

}  // namespace tripod::items
