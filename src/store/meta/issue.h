// Issues, what happens to them, and the releases they are seen in: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace tripod::store {

enum class IssueStatus : uint8_t { kUnresolved, kResolved, kIgnored };   // kIgnored: archived
std::string_view issue_status_name(IssueStatus status);  // "unresolved", ...

// What an unresolved issue is. kNone: it is not unresolved.
enum class IssueSubstatus : uint8_t { kNone, kNew, kOngoing, kRegressed, kEscalating };
std::string_view issue_substatus_name(IssueSubstatus substatus);   // "new", ...; empty for kNone

// After this long a new, regressed or escalating issue is an ongoing one.
inline constexpr int64_t kIssueIsNewFor = 7 * base::kNanosPerDay;

// How an issue was resolved: from then on, or from a release on.
struct Resolution {
  enum class Kind : uint8_t { kNone, kNow, kInNextRelease, kInRelease } kind = Kind::kNow;
  // kInNextRelease: the one that was current then (empty: none was known), set by the store; kInRelease: the one it is fixed in.
  std::string release;
  friend bool operator==(const Resolution&, const Resolution&) = default;
};

// How long an issue is archived: until the first of these is reached; none of them: for ever.
struct Archive {
  base::UnixNanos until = 0;
  uint64_t events = 0;         // that many more
  uint64_t users = 0;          // that many more
  // As they were when it was archived; set by the store.
  uint64_t events_then = 0;
  uint64_t users_then = 0;
  bool is_for_ever() const { return until == 0 && events == 0 && users == 0; }
};

// Who did something.
struct Actor {
  enum class Kind : uint8_t { kSystem, kUser, kToken } kind = Kind::kSystem;
  int64_t id = 0;              // of the user or token
  std::string name;            // e-mail, or the token's name, at that time
};

// Issue::kind of what was raised. Others are findings of ours, in Sentry's words for types of issues.
inline constexpr std::string_view kErrorKind = "error";

// A group of error events. Times in nanoseconds. An issue that others were merged into has the sums of all of them.
struct Issue {
  int64_t id = 0;
  int64_t project = 0;
  std::string title;           // "ZeroDivisionError: division by zero"
  std::string type;
  std::string value;
  std::string culprit;
  std::string level;
  std::string platform;
  std::string kind = std::string(kErrorKind);   // "performance_n_plus_one_db_queries": Sentry's issue type
  IssueStatus status = IssueStatus::kUnresolved;
  base::UnixNanos first_seen = 0;
  base::UnixNanos last_seen = 0;
  uint64_t count = 0;
  uint64_t users = 0;          // distinct
  std::string first_release;
  std::string last_release;
  bool users_estimated = false;    // there are too many to count exactly: within about 2 %
  IssueSubstatus substatus = IssueSubstatus::kNone;
  base::UnixNanos status_time = 0; // of the last change of status; 0: none yet
  Resolution resolution = {.kind = Resolution::Kind::kNone, .release = {}};   // while it is resolved
  Archive archive;                 // while it is archived
  Actor status_by;                 // who resolved or archived it
  int64_t assignee = 0;            // a user; 0: nobody
  int64_t merged_into = 0;         // another issue; 0: it stands for itself
};

// Events of one release within a change. Of the empty text: those without a release.
struct ReleaseShare {
  std::string release;
  uint64_t events = 0;
  base::UnixNanos first_seen = 0;
  base::UnixNanos last_seen = 0;
};

// What a group of events of one issue changes, applied in one transaction together with `applied_sequence`.
struct IssueChange {
  Issue issue;                 // identity and first values where the issue is new; title, level, last_* of the newest event
  std::vector<std::string> hashes;    // to attach (those known already are ignored)
  uint64_t events = 0;         // to add to count
  std::vector<ReleaseShare> releases;
  std::vector<std::pair<std::string, uint64_t>> environments;  // environment -> events to add
  std::vector<std::string> users;     // hashes of user ids seen, 16 hexadecimal digits each
};

// Which issues: a tree of conditions over what the store knows of an issue.
struct IssueFilter {
  enum class Op : uint8_t {
    kTrue, kAnd, kOr, kNot,
    kEqual, kLess, kLessEqual, kGreater, kGreaterEqual,   // numbers; kEqual of texts too
    kLike,         // `*` stands for any text; ASCII letters in either case
    kContains,     // ASCII letters in either case
    kIsOneOf,      // `ids`: the issue or one that is merged into it
  };
  enum class Field : uint8_t {
    kStatus, kSubstatus, kFirstSeen, kLastSeen, kCount, kUsers, kAssignee, kId,                     // numbers
    kTitle, kType, kValue, kCulprit, kLevel, kPlatform, kFirstRelease, kLastRelease, kKind,         // texts
    kRelease, kEnvironment,                                                                        // texts: of any of its events
    kText,                                                                                         // title, value or culprit
  };
  Op op = Op::kTrue;
  std::vector<IssueFilter> children;   // kAnd, kOr: any number; kNot: one
  Field field = Field::kText;
  std::string text;
  int64_t number = 0;
  std::vector<int64_t> ids;
};

struct IssueQuery {
  std::optional<IssueStatus> status;
  std::optional<int64_t> project;
  std::string text;            // substring of title, value or culprit, case-insensitive
  IssueFilter filter;          // and this
  enum class Sort : uint8_t { kLastSeen, kFirstSeen, kCount, kUsers } sort = Sort::kLastSeen;
  base::UnixNanos seen_since = INT64_MIN;   // last_seen >= this
  base::UnixNanos seen_until = INT64_MAX;   // first_seen <= this
  size_t limit = 50;
  size_t offset = 0;
};

// What happened to an issue.
enum class ActivityKind : uint8_t {
  kUnresolved,      // by hand
  kResolved,        // `resolution` says how
  kRegressed,       // `release`: of the event that came back
  kArchived,        // `archive` says until when
  kEscalated,       // what it was archived until has been reached
  kAssigned,        // `other`: the user
  kUnassigned,
  kMerged,          // `other`: the issue that was merged into this one
  kUnmerged,        // `other`: the issue that stands for itself again
  kComment,         // `text`
};
std::string_view activity_kind_name(ActivityKind kind);   // "resolved", ...

struct IssueActivity {
  int64_t id = 0;
  int64_t issue = 0;
  ActivityKind kind = ActivityKind::kComment;
  base::UnixNanos time = 0;
  Actor actor;
  std::string text;
  std::string release;
  int64_t other = 0;
  Resolution resolution = {.kind = Resolution::Kind::kNone, .release = {}};
  Archive archive;
  base::UnixNanos edited = 0;    // a comment; 0: never
};

// A version of what runs, as far as events name it.
struct Release {
  int64_t id = 0;              // rises in the order in which they were first heard of
  int64_t project = 0;
  std::string version;
  base::UnixNanos first_seen = 0;
  base::UnixNanos last_seen = 0;
  uint64_t events = 0;
  std::optional<base::UnixNanos> date_released;
};

}  // namespace tripod::store
