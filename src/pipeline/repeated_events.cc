#include "pipeline/repeated_events.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/hash.h"

namespace tripod::pipeline {

namespace {

// A node of the map with its share of the table, and a place in the order.
constexpr size_t kBytesEach = 144;
constexpr size_t kPage = 10'000;

}  // namespace

size_t RepeatedEvents::KeyHash::operator()(const Key& key) const {
  return base::hash64({reinterpret_cast<const char*>(key.id.bytes.data()), key.id.bytes.size()}, key.project);
}

RepeatedEvents::RepeatedEvents(store::EventStore& events, base::MemoryBudget* memory, size_t most)
    : events_(events),
      most_(memory == nullptr ? most : std::min(most, memory->limit() / 32 / kBytesEach)),
      charge_(memory == nullptr ? base::MemoryCharge() : memory->charge(most_ * kBytesEach)) {}

base::Result<> RepeatedEvents::load() {
  store::ScanPlan plan{.dataset = store::Dataset::kErrors, .project = {"event_id", "project"}, .order = store::Order::kNewestFirst};
  std::lock_guard lock(mu_);
  forgotten_until_ = events_.stats(store::Dataset::kErrors).newest;
  while (order_.size() < most_) {
    plan.limit = std::min(kPage, most_ - order_.size());
    auto page = events_.scan(plan);
    if (!page) return base::fail(std::move(page.error()));
    for (const store::EventRow& row : page->rows) {
      const store::FieldValue* project = row.find("project");
      const int64_t* number = project == nullptr ? nullptr : std::get_if<int64_t>(project);
      const Key key{number == nullptr ? 0 : static_cast<uint64_t>(*number), model::EventId::from_hex(row.text("event_id"))};
      if (entries_.try_emplace(key, Entry{.stored = true, .waiting = {}}).second) order_.emplace_front(key, row.time);
    }
    if (page->stats.incomplete || page->rows.empty()) break;
    forgotten_until_ = page->has_more ? page->rows.back().time : INT64_MIN;
    if (!page->has_more) break;
    plan.has_after = true;
    plan.after = {page->rows.back().time, page->rows.back().sequence};
  }
  return {};
}

// An event that is sent again has the time that it had.
bool RepeatedEvents::is_in_store(const Claimed& event) const {
  store::ScanPlan plan{.dataset = store::Dataset::kErrors, .range = {event.time, event.time + 1}, .project = {"project"}, .limit = 1};
  plan.filter = store::Predicate::all_of({store::Predicate::equal("event_id", event.id.hex()),
                                          store::Predicate::equal("project", static_cast<int64_t>(event.project))});
  const auto found = events_.scan(plan);
  return found && !found->rows.empty();  // one that cannot be looked for is taken: rather twice than not at all
}

Seen RepeatedEvents::claim(const model::ErrorEvent& event, Settled settled) {
  const Key key{event.project, event.event_id};
  {
    std::lock_guard lock(mu_);
    const auto [entry, is_new] = entries_.try_emplace(key);
    if (!is_new) {
      if (entry->second.stored) return Seen::kStored;
      entry->second.waiting.push_back(std::move(settled));
      return Seen::kOnItsWay;
    }
    if (event.time > forgotten_until_) return Seen::kFirst;
  }
  const Claimed claimed{event.project, event.event_id, event.time};
  if (!is_in_store(claimed)) return Seen::kFirst;
  settle({&claimed, 1}, {});
  return Seen::kStored;
}

void RepeatedEvents::settle(std::span<const Claimed> claimed, const base::Result<>& result) {
  std::vector<Settled> waiting;
  {
    std::lock_guard lock(mu_);
    for (const Claimed& event : claimed) {
      const auto entry = entries_.find(Key{event.project, event.id});
      if (entry == entries_.end()) continue;
      std::ranges::move(entry->second.waiting, std::back_inserter(waiting));
      entry->second.waiting.clear();
      if (result) {
        entry->second.stored = true;
        remember(entry->first, event.time);
      } else {
        entries_.erase(entry);
      }
    }
  }
  for (Settled& settled : waiting) settled(result);
}

void RepeatedEvents::remember(const Key& key, base::UnixNanos time) {
  order_.emplace_back(key, time);
  if (order_.size() <= most_) return;
  const auto [oldest, oldest_time] = order_.front();
  order_.pop_front();
  entries_.erase(oldest);
  forgotten_until_ = std::max(forgotten_until_, oldest_time);
}

}  // namespace tripod::pipeline
