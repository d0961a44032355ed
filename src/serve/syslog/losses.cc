#include "serve/syslog/losses.h"

namespace tripod::serve {

void Losses::add(const Loss& loss, std::string_view peer, uint64_t count) {
  if (count == 0) return;
  std::lock_guard lock(mu_);
  const std::pair key(loss.reason, counts_.size() < kMostKinds ? std::string(peer) : std::string());
  auto& [kind, counted] = counts_[key];
  kind = &loss;
  counted += count;
}

void Losses::report() {
  decltype(counts_) counts;
  {
    std::lock_guard lock(mu_);
    counts.swap(counts_);
  }
  for (const auto& [key, value] : counts) {
    const model::Rejection rejection{std::string(value.first->reason), std::string(value.first->detail), value.second};
    ledger_.rejected(kSyslogProtocol, key.second, {&rejection, 1});
  }
}

}  // namespace tripod::serve
