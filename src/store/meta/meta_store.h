// Small relational facts: organisation, projects, keys, users, sessions, tokens, issues. SQLite when embedded, PostgreSQL for many nodes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/meta/issue_store.h"
#include "store/meta/releases.h"

namespace tripod::store {

struct Project {
  int64_t id = 0;
  std::string slug;   // "default"
  std::string name;
};

// A DSN's public key: may send to its project, never read.
struct ProjectKey {
  std::string public_key;   // 32 hexadecimal digits
  int64_t project = 0;
  bool active = true;
};

struct User {
  int64_t id = 0;
  std::string email;
  std::string role;            // "admin" or "member"
  bool has_password = false;
};

// Secrets are stored as SHA-256 of the token; who reads the database cannot use them.
struct Session {
  std::string token_hash;      // 64 hexadecimal digits
  int64_t user = 0;
  std::string csrf;
  base::UnixNanos created = 0;
  base::UnixNanos expires = 0;
};

struct ApiToken {
  int64_t id = 0;
  std::string name;
  std::string token_hash;
  uint8_t scopes = 0;          // serve::Scope bits
  base::UnixNanos created = 0;
  base::UnixNanos last_used = 0;
};

// That a CloudWatch log group, or a stream of one, was created.
struct LogStreamName {
  int64_t project = 0;
  std::string group;
  std::string stream;          // empty: the group itself
  base::UnixNanos created = 0;
};

// A saved question of the search bar, or a saved dashboard.
struct View {
  int64_t id = 0;
  // Whose it is: a user, or what calls with a token (`owner` is the token's id).
  bool owned_by_token = false;
  int64_t owner = 0;
  std::string owner_name;      // e-mail or the token's name when it was saved
  std::string name;            // unique among those of its owner
  std::string query;           // of a dashboard its text
  std::string dataset;         // "logs", "spans", "errors" or "all"; kDashboardDataset
  std::string range;           // "6h"; empty: whatever is chosen
  std::vector<std::string> columns;  // names without line breaks
  bool shared = false;
  base::UnixNanos created = 0;
  base::UnixNanos updated = 0;
};

// The dataset of a view that is no question but a dashboard.
inline constexpr std::string_view kDashboardDataset = "dashboard";

// Views of one kind that somebody may see: their own, and what others share.
struct ViewQuery {
  enum class Kind : uint8_t { kQuestions, kDashboards } kind = Kind::kQuestions;
  bool owned_by_token = false;
  int64_t owner = 0;
};

// What one owner may keep: in number, and their queries and texts together in bytes.
inline constexpr int64_t kMostViewsOfOwner = 200;
inline constexpr int64_t kMostViewBytesOfOwner = 8 << 20;

// Something people have set for a project; project 0: the server's own.
struct ProjectSetting {
  int64_t project = 0;
  std::string name;            // "grouping.stack_rules"
  std::string value;           // never empty where stored
};

// Thread-safe. Every write is durable when the call returns (SQLite synchronous=FULL, WAL mode).
class MetaStore : public IssueStore, public ReleaseStore {
 public:

  // First start: organisation, project 1, its key and an admin without a password are made when missing.
  // `key` empty: a random one. Answers whether anything was made.
  virtual base::Result<bool> bootstrap(std::string_view organisation, std::string_view key) = 0;

  virtual base::Result<std::vector<Project>> projects() = 0;
  virtual base::Result<std::vector<ProjectKey>> project_keys() = 0;

  virtual base::Result<std::vector<User>> users() = 0;
  // PHC string of argon2id; empty when the user has none.
  virtual base::Result<std::string> password_hash(int64_t user) = 0;
  virtual base::Result<> set_password_hash(int64_t user, std::string_view phc) = 0;

  // One-time sign-in links: the hash of the token. take_… succeeds once, before its end.
  virtual base::Result<> add_sign_in_link(std::string_view token_hash, int64_t user, base::UnixNanos expires) = 0;
  virtual base::Result<int64_t> take_sign_in_link(std::string_view token_hash, base::UnixNanos now) = 0;

  virtual base::Result<> add_session(const Session& session) = 0;
  virtual base::Result<std::vector<Session>> sessions(base::UnixNanos now) = 0;  // not yet expired
  virtual base::Result<> remove_session(std::string_view token_hash) = 0;

  virtual base::Result<int64_t> add_token(const ApiToken& token) = 0;
  virtual base::Result<std::vector<ApiToken>> tokens() = 0;
  virtual base::Result<> remove_token(int64_t id) = 0;

  virtual base::Result<std::vector<LogStreamName>> log_stream_names() = 0;   // groups before their streams
  virtual base::Result<> add_log_stream_name(const LogStreamName& name) = 0;  // one that is there stays as it is
  virtual base::Result<> remove_log_stream_names(std::span<const LogStreamName> names) = 0;

  virtual base::Result<std::vector<View>> views(const ViewQuery& query) = 0;  // by name
  virtual base::Result<View> view(int64_t id) = 0;                            // kNotFound
  // Gives it its id; kAlreadyExists: its owner has one of that name; kTooLarge: the owner keeps as many as one may.
  virtual base::Result<View> add_view(const View& view) = 0;
  virtual base::Result<> set_view(const View& view) = 0;                      // by id, but for owner and `created`; kNotFound, kAlreadyExists, kTooLarge
  virtual base::Result<> remove_view(int64_t id) = 0;                         // kNotFound

  virtual base::Result<std::vector<ProjectSetting>> project_settings() = 0;  // by project and name
  // All or none; an empty value takes the setting away.
  virtual base::Result<> set_project_settings(std::span<const ProjectSetting> settings) = 0;
};

}  // namespace tripod::store
