#include "serve/http/stream_limits.h"

namespace tripod::serve {

namespace {

std::string name_of(const Principal& caller) {
  return std::to_string(static_cast<int>(caller.kind)) + ":" + std::to_string(caller.id) + ":" + caller.name;
}

}  // namespace

base::Result<StreamLimits::Slot> StreamLimits::take(const Principal& caller) {
  const std::string name = name_of(caller);
  std::lock_guard lock(mu_);
  if (open_ >= most_) {
    return base::fail(base::Code::kResourceExhausted, "too many open streams: the server has " + std::to_string(most_));
  }
  size_t& own = by_caller_[name];
  if (own >= most_of_one_) {
    return base::fail(base::Code::kResourceExhausted, "too many open streams: this caller has " + std::to_string(own));
  }
  ++own;
  ++open_;
  // The pointee does not matter: its deleter does.
  return Slot(this, [self = shared_from_this(), name](void*) { self->give_back(name); });
}

size_t StreamLimits::open() const {
  std::lock_guard lock(mu_);
  return open_;
}

void StreamLimits::give_back(const std::string& caller) {
  std::lock_guard lock(mu_);
  --open_;
  const auto own = by_caller_.find(caller);
  if (--own->second == 0) by_caller_.erase(own);
}

}  // namespace tripod::serve
