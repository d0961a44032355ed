#include "serve/auth/throttle.h"

namespace tripod::serve {

bool Throttle::allowed(std::string_view key) {
  std::lock_guard lock(mu_);
  const auto it = windows_.find(std::string(key));
  if (it == windows_.end() || clock_.steady() - it->second.start >= window_) return true;
  return it->second.failures < failures_;
}

void Throttle::failed(std::string_view key) {
  const int64_t now = clock_.steady();
  std::lock_guard lock(mu_);
  if (windows_.size() >= kMostKeys) {
    std::erase_if(windows_, [&](const auto& entry) { return now - entry.second.start >= window_; });
    if (windows_.size() >= kMostKeys) windows_.clear();
  }
  Window& window = windows_[std::string(key)];
  if (window.failures == 0 || now - window.start >= window_) window = {now, 0};
  ++window.failures;
}

void Throttle::succeeded(std::string_view key) {
  std::lock_guard lock(mu_);
  windows_.erase(std::string(key));
}

}  // namespace tripod::serve
