// Where issues, their history and the releases they are seen in live. Part of the meta store.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/meta/issue.h"

namespace tripod::store {

// Limits of what people write.
inline constexpr size_t kMostCommentBytes = 64 << 10;
inline constexpr size_t kMostMerged = 1000;      // issues in one, at all depths

// Thread-safe. Every write is durable when the call returns. What the clock changes (a new issue that becomes an ongoing one, the end
// of an archive) has happened by the time that a call answers. A call that names an issue answers kNotFound where there is none.
class IssueStore {
 public:
  virtual ~IssueStore() = default;

  // Events. Ids are given by the caller (they are in the stored events already) and never used twice.
  virtual base::Result<int64_t> last_issue_id() = 0;   // deleted ones among them
  virtual base::Result<std::vector<std::pair<std::string, int64_t>>> issue_hashes() = 0;   // hash -> issue, all projects ("project:hash")
  // The highest error-event sequence whose change is in: events above it are applied again after a crash.
  virtual base::Result<uint64_t> applied_sequence() = 0;
  // Changes of deleted issues are left out: see issue_deletions().
  virtual base::Result<> apply(std::span<const IssueChange> changes, uint64_t applied_sequence) = 0;

  // Called by every call below before it looks, on its thread and without locks of the store: changes that still wait are applied by then.
  // Must not call anything here but apply(). Empty: none wait any more, and a call under way has ended.
  virtual void catch_up_by(std::function<void()> catch_up) = 0;

  // Those that stand for themselves.
  virtual base::Result<std::vector<Issue>> issues(const IssueQuery& query, uint64_t* total) = 0;
  virtual base::Result<Issue> issue(int64_t id) = 0;   // merged ones too
  virtual base::Result<std::vector<std::pair<std::string, uint64_t>>> issue_releases(int64_t id) = 0;       // most events first
  virtual base::Result<std::vector<std::pair<std::string, uint64_t>>> issue_environments(int64_t id) = 0;   // most events first
  virtual base::Result<std::vector<std::string>> issue_hashes_of(int64_t id) = 0;   // and of those merged into it
  // The issue and those merged into it, at all depths: what the events of this issue have as their `issue.id`.
  virtual base::Result<std::vector<int64_t>> issue_members(int64_t id) = 0;

  // What people do. Each is one transaction over all its issues, and each leaves an entry in the history of those that it changes.
  virtual base::Result<> resolve_issues(std::span<const int64_t> ids, const Resolution& resolution, const Actor& by) = 0;
  virtual base::Result<> archive_issues(std::span<const int64_t> ids, const Archive& archive, const Actor& by) = 0;
  virtual base::Result<> reopen_issues(std::span<const int64_t> ids, const Actor& by) = 0;
  virtual base::Result<> assign_issues(std::span<const int64_t> ids, int64_t user, const Actor& by) = 0;   // 0: nobody
  // From now on `ids` are part of `into`, with what was merged into them before. kInvalidArgument: one of them is part of `into`,
  // or the other way round, or is of another project, or they are more than kMostMerged.
  virtual base::Result<> merge_issues(int64_t into, std::span<const int64_t> ids, const Actor& by) = 0;
  // Undoes it: the issue stands for itself again, with all events that came meanwhile. kInvalidArgument: it does already.
  virtual base::Result<> unmerge_issue(int64_t id, const Actor& by) = 0;
  // Called with all ids that delete_issues() has deleted, on its thread; must be short. Empty: nobody is told any more.
  virtual void on_issues_deleted(std::function<void(std::span<const int64_t>)> deleted) = 0;
  // With those merged into them; answers all ids. Their events stay to be removed: see issue_deletions().
  virtual base::Result<std::vector<int64_t>> delete_issues(std::span<const int64_t> ids) = 0;

  // All issues that were ever deleted: no event begins one of them anew.
  virtual base::Result<std::vector<int64_t>> deleted_issues() = 0;
  // Deleted issues some of whose events may still be stored; (issue, mark). An event that comes later brings the issue back into the list.
  virtual base::Result<std::vector<std::pair<int64_t, int64_t>>> issue_deletions() = 0;
  // All events that were there when the mark was read are gone.
  virtual base::Result<> set_issue_events_removed(int64_t issue, int64_t mark) = 0;

  // History, newest first.
  virtual base::Result<std::vector<IssueActivity>> issue_activity(int64_t id, size_t limit) = 0;
  virtual base::Result<IssueActivity> add_comment(int64_t issue, std::string_view text, const Actor& by) = 0;
  virtual base::Result<IssueActivity> comment(int64_t issue, int64_t id) = 0;
  virtual base::Result<> set_comment(int64_t issue, int64_t id, std::string_view text) = 0;
  virtual base::Result<> remove_comment(int64_t issue, int64_t id) = 0;

  // Newest first: by semantic version where the project follows it, otherwise by first sight (model/release_order.h).
  virtual base::Result<std::vector<Release>> releases(int64_t project, size_t limit) = 0;
  virtual base::Result<Release> release(int64_t project, std::string_view version) = 0;   // kNotFound
};

}  // namespace tripod::store
