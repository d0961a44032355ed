#include "monitor/service.h"

#include <algorithm>
#include <chrono>

#include "monitor/failure_event.h"

namespace tripod::monitor {

using base::Code;
using base::Result;
using base::UnixNanos;

namespace {

constexpr int64_t kMostWait = base::kNanosPerSecond;     // wall time may be set while we wait
constexpr int64_t kKept = 90 * base::kNanosPerDay;       // check-ins
constexpr size_t kMostOpenRead = 100'000;
constexpr size_t kMostToTell = 10'000;                   // beyond, the next failure of the same monitor tells

bool is_failure(model::CheckInStatus status) { return status != model::CheckInStatus::kOk && status != model::CheckInStatus::kInProgress; }

}  // namespace

MonitorService::MonitorService(MonitorContext context) : context_(std::move(context)) {}

MonitorService::~MonitorService() { stop(); }

Result<> MonitorService::read_board(Turn& turn) {
  auto monitors = context_.store.monitors();
  if (!monitors) return base::fail(std::move(monitors.error()));
  auto environments = context_.store.monitor_environments();
  if (!environments) return base::fail(std::move(environments.error()));
  const auto open = context_.store.check_ins({.only_in_progress = true, .limit = kMostOpenRead});
  if (!open) return base::fail(open.error());
  const auto last = context_.store.last_check_in_id();
  if (!last) return base::fail(last.error());
  board_.load(std::move(*monitors), std::move(*environments), *open, *last, context_.clock.now(), turn);
  return {};
}

Result<> MonitorService::load() {
  std::lock_guard lock(mu_);
  Turn turn;
  if (auto ok = read_board(turn); !ok) return ok;
  if (auto ok = context_.store.apply_monitors(turn.changes); !ok) return ok;
  // What the last life did not get told.
  for (const Board::View& view : board_.view()) {
    for (const store::MonitorEnvironmentRow& row : view.environments) {
      if (row.failing_since == 0 && !row.failing_event.empty()) to_tell_.emplace_back(Recovery{view.monitor, row.environment, row.failing_event});
      if (row.failing_since == 0 || !row.failing_event.empty()) continue;
      const auto last = context_.store.check_ins({.monitor = row.monitor, .environment = row.environment});
      if (!last) return base::fail(last.error());
      const auto failed = std::ranges::find_if(*last, [](const store::CheckInRow& one) { return is_failure(one.status); });
      if (failed != last->end()) to_tell_.emplace_back(Failure{view.monitor, *failed, row.failures, row.failing_since});
    }
  }
  return {};
}

void MonitorService::start() {
  std::lock_guard lock(mu_);
  stopping_ = false;
  thread_ = std::thread([this] { run(); });
}

void MonitorService::stop() {
  {
    std::lock_guard lock(mu_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void MonitorService::run() {
  std::unique_lock lock(mu_);
  while (!stopping_) {
    const UnixNanos now = context_.clock.now();
    const UnixNanos next = board_.next_tick();
    if (to_tell_.empty() && next > now) {
      wake_.wait_for(lock, std::chrono::nanoseconds(std::min(next - now, kMostWait)));
      continue;
    }
    lock.unlock();
    const bool done = run_due();
    lock.lock();
    if (!done && !stopping_) wake_.wait_for(lock, std::chrono::nanoseconds(kMostWait));
  }
}

// Where the store could not take it, the board is as the store is.
Result<> MonitorService::keep(const Turn& turn) {
  auto kept = context_.store.apply_monitors(turn.changes);
  if (!kept) {
    context_.log.error("monitors_not_stored", {{"error", std::string_view(kept.error().message)}});
    Turn again;
    if (auto read = read_board(again); !read) context_.log.error("monitors_not_read", {{"error", std::string_view(read.error().message)}});
    return kept;
  }
  for (const Failure& failure : turn.failures) {
    if (to_tell_.size() < kMostToTell) to_tell_.emplace_back(failure);
  }
  for (const Recovery& recovery : turn.recoveries) {
    if (to_tell_.size() < kMostToTell) to_tell_.emplace_back(recovery);
  }
  return {};
}

Result<std::vector<model::Rejection>> MonitorService::take(std::span<const model::CheckIn> check_ins) {
  std::vector<model::Rejection> rejections;
  if (check_ins.empty()) return rejections;
  {
    std::lock_guard lock(mu_);
    Turn turn;
    const auto find = [&](const std::string& guid) -> std::optional<store::CheckInRow> {
      // Of one request, or stored.
      const auto same = std::ranges::find(turn.changes.check_ins, guid, &store::CheckInRow::guid);
      if (same != turn.changes.check_ins.end()) return *same;
      const auto rows = context_.store.check_ins({.guid = guid, .limit = 1});
      return rows && !rows->empty() ? std::optional(rows->front()) : std::nullopt;
    };
    for (const model::CheckIn& check_in : check_ins) {
      if (auto rejected = board_.take(check_in, find, turn)) rejections.push_back(std::move(*rejected));
    }
    if (auto kept = keep(turn); !kept) return base::fail(std::move(kept.error()));
    std::ranges::move(turn.rejections, std::back_inserter(rejections));
  }
  wake_.notify_all();
  return rejections;
}

bool MonitorService::run_due() {
  bool kept = true;
  std::deque<Told> told;
  {
    std::lock_guard lock(mu_);
    const UnixNanos now = context_.clock.now();
    Turn turn;
    board_.tick(now, turn);
    const bool changed = !turn.changes.check_ins.empty() || !turn.changes.environments.empty();
    if (changed) kept = keep(turn).has_value();  // else it is found again by the next tick
    if (now - tidied_ > base::kNanosPerHour) {
      tidied_ = now;
      if (auto removed = context_.store.remove_check_ins(now - kKept); !removed) context_.log.error("check_ins_not_removed", {{"error", std::string_view(removed.error().message)}});
    }
    told.swap(to_tell_);
  }
  for (const Told& one : told) tell(one);
  return kept;
}

// What could not be told is told by the next failure, or by the next start.
void MonitorService::tell(const Told& told) {
  const Failure* failure = std::get_if<Failure>(&told);
  const Recovery* recovery = std::get_if<Recovery>(&told);
  Result<> done;
  if (failure != nullptr) done = context_.submit(failure_event(*failure, context_.clock.now()));
  else if (!recovery->failing_event.empty()) done = context_.resolve_issue(recovery->failing_event);
  if (!done) {
    context_.log.warn("monitor_not_told", {{"error", std::string_view(done.error().message)}});
    return;
  }
  std::lock_guard lock(mu_);
  Turn turn;
  if (failure != nullptr) board_.set_failing_event(failure->monitor.id, failure->check_in.environment, failure->check_in.guid, turn);
  else board_.set_failing_event(recovery->monitor.id, recovery->environment, "", turn);
  if (!turn.changes.environments.empty()) (void)keep(turn);
}

std::vector<Board::View> MonitorService::monitors() const {
  std::lock_guard lock(mu_);
  return board_.view();
}

Result<> MonitorService::set_muted(int64_t monitor, bool muted) {
  std::lock_guard lock(mu_);
  Turn turn;
  if (!board_.set_muted(monitor, muted, turn)) return base::fail(Code::kNotFound, "no such monitor");
  return keep(turn);
}

Result<> MonitorService::remove(int64_t monitor) {
  std::lock_guard lock(mu_);
  const auto all = board_.view();
  if (std::ranges::none_of(all, [&](const Board::View& one) { return one.monitor.id == monitor; })) return base::fail(Code::kNotFound, "no such monitor");
  if (auto removed = context_.store.remove_monitor(monitor); !removed) return removed;
  board_.remove(monitor);
  return {};
}

}  // namespace tripod::monitor
