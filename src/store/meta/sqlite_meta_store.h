// The embedded meta store: one SQLite file through SOCI. Schema and version: docs/formats/meta.md.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "store/meta/meta_store.h"

namespace soci {
class session;
}

namespace tripod::store {

// Thread-safe: one connection behind a mutex. Calls take microseconds to a few milliseconds (fsync).
class SqliteMetaStore final : public MetaStore {
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

  base::Result<int64_t> last_issue_id() override;
  base::Result<std::vector<std::pair<std::string, int64_t>>> issue_hashes() override;
  base::Result<uint64_t> applied_sequence() override;
  base::Result<> apply(std::span<const IssueChange> changes, uint64_t applied_sequence) override;
  base::Result<std::vector<Issue>> issues(const IssueQuery& query, uint64_t* total) override;
  base::Result<Issue> issue(int64_t id) override;
  base::Result<std::vector<std::pair<std::string, uint64_t>>> issue_releases(int64_t id) override;
  base::Result<Issue> set_issue_status(int64_t id, IssueStatus status) override;
  base::Result<std::vector<std::string>> issue_hashes_of(int64_t id) override;

 private:
  explicit SqliteMetaStore(const base::Clock& clock);
  // Runs `work` with the connection; SOCI's exceptions end here, without the values they may quote.
  template <class Work>
  auto guarded(const char* what, Work&& work) -> decltype(work(std::declval<soci::session&>()));

  const base::Clock& clock_;
  std::mutex mu_;
  std::unique_ptr<soci::session> db_;  // guarded by mu_
};

}  // namespace tripod::store
