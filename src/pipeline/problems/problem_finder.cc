#include "pipeline/problems/problem_finder.h"

#include <algorithm>

#include "base/hash.h"

namespace tripod::pipeline::problems {

namespace {

constexpr size_t kMostSpanIds = 20;
constexpr size_t kMostExamples = 10'000;
constexpr int64_t kTextsKept = 10 * base::kNanosPerMinute;

// The request that a problem is part of: the shortest that was under way when it began.
const Entry* entry_of(const std::vector<Entry>& entries, const Problem& problem) {
  const Entry* best = nullptr;
  for (const Entry& entry : entries) {
    if (entry.start > problem.start || entry.end < problem.start) continue;
    if (best == nullptr || entry.end - entry.start < best->end - best->start) best = &entry;
  }
  return best != nullptr || entries.empty() ? best : &entries.front();
}

const std::string* place_of(const std::vector<Place>& places, const Problem& problem, const std::vector<CallSpan>& calls) {
  for (const Place& place : places) {
    if (std::ranges::any_of(problem.spans, [&](uint32_t i) { return calls[i].span_id == place.span_id; })) return &place.text;
  }
  return nullptr;
}

}  // namespace

size_t ProblemFinder::KeyHash::operator()(const Key& key) const {
  return base::hash64({reinterpret_cast<const char*>(key.trace_id.bytes.data()), key.trace_id.bytes.size()}, key.sender);
}

ProblemFinder::ProblemFinder(const base::Clock& clock, base::MetricRegistry& registry, LeaveOut leave_out, FinderLimits limits, ProblemRules rules)
    : clock_(clock),
      leave_out_(std::move(leave_out)),
      limits_(limits),
      rules_(rules),
      early_(registry.counter("tripod_performance_early_requests_total", "Requests that were looked through for performance problems before their end: too many waited")),
      not_looked_at_(registry.counter("tripod_performance_ignored_spans_total", "Calls that were not looked at: their request had too many")) {
  for (const ProblemKind kind : {ProblemKind::kNPlusOneQueries, ProblemKind::kNPlusOneCalls, ProblemKind::kSlowQuery}) {
    found_[static_cast<size_t>(kind)] = &registry.counter("tripod_performance_problems_total", "Performance problems that were found in requests", {{"type", std::string(issue_type_of(kind))}});
  }
}

void ProblemFinder::add(Tally&& tally) {
  if (tally.parts.empty()) return;
  const base::UnixNanos now = clock_.now();
  std::vector<uint64_t> senders;
  for (const Sender& sender : tally.senders) senders.push_back(base::hash64(sender.service, sender.project));
  std::lock_guard lock(mu_);
  learn_texts(tally, now);
  for (TracePart& part : tally.parts) add_part({part.trace_id, senders[part.sender]}, tally.senders[part.sender], std::move(part), now);
  make_room();
}

size_t ProblemFinder::bytes_of(const Part& part) {
  size_t bytes = 320 + part.calls.capacity() * sizeof(CallSpan) + part.entries.capacity() * sizeof(Entry);
  for (const Entry& entry : part.entries) bytes += entry.route.capacity();
  for (const Place& place : part.places) bytes += sizeof(Place) + place.text.capacity();
  return bytes;
}

// Texts that nobody used lately make room.
void ProblemFinder::learn_texts(const Tally& tally, base::UnixNanos now) {
  const auto learn = [&](uint64_t pattern, std::string_view text) {
    const auto [it, is_new] = texts_.try_emplace(pattern);
    if (is_new) it->second.text = text.substr(0, 2000);
    it->second.used = now;
  };
  for (const auto& [pattern, text] : tally.texts) learn(pattern, text);
  for (const auto& [pattern, text] : tally.call_texts) learn(pattern, text);
  if (texts_.size() <= limits_.texts) return;
  std::erase_if(texts_, [&](const auto& each) { return each.second.used < now - kTextsKept; });
  while (texts_.size() > limits_.texts) texts_.erase(texts_.begin());
}

void ProblemFinder::add_part(const Key& key, const Sender& sender, TracePart&& more, base::UnixNanos now) {
  const auto [it, is_new] = parts_.try_emplace(key);
  Part& part = it->second;
  bytes_ -= part.bytes;
  if (is_new) {
    part = {.trace_id = key.trace_id, .sender = sender, .calls = {}, .entries = {}, .places = {}, .due = now + limits_.most_wait};
    waiting_.push_back({part.due, key});
  }
  if (part.entries.empty() && !more.entries.empty()) {
    part.due = std::min(part.due, now + limits_.after_entry);
    ended_.push_back({part.due, key});
  }
  const size_t taken = std::min(more.calls.size(), limits_.calls - std::min(limits_.calls, part.calls.size()));
  not_looked_at_.add(more.calls.size() - taken);
  more.calls.resize(taken);
  if (part.calls.empty()) part.calls = std::move(more.calls);
  else part.calls.insert(part.calls.end(), more.calls.begin(), more.calls.end());
  std::ranges::move(more.entries, std::back_inserter(part.entries));
  std::ranges::move(more.places, std::back_inserter(part.places));
  part.bytes = bytes_of(part);
  bytes_ += part.bytes;
}

// Of requests that have ended first.
void ProblemFinder::make_room() {
  while (bytes_ > limits_.bytes) {
    if (!take_oldest(ended_, INT64_MAX, early_parts_) && !take_oldest(waiting_, INT64_MAX, early_parts_)) return;
    early_.add();
  }
}

// False: there is none that is due.
bool ProblemFinder::take_oldest(std::deque<Due>& queue, base::UnixNanos until, std::vector<Part>& out) {
  while (!queue.empty() && queue.front().at <= until) {
    const Due due = queue.front();
    queue.pop_front();
    const auto it = parts_.find(due.key);
    // Judged already; or this is a later one of the same request, which has its own place in a queue.
    if (it == parts_.end() || it->second.due > due.at) continue;
    bytes_ -= it->second.bytes;
    // What has no calls has no problems.
    if (!it->second.calls.empty()) out.push_back(std::move(it->second));
    parts_.erase(it);
    return true;
  }
  return false;
}

std::vector<Occurrence> ProblemFinder::collect(bool is_last) {
  const base::UnixNanos now = clock_.now();
  const base::UnixNanos until = is_last ? INT64_MAX : now;
  std::vector<Part> parts;
  {
    std::lock_guard lock(mu_);
    parts.swap(early_parts_);
    while (take_oldest(ended_, until, parts) || take_oldest(waiting_, until, parts)) {}
  }
  std::vector<Occurrence> found;
  for (Part& part : parts) std::ranges::move(judge(part), std::back_inserter(found));
  std::ranges::sort(found, {}, [](const Occurrence& o) { return o.problem.end; });
  std::lock_guard lock(mu_);
  for (Occurrence& o : found) {
    if (const auto text = texts_.find(o.problem.pattern); text != texts_.end()) o.text = text->second.text;
    o.keeps_trace = is_example(issue_hash(o), now);
    found_[static_cast<size_t>(o.problem.kind)]->add();
  }
  return found;
}

std::vector<Occurrence> ProblemFinder::judge(Part& part) const {
  if (leave_out_ && leave_out_(part.sender.service)) std::erase_if(part.calls, [](const CallSpan& call) { return call.is_sentry; });
  std::vector<Occurrence> out;
  for (Problem& problem : find_problems(part.calls, rules_)) {
    Occurrence o{.problem = {}, .trace_id = part.trace_id, .sender = part.sender, .route = {}, .text = {}, .place = {}, .span_ids = {}};
    if (const Entry* entry = entry_of(part.entries, problem); entry != nullptr) {
      o.route = entry->route;
      o.request_duration = std::max<int64_t>(0, entry->end - entry->start);
    }
    if (const std::string* place = place_of(part.places, problem, part.calls); place != nullptr) o.place = *place;
    for (const uint32_t i : problem.spans) {
      if (o.span_ids.size() < kMostSpanIds) o.span_ids.push_back(part.calls[i].span_id);
    }
    o.problem = std::move(problem);
    out.push_back(std::move(o));
  }
  return out;
}

bool ProblemFinder::is_example(const std::string& issue, base::UnixNanos now) {
  if (examples_.size() > kMostExamples) std::erase_if(examples_, [&](const auto& each) { return each.second + limits_.example_every < now; });
  if (examples_.size() > kMostExamples) return false;
  const auto [it, is_new] = examples_.try_emplace(issue, now);
  if (!is_new && now - it->second < limits_.example_every) return false;
  it->second = now;
  return true;
}

size_t ProblemFinder::waiting_bytes() const {
  std::lock_guard lock(mu_);
  return bytes_;
}

}  // namespace tripod::pipeline::problems
