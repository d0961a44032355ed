#include "pipeline/session_book.h"

#include <optional>

#include "base/hash.h"
#include "base/hex.h"
#include "pipeline/issue_fields.h"
#include "pipeline/to_events.h"

namespace tripod::pipeline {

using base::Result;

namespace {

constexpr size_t kMostStoredUpdates = 64;  // of one session: none changes more than a few times
// All updates of a session say the same of when it started, but each is corrected by how far the client's clock was off when it was sent.
constexpr base::UnixNanos kClockMovesAtMost = 2 * base::kNanosPerHour;
constexpr uint64_t kSeed = 0x73657373696f6eULL;

uint64_t key_of(uint64_t project, std::string_view id) { return base::hash64(id, kSeed ^ project); }
// Of what is stored of a user, user_hash().
uint64_t key_of_user(std::string_view hash) { return hash.empty() ? 0 : base::hash64(hash, kSeed); }

}  // namespace

std::string session_hash(uint64_t project, std::string_view id) {
  if (id.empty()) return {};
  const uint64_t key = key_of(project, id);
  return base::to_hex({reinterpret_cast<const char*>(&key), sizeof(key)});
}

SessionBook::Entries SessionBook::count(model::Batch& batch) {
  Entries out;
  size_t kept = 0;
  for (model::SessionUpdate& update : batch.sessions) {
    bool is_new = true;
    if (!update.id.empty()) {
      const uint64_t key = key_of(update.project, update.id);
      std::optional<Told> before;
      {
        std::lock_guard lock(mu_);
        if (const auto found = told_.find(key); found != told_.end()) before = found->second;
      }
      if (!before && update.begun == 0) {
        auto known = stored(update, session_hash(update.project, update.id));
        if (!known) {
          batch.reject("unreadable_session", "what is stored of a session: " + known.error().message);
          continue;
        }
        before = *known;
      }
      is_new = take_out(update, key, before.value_or(Told()));
      if (is_new) out.told.emplace_back(key, before.value_or(Told()));
    }
    ++out.updates;
    if (is_new) batch.sessions[kept++] = update;
  }
  batch.sessions.resize(kept);
  return out;
}

bool SessionBook::take_out(model::SessionUpdate& update, uint64_t key, const Told& before) {
  std::lock_guard lock(mu_);
  auto [entry, is_unknown] = told_.try_emplace(key, before);  // another thread may have told of it meanwhile
  Told& told = entry->second;
  if (is_unknown) oldest_.push_back(key);
  const auto take = [](uint64_t& count, bool& was_told) {
    if (was_told) count = 0;
    else was_told = count > 0;
  };
  take(update.begun, told.begun);
  take(update.errored, told.errored);
  take(update.crashed, told.crashed);
  take(update.abnormal, told.abnormal);
  const uint64_t user = key_of_user(user_hash(update.user_id));
  const bool has_new_user = user != 0 && user != told.user;
  if (has_new_user) told.user = user;
  while (oldest_.size() > most_) {
    told_.erase(oldest_.front());
    oldest_.pop_front();
  }
  return update.begun + update.errored + update.crashed + update.abnormal > 0 || has_new_user;
}

// A session is stored under the time that it started.
Result<SessionBook::Told> SessionBook::stored(const model::SessionUpdate& update, std::string_view hash) {
  store::ScanPlan plan{.dataset = store::Dataset::kSessions,
                       .range = {update.started - kClockMovesAtMost, update.started + kClockMovesAtMost},
                       .filter = store::Predicate::equal(std::string(session_field::kId), std::string(hash)),
                       .limit = kMostStoredUpdates};
  const auto rows = events_.scan(plan);
  if (!rows) return base::fail(rows.error());
  if (rows->stats.incomplete || rows->has_more) {
    return base::fail(base::Code::kResourceExhausted, "its updates could not all be read");
  }
  Told out;
  for (const store::EventRow& row : rows->rows) {
    out.begun = out.begun || row.find(session_field::kBegun) != nullptr;
    out.errored = out.errored || row.find(session_field::kErrored) != nullptr;
    out.crashed = out.crashed || row.find(session_field::kCrashed) != nullptr;
    if (out.user == 0) out.user = key_of_user(row.text(session_field::kUser));  // newest first: the last one named
    out.abnormal = out.abnormal || row.find(session_field::kAbnormal) != nullptr;
  }
  return out;
}

void SessionBook::forget(const Entries& entries) {
  std::lock_guard lock(mu_);
  // The last one first: a session may be told of twice in a batch.
  for (auto entry = entries.told.rbegin(); entry != entries.told.rend(); ++entry) {
    if (const auto found = told_.find(entry->first); found != told_.end()) found->second = entry->second;
  }
}

}  // namespace tripod::pipeline
