// The embedded meta store: one SQLite file through SOCI. Schema and version: docs/formats/meta.md.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "store/meta/item_store.h"
#include "store/meta/meta_store.h"
#include "store/meta/monitor_store.h"

namespace soci {
class session;
}

namespace tripod::store {

// Thread-safe: one connection behind a mutex. Calls take microseconds to a few milliseconds (fsync).
class SqliteMetaStore final : public MetaStore, public MonitorStore, public ItemStore {
 public:
  // Creates or migrates the file. A file of a newer version is refused, not touched.
  static base::Result<std::unique_ptr<SqliteMetaStore>> open(const std::string& path, const base::Clock& clock);
  ~SqliteMetaStore() override;

  base::Result<bool> bootstrap(std::string_view organisation, std::string_view key) override;
  base::Result<std::vector<Project>> projects() override;
  base::Result<std::vector<ProjectKey>> project_keys() override;
  base::Result<std::vector<User>> users() override;
  base::Result<std::string> password_hash(int64_t user) override;
  base::Result<> set_password_hash(int64_t user, std::string_view phc) override;
  base::Result<> add_sign_in_link(std::string_view token_hash, int64_t user, base::UnixNanos expires) override;
  base::Result<int64_t> take_sign_in_link(std::string_view token_hash, base::UnixNanos now) override;
  base::Result<> add_session(const Session& session) override;
  base::Result<std::vector<Session>> sessions(base::UnixNanos now) override;
  base::Result<> remove_session(std::string_view token_hash) override;
  base::Result<int64_t> add_token(const ApiToken& token) override;
  base::Result<std::vector<ApiToken>> tokens() override;
  base::Result<> remove_token(int64_t id) override;

  base::Result<std::vector<LogStreamName>> log_stream_names() override;
  base::Result<> add_log_stream_name(const LogStreamName& name) override;
  base::Result<> remove_log_stream_names(std::span<const LogStreamName> names) override;

  base::Result<std::vector<View>> views(const ViewQuery& query) override;
  base::Result<View> view(int64_t id) override;
  base::Result<View> add_view(const View& view) override;
  base::Result<> set_view(const View& view) override;
  base::Result<> remove_view(int64_t id) override;

  base::Result<std::vector<ProjectSetting>> project_settings() override;
  base::Result<> set_project_settings(std::span<const ProjectSetting> settings) override;

  base::Result<int64_t> last_issue_id() override;
  base::Result<std::vector<std::pair<std::string, int64_t>>> issue_hashes() override;
  base::Result<uint64_t> applied_sequence() override;
  base::Result<> apply(std::span<const IssueChange> changes, uint64_t applied_sequence) override;
  void catch_up_by(std::function<void()> catch_up) override;
  base::Result<std::vector<Issue>> issues(const IssueQuery& query, uint64_t* total) override;
  base::Result<Issue> issue(int64_t id) override;
  base::Result<std::vector<std::pair<std::string, uint64_t>>> issue_releases(int64_t id) override;
  base::Result<std::vector<std::pair<std::string, uint64_t>>> issue_environments(int64_t id) override;
  base::Result<std::vector<std::string>> issue_hashes_of(int64_t id) override;
  base::Result<std::vector<int64_t>> issue_members(int64_t id) override;
  base::Result<> resolve_issues(std::span<const int64_t> ids, const Resolution& resolution, const Actor& by) override;
  base::Result<> archive_issues(std::span<const int64_t> ids, const Archive& archive, const Actor& by) override;
  base::Result<> reopen_issues(std::span<const int64_t> ids, const Actor& by) override;
  base::Result<> assign_issues(std::span<const int64_t> ids, int64_t user, const Actor& by) override;
  base::Result<> merge_issues(int64_t into, std::span<const int64_t> ids, const Actor& by) override;
  base::Result<> unmerge_issue(int64_t id, const Actor& by) override;
  void on_issues_deleted(std::function<void(std::span<const int64_t>)> deleted) override;
  base::Result<std::vector<int64_t>> delete_issues(std::span<const int64_t> ids) override;
  base::Result<std::vector<int64_t>> deleted_issues() override;
  base::Result<std::vector<std::pair<int64_t, int64_t>>> issue_deletions() override;
  base::Result<> set_issue_events_removed(int64_t issue, int64_t mark) override;
  base::Result<std::vector<IssueActivity>> issue_activity(int64_t id, size_t limit) override;
  base::Result<IssueActivity> add_comment(int64_t issue, std::string_view text, const Actor& by) override;
  base::Result<IssueActivity> comment(int64_t issue, int64_t id) override;
  base::Result<> set_comment(int64_t issue, int64_t id, std::string_view text) override;
  base::Result<> remove_comment(int64_t issue, int64_t id) override;
  base::Result<std::vector<Release>> releases(int64_t project, size_t limit) override;
  base::Result<Release> release(int64_t project, std::string_view version) override;

  base::Result<std::vector<ReleaseFacts>> release_facts(int64_t project) override;
  base::Result<ReleaseFacts> release_facts_of(int64_t project, std::string_view version) override;
  base::Result<bool> update_release(int64_t project, std::string_view version, const ReleaseUpdate& update) override;
  base::Result<> saw_release(int64_t project, std::string_view version, base::UnixNanos time) override;
  base::Result<> remove_release(int64_t project, std::string_view version) override;
  base::Result<> set_release_commits(int64_t project, std::string_view version, std::span<const Commit> commits) override;
  base::Result<std::vector<Commit>> release_commits(int64_t project, std::string_view version) override;
  base::Result<Deploy> add_deploy(int64_t project, std::string_view version, const Deploy& deploy) override;
  base::Result<std::vector<Deploy>> release_deploys(int64_t project, std::string_view version) override;
  base::Result<std::vector<Repository>> repositories() override;
  base::Result<Repository> add_repository(const Repository& repository) override;
  base::Result<std::vector<int64_t>> release_issues(const ReleaseIssuesQuery& query) override;

  base::Result<std::vector<MonitorRow>> monitors() override;
  base::Result<std::vector<MonitorEnvironmentRow>> monitor_environments() override;
  base::Result<std::vector<CheckInRow>> check_ins(const CheckInQuery& query) override;
  base::Result<int64_t> last_check_in_id() override;
  base::Result<> apply_monitors(const MonitorChanges& changes) override;
  base::Result<> remove_monitor(int64_t id) override;
  base::Result<> remove_check_ins(base::UnixNanos before) override;

  base::Result<> add_client_reports(std::span<const model::ClientReport> reports) override;
  base::Result<std::vector<DiscardedRow>> discarded(base::UnixNanos since, base::UnixNanos until) override;
  base::Result<> add_feedback(std::span<const model::UserFeedback> feedback, std::span<const int64_t> issues) override;
  base::Result<std::vector<FeedbackRow>> feedback(const FeedbackQuery& query) override;
  base::Result<> link_feedback(int64_t id, int64_t issue) override;
  base::Result<> add_attachments(std::span<const AttachmentRow> rows) override;
  base::Result<std::vector<AttachmentRow>> attachments_of(const std::string& event_id) override;
  base::Result<AttachmentRow> attachment(const std::string& id) override;
  base::Result<std::vector<AttachmentRow>> oldest_attachments(size_t limit) override;
  base::Result<AttachmentTotals> attachment_totals() override;
  base::Result<> remove_attachments(std::span<const AttachmentRow> rows) override;

 private:
  explicit SqliteMetaStore(const base::Clock& clock);
  // Runs `work` with the connection; SOCI's exceptions end here, without the values they may quote.
  template <class Work>
  auto guarded(const char* what, Work&& work) -> decltype(work(std::declval<soci::session&>()));

  // The same, after changes that wait and what the clock changes about issues.
  template <class Work>
  auto with_issues(const char* what, Work&& work) -> decltype(work(std::declval<soci::session&>()));
  void age_issues(soci::session& db);
  using Shares = std::vector<std::pair<std::string, uint64_t>>;
  base::Result<Shares> issue_shares(int64_t id, const std::string& column);
  // One action on each of several issues, in one transaction.
  template <class Action>
  base::Result<> with_each_issue(const char* what, std::span<const int64_t> ids, Action&& action);

  const base::Clock& clock_;
  std::mutex mu_;
  // guarded by mu_
  std::unique_ptr<soci::session> db_;
  base::UnixNanos next_ageing_ = INT64_MIN;   // when age_issues() next has something to do

  std::mutex catch_up_mu_;
  std::function<void()> catch_up_;  // guarded by catch_up_mu_, while it runs too

  std::mutex deleted_mu_;
  std::function<void(std::span<const int64_t>)> deleted_;  // guarded by deleted_mu_
};

}  // namespace tripod::store
