#include "query/tail/reader.h"

#include <algorithm>
#include <utility>

namespace tripod::query::tail {

using base::Result;
using store::Dataset;

namespace {

constexpr size_t kRows = 512;                      // most of one read
constexpr uint64_t kFirstWindow = kRows;
constexpr uint64_t kWidestWindow = 1u << 20;       // where hardly anything matches
constexpr uint64_t kCountWindow = 64u << 10;
constexpr size_t kReadMemory = 4u << 20;
constexpr size_t kMostMemory = 64u << 20;          // of a single record, and of counting
constexpr int64_t kReadTime = 5 * base::kNanosPerSecond;
constexpr int64_t kCountTime = 10 * base::kNanosPerSecond;
// No record has it: reads times and sequence numbers alone.
constexpr const char* kNoField = "\x01";

}  // namespace

TailReader::TailReader(const TailContext& context, TailPlan plan, std::shared_ptr<TailSink> sink)
    : context_(context), plan_(std::move(plan)), sink_(std::move(sink)) {
  for (const TailSource& source : plan_.sources) {
    const uint64_t newest = context_.events.durable_sequence(source.dataset);
    cursors_.push_back({.at = std::min(source.after, newest), .window = kFirstWindow});
    sink_->reached(source.dataset, cursors_.back().at);
  }
  has_backlog_ = plan_.last > 0;
}

bool TailReader::wants(Dataset dataset) const {
  return std::ranges::any_of(plan_.sources, [&](const TailSource& source) { return source.dataset == dataset; });
}

// The sources take turns, so that a busy one does not starve the others.
TailReader::Step TailReader::step() {
  if (std::exchange(has_backlog_, false)) {
    if (auto found = find_backlog(); !found) return sink_->failed(found.error()), Step::kFailed;
  }
  Step out = Step::kIdle;
  due_ = INT64_MAX;
  for (size_t i = 0; i < cursors_.size(); ++i) {
    const size_t source = (turn_ + i) % cursors_.size();
    auto done = cursors_[source].backlog > 0 ? step_backlog(source) : step_source(source);
    if (!done) {
      sink_->failed(done.error());
      return Step::kFailed;
    }
    if (*done == Step::kNoRoom) return Step::kNoRoom;
    if (*done == Step::kMore) {
      turn_ = source + 1;
      return Step::kMore;
    }
    if (*done == Step::kHeld) out = Step::kHeld;
  }
  return out;
}

store::ScanPlan TailReader::plan_of(size_t source) const {
  store::ScanPlan plan{.dataset = plan_.sources[source].dataset, .filter = plan_.sources[source].filter};
  plan.order = store::Order::kOldestFirst;
  plan.limit = kRows;
  plan.bounds.deadline_steady = context_.clock.steady() + kReadTime;
  plan.bounds.max_memory_bytes = kReadMemory;
  return plan;
}

// Where the oldest of the last ones is.
Result<> TailReader::find_backlog() {
  for (size_t i = 0; i < cursors_.size(); ++i) {
    store::ScanPlan plan = plan_of(i);
    plan.range.start = plan_.since;
    plan.max_sequence = cursors_[i].at;
    plan.order = store::Order::kNewestFirst;
    plan.limit = plan_.last;
    plan.project = {kNoField};
    auto found = context_.events.scan(plan);
    if (!found) return base::fail(std::move(found.error()));
    cursors_[i].backlog_end = cursors_[i].at;
    // Some of the last ones may not be among those found.
    if (found->stats.out_of_time || found->stats.out_of_memory) cursors_[i].untold_is_exact = false;
    if (found->rows.empty()) continue;
    cursors_[i].backlog = found->stats.out_of_time ? plan_.last : found->rows.size();
    cursors_[i].backlog_after = {found->rows.back().time, found->rows.back().sequence - 1};
  }
  return {};
}

Result<TailReader::Step> TailReader::step_backlog(size_t source) {
  Cursor& cursor = cursors_[source];
  store::ScanPlan plan = plan_of(source);
  plan.project = plan_.project;
  plan.max_sequence = cursor.backlog_end;
  plan.limit = std::min(cursor.backlog, kRows);
  plan.has_after = true;
  plan.after = cursor.backlog_after;
  auto found = context_.events.scan(plan);
  if (!found) return base::fail(std::move(found.error()));
  // Gone meanwhile, or too large to be read: it has been there and is not new.
  if (found->rows.empty()) cursor.backlog = 0;
  for (store::EventRow& row : found->rows) {
    const store::Position position{row.time, row.sequence};
    const TailRow given{plan_.sources[source].dataset, std::move(row)};
    if (sink_->take({&given, 1}, false) == 0) return Step::kNoRoom;
    cursor.backlog_after = position;
    --cursor.backlog;
  }
  return Step::kMore;
}

Result<TailReader::Step> TailReader::step_source(size_t source) {
  Cursor& cursor = cursors_[source];
  if (!tell_dropped(source)) return Step::kNoRoom;
  const uint64_t durable = context_.events.durable_sequence(plan_.sources[source].dataset);
  const uint64_t end = may_give(cursor, durable);
  if (cursor.at >= end) {
    cursor.behind.reset();
    return cursor.at < durable ? Step::kHeld : Step::kIdle;
  }
  if (is_too_far_behind(cursor, end)) {
    if (auto done = drop(source, end); !done) return base::fail(std::move(done.error()));
    return tell_dropped(source) ? Step::kMore : Step::kNoRoom;
  }
  return read(source, end);
}

// With a hold time: what was durable that long ago.
uint64_t TailReader::may_give(Cursor& cursor, uint64_t durable) {
  if (plan_.hold == 0) return durable;
  const int64_t now = context_.clock.steady();
  if (cursor.held && now - cursor.held->since >= plan_.hold && cursor.at >= cursor.held->sequence) cursor.held.reset();
  if (!cursor.held && cursor.at < durable) cursor.held = Mark{durable, now};
  if (!cursor.held) return cursor.at;
  due_ = std::min(due_, cursor.held->since + plan_.hold);
  return now - cursor.held->since >= plan_.hold ? cursor.held->sequence : cursor.at;
}

bool TailReader::is_too_far_behind(Cursor& cursor, uint64_t end) const {
  const int64_t now = context_.clock.steady();
  if (cursor.behind && cursor.at >= cursor.behind->sequence) cursor.behind.reset();
  if (!cursor.behind) cursor.behind = Mark{end, now};
  const int64_t age = now - cursor.behind->since;
  return (age > context_.options.most_behind && end - cursor.at > context_.options.most_behind_records) || age > context_.options.most_behind_ever;
}

// A window of sequence numbers, as wide as the question's rows allow: the store answers by time, and only a whole window can be put
// into the order of the sequence.
Result<TailReader::Step> TailReader::read(size_t source, uint64_t end) {
  Cursor& cursor = cursors_[source];
  const Dataset dataset = plan_.sources[source].dataset;
  store::ScanPlan plan = plan_of(source);
  plan.project = plan_.project;
  plan.min_sequence = cursor.at;
  plan.max_sequence = std::min(end, cursor.at + cursor.window);
  if (cursor.window == 1) plan.bounds.max_memory_bytes = kMostMemory;
  auto found = context_.events.scan(plan);
  if (!found) return base::fail(std::move(found.error()));
  if (found->has_more || found->stats.out_of_memory || found->stats.out_of_time) {
    if (cursor.window == 1) {
      return base::fail(base::Code::kUnavailable, found->stats.out_of_time ? "reading what is new takes too long" : "no memory to read what is new");
    }
    cursor.window = std::max<uint64_t>(1, std::min<uint64_t>(cursor.window / 4, kRows));
    return Step::kMore;
  }
  std::vector<TailRow> rows;
  for (store::EventRow& row : found->rows) rows.push_back({dataset, std::move(row)});
  std::ranges::sort(rows, {}, [](const TailRow& row) { return row.row.sequence; });
  const size_t count = rows.empty() ? 0 : sink_->take(rows, true);
  if (count > 0) context_.rows.add(count);
  if (count < rows.size()) {
    if (count > 0) cursor.at = rows[count - 1].row.sequence;
    return Step::kNoRoom;
  }
  cursor.at = plan.max_sequence;
  sink_->reached(dataset, cursor.at);
  if (rows.size() < kRows / 4) cursor.window = std::min(cursor.window * 4, kWidestWindow);
  return Step::kMore;
}

// Counts what matches up to `end` and goes on from there.
Result<> TailReader::drop(size_t source, uint64_t end) {
  Cursor& cursor = cursors_[source];
  const int64_t deadline = context_.clock.steady() + kCountTime;
  store::ScanPlan plan = plan_of(source);
  plan.project = plan_.counts ? plan_.project : std::vector<std::string>{kNoField};
  plan.limit = SIZE_MAX;
  plan.bounds = {.deadline_steady = deadline, .max_memory_bytes = kMostMemory};
  uint64_t window = plan_.counts ? kRows : kCountWindow;
  while (cursor.at < end && context_.clock.steady() < deadline) {
    plan.min_sequence = cursor.at;
    plan.max_sequence = std::min(end, cursor.at + window);
    auto found = context_.events.scan(plan);
    if (!found) return base::fail(std::move(found.error()));
    if (found->stats.out_of_time || found->stats.out_of_memory) {
      if (window == 1 || found->stats.out_of_time) break;
      window = std::max<uint64_t>(1, window / 4);
      continue;
    }
    cursor.untold += static_cast<uint64_t>(
        std::ranges::count_if(found->rows, [&](const store::EventRow& row) { return !plan_.counts || plan_.counts(row); }));
    cursor.at = plan.max_sequence;
  }
  if (cursor.at < end) cursor.untold_is_exact = false;
  cursor.at = end;
  cursor.behind.reset();
  return {};
}

bool TailReader::tell_dropped(size_t source) {
  Cursor& cursor = cursors_[source];
  const Dataset dataset = plan_.sources[source].dataset;
  if (cursor.untold == 0 && cursor.untold_is_exact) return true;
  if (!sink_->dropped({dataset, cursor.untold, cursor.untold_is_exact, cursor.at})) return false;
  context_.dropped.add(std::exchange(cursor.untold, 0));
  cursor.untold_is_exact = true;
  sink_->reached(dataset, cursor.at);
  return true;
}

}  // namespace tripod::query::tail
