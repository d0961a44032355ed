#include "pipeline/intake_ledger.h"

#include <algorithm>

namespace tripod::pipeline {

std::string_view signal_name(Signal signal) {
  switch (signal) {
    case Signal::kErrors: return "errors";
    case Signal::kLogs: return "logs";
    case Signal::kMetrics: return "metrics";
    case Signal::kTraces: return "traces";
  }
  return "";
}

IntakeLedger::IntakeLedger(const base::Clock& clock, base::MetricRegistry& metrics)
    : clock_(clock), metrics_(metrics) {}

void IntakeLedger::received(std::string_view protocol, std::string_view item, bool kept, uint64_t count) {
  if (count == 0) return;
  std::lock_guard lock(mu_);
  std::tuple key(std::string(protocol), std::string(item), kept);
  if (!received_.contains(key) && received_.size() >= kMostKinds) std::get<1>(key) = "other";
  Received& entry = received_[key];
  if (entry.counter == nullptr) {
    entry.counter = &metrics_.counter("tripod_received_items_total", "Items received, by protocol and kind.",
                                      {{"protocol", std::get<0>(key)}, {"item", std::get<1>(key)}, {"kept", kept ? "true" : "false"}});
  }
  entry.count += count;
  entry.counter->add(count);
}

void IntakeLedger::joined(std::string_view protocol, uint64_t count) {
  if (count == 0) return;
  metrics_.counter("tripod_joined_log_records_total", "Log records that came a second way, by the protocol of the second.",
                   {{"protocol", std::string(protocol)}}).add(count);
}

void IntakeLedger::thinned(std::string_view protocol, uint64_t count) {
  if (count == 0) return;
  metrics_.counter("tripod_thinned_events_total", "Error events of a flood that were counted and stored without their payload, by protocol.",
                   {{"protocol", std::string(protocol)}}).add(count);
}

void IntakeLedger::rejected(std::string_view protocol, std::string_view peer,
                            std::span<const model::Rejection> rejections) {
  if (rejections.empty()) return;
  const base::UnixNanos now = clock_.now();
  std::lock_guard lock(mu_);
  for (const model::Rejection& r : rejections) {
    std::pair key(std::string(protocol), r.reason);
    if (!totals_.contains(key) && totals_.size() >= kMostKinds) key.second = "other";
    Received& total = totals_[key];
    if (total.counter == nullptr) {
      total.counter = &metrics_.counter("tripod_rejected_items_total", "Items not taken, by protocol and reason.",
                                        {{"protocol", key.first}, {"reason", key.second}});
    }
    total.count += r.count;
    total.counter->add(r.count);
    if (recent_.size() >= kListLength) recent_.pop_back();
    recent_.push_front({now, std::string(protocol), std::string(peer), r.reason, r.detail, r.count});
  }
}

void IntakeLedger::sent(std::string_view protocol, std::string_view peer, std::span<const model::SeriesSamples> series) {
  constexpr size_t kStride = 32;
  const base::UnixNanos now = clock_.now();
  std::string_view last;
  if (series.empty()) return;
  std::lock_guard lock(mu_);
  // Each batch begins elsewhere: senders put their series in the same order each time.
  const size_t first = sent_batches_++ % std::min(kStride, series.size());
  for (size_t i = first; i < series.size(); i += kStride) {
    const auto label = std::ranges::find(series[i].labels, std::string_view("job"), &model::Label::name);
    const std::string_view job = label == series[i].labels.end() ? std::string_view() : label->value.substr(0, 200);
    if (i > first && job == last) continue;
    last = job;
    std::tuple<std::string, std::string, std::string> key{job, protocol, peer};
    if (senders_.size() >= kMostSenders && !senders_.contains(key)) drop_old_senders();
    senders_[std::move(key)] = now;
  }
}

// An eighth at once, so that it is rare: those that sent longest ago.
void IntakeLedger::drop_old_senders() {
  using Place = decltype(senders_)::iterator;
  std::vector<Place> places;
  for (auto at = senders_.begin(); at != senders_.end(); ++at) places.push_back(at);
  const auto end = places.begin() + static_cast<ptrdiff_t>(places.size() / 8);
  std::ranges::nth_element(places, end, {}, [](const Place& at) { return at->second; });
  for (auto place = places.begin(); place != end; ++place) senders_.erase(*place);
  dropped_senders_ = true;
}

SeriesSenders IntakeLedger::series_senders() const {
  std::lock_guard lock(mu_);
  SeriesSenders out{.list = {}, .is_complete = !dropped_senders_};
  for (const auto& [key, last] : senders_) out.list.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), last});
  return out;
}

void IntakeLedger::arrived(Signal signal, uint64_t count) {
  if (count == 0) return;
  std::lock_guard lock(mu_);
  SignalState& state = signals_[static_cast<size_t>(signal)];
  state.count += count;
  state.last = clock_.now();
}

std::vector<RejectedItem> IntakeLedger::recent_rejections() const {
  std::lock_guard lock(mu_);
  return {recent_.begin(), recent_.end()};
}

std::vector<IntakeLedger::Total> IntakeLedger::rejection_totals() const {
  std::lock_guard lock(mu_);
  std::vector<Total> out;
  for (const auto& [key, entry] : totals_) out.push_back({key.first, key.second, entry.count});
  return out;
}

std::vector<ReceivedCount> IntakeLedger::received_counts() const {
  std::lock_guard lock(mu_);
  std::vector<ReceivedCount> out;
  for (const auto& [key, entry] : received_) {
    out.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), entry.count});
  }
  return out;
}

SignalState IntakeLedger::signal(Signal signal) const {
  std::lock_guard lock(mu_);
  return signals_[static_cast<size_t>(signal)];
}

}  // namespace tripod::pipeline
