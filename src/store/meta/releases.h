// What is known of releases beside their errors: when they came out, out of which commits, and where to.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace tripod::store {

// A file that a commit changed: 'A' added, 'M' modified, 'D' deleted.
struct PatchedFile {
  std::string path;
  char type = 'M';
};

struct Commit {
  std::string id;              // the hash, as the sender has it
  std::string repository;
  std::string message;
  std::string author_name;
  std::string author_email;
  base::UnixNanos time = 0;    // 0: not said
  std::vector<PatchedFile> files;
};

struct Deploy {
  int64_t id = 0;
  std::string environment;
  std::string name;
  std::string url;
  base::UnixNanos started = 0;   // 0: not said
  base::UnixNanos finished = 0;
};

struct Repository {
  int64_t id = 0;
  std::string name;
  std::string url;
  std::string provider;        // "git", "github" ...; empty: not said
  base::UnixNanos created = 0;
};

// What is said of a release; what is not stays as it is.
struct ReleaseUpdate {
  std::optional<std::string> ref;
  std::optional<std::string> url;
  std::optional<base::UnixNanos> date_started;
  std::optional<base::UnixNanos> date_released;
  std::optional<bool> archived;
};

inline constexpr size_t kMostCommitsOfRelease = 1000;
inline constexpr size_t kMostFilesOfCommit = 1000;
inline constexpr size_t kMostDeploysOfRelease = 1000;
inline constexpr size_t kMostRepositories = 1000;
// Of a project: beyond it only errors, and who says so by the API, make new ones.
inline constexpr size_t kMostSeenReleases = 10'000;

struct ReleaseFacts {
  int64_t project = 0;
  std::string version;
  base::UnixNanos first_seen = 0;      // by an event, a session, a transaction or a request of the API
  base::UnixNanos last_seen = 0;
  base::UnixNanos date_started = 0;    // 0: not said
  base::UnixNanos date_released = 0;   // 0: not finalised
  std::string ref;
  std::string url;
  bool archived = false;
  uint64_t events = 0;                 // errors
  uint64_t new_issues = 0;             // that were first seen in it
  uint64_t commits = 0;
  uint64_t deploys = 0;
  std::string last_commit;             // id of the newest
  std::optional<Deploy> last_deploy;
};

// Issues that have to do with one release; of merged ones that which they are part of.
struct ReleaseIssuesQuery {
  int64_t project = 1;
  std::string version;
  // kSeen: with events of it; kNew: first seen in it; kRegressed: that it brought back after they were resolved.
  enum class Which : uint8_t { kSeen, kNew, kRegressed } which = Which::kSeen;
  std::string not_in;       // but of this release no event; empty: whatever
  size_t limit = 100;
};

// Thread-safe. Every write is durable when the call returns.
class ReleaseStore {
 public:
  virtual ~ReleaseStore() = default;

  // Newest first: by when they came out, else were first seen.
  virtual base::Result<std::vector<ReleaseFacts>> release_facts(int64_t project) = 0;
  virtual base::Result<ReleaseFacts> release_facts_of(int64_t project, std::string_view version) = 0;   // kNotFound
  // Makes it where there is none; answers whether it did.
  virtual base::Result<bool> update_release(int64_t project, std::string_view version, const ReleaseUpdate& update) = 0;
  // A record of it came that is no error. Makes it where there is none, unless there are kMostSeenReleases.
  virtual base::Result<> saw_release(int64_t project, std::string_view version, base::UnixNanos time) = 0;
  // With its commits and deploys. kNotFound; kAlreadyExists: errors were seen in it, it stays.
  virtual base::Result<> remove_release(int64_t project, std::string_view version) = 0;

  // In place of those it had, newest first. Repositories that are not known are added. kNotFound without such a release.
  virtual base::Result<> set_release_commits(int64_t project, std::string_view version, std::span<const Commit> commits) = 0;
  virtual base::Result<std::vector<Commit>> release_commits(int64_t project, std::string_view version) = 0;
  // kNotFound; kTooLarge beyond kMostDeploysOfRelease. Newest first.
  virtual base::Result<Deploy> add_deploy(int64_t project, std::string_view version, const Deploy& deploy) = 0;
  virtual base::Result<std::vector<Deploy>> release_deploys(int64_t project, std::string_view version) = 0;
  virtual base::Result<std::vector<Repository>> repositories() = 0;   // by name
  virtual base::Result<Repository> add_repository(const Repository& repository) = 0;  // kAlreadyExists; kTooLarge beyond kMostRepositories

  // Ids, seen last first.
  virtual base::Result<std::vector<int64_t>> release_issues(const ReleaseIssuesQuery& query) = 0;
};

}  // namespace tripod::store
