// Which issue an error event belongs to: the first of its hashes that is known decides; otherwise a new issue begins.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "base/clock.h"
#include "base/result.h"
#include "store/meta/issue_store.h"

namespace tripod::pipeline {

// Events that would have begun yet another issue when too many had begun within the hour carry this hash alone: they are one issue.
inline constexpr std::string_view kTooManyIssuesHash = "too-many-new-issues";
inline constexpr std::string_view kTooManyIssuesTitle = "Too many new issues at once: these events are kept, but not told apart";

// Thread-safe. Ids are given out in memory and stored with the event itself; the meta store follows (see IssueCommitter).
// Some 60 bytes for each hash, whatever its length.
class IssueIndex {
 public:
  // So many issues of a project may begin within an hour. A fingerprint that is different each time would otherwise fill the memory,
  // and the list of issues with what nobody can read.
  static constexpr uint32_t kMostNewAnHour = 50'000;

  explicit IssueIndex(uint32_t most_new_an_hour = kMostNewAnHour) : most_new_(most_new_an_hour) {}
  // Loads what the meta store knows.
  static base::Result<std::unique_ptr<IssueIndex>> load(store::IssueStore& meta);

  struct Assigned {
    int64_t issue = 0;
    bool is_new = false;
    bool is_too_many = false;   // it belongs to the issue of kTooManyIssuesHash
  };
  Assigned assign(uint64_t project, std::span<const std::string> hashes, base::UnixNanos now);
  // Whether one of the hashes has an issue.
  bool knows(uint64_t project, std::span<const std::string> hashes) const;
  // What a replayed event says: keeps later ids above it.
  void learn(uint64_t project, std::span<const std::string> hashes, int64_t issue);
  // Deleted issues: an event like theirs begins a new one.
  void forget(std::span<const int64_t> issues);
  bool is_deleted(int64_t issue) const;

 private:
  // Of project and hash, 128 bits: no two are the same in practice.
  struct Key {
    uint64_t high = 0;
    uint64_t low = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const { return static_cast<size_t>(key.low); }
  };
  struct NewIssues {
    base::UnixNanos since = 0;
    uint32_t count = 0;
  };
  static Key key_of(std::string_view text);   // "project:hash"
  static Key key_of(uint64_t project, std::string_view hash);
  bool may_begin(uint64_t project, base::UnixNanos now);

  const uint32_t most_new_;
  mutable std::mutex mu_;
  // guarded by mu_
  std::unordered_map<Key, int64_t, KeyHash> issues_;
  std::unordered_set<int64_t> deleted_;
  std::unordered_map<uint64_t, NewIssues> new_issues_;   // by project
  int64_t last_ = 0;
};

}  // namespace tripod::pipeline
