// What the server must be able to end: connections, and the streams that some of them become.
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

namespace tripod::serve {

class Session {
 public:
  virtual ~Session() = default;
  // Ends as soon as it decently can. Thread-safe.
  virtual void drain() = 0;
  // Closes the socket. Thread-safe.
  virtual void close() = 0;
  // After the last I/O thread has ended: whoever waits for this session's end is told.
  virtual void abandon() {}
};

// Counts itself among the open ones for as long as it lives.
class OpenMark {
 public:
  explicit OpenMark(std::shared_ptr<std::atomic<size_t>> open) : open_(std::move(open)) { open_->fetch_add(1); }
  ~OpenMark() { open_->fetch_sub(1); }
  OpenMark(const OpenMark&) = delete;
  OpenMark& operator=(const OpenMark&) = delete;

 private:
  const std::shared_ptr<std::atomic<size_t>> open_;
};

// Thread-safe.
class Sessions {
 public:
  // False when the server stops: the session must end itself.
  bool add(const std::shared_ptr<Session>& session) {
    std::lock_guard lock(mu_);
    std::erase_if(sessions_, [](const auto& weak) { return weak.expired(); });
    sessions_.push_back(session);
    return !stopping_;
  }
  // What is added from here on is told so.
  void stop() {
    std::lock_guard lock(mu_);
    stopping_ = true;
  }
  template <class Fn>
  void for_each(Fn fn) {
    std::lock_guard lock(mu_);
    for (const auto& weak : sessions_) {
      if (auto session = weak.lock()) fn(*session);
    }
  }

 private:
  std::mutex mu_;
  bool stopping_ = false;                         // guarded by mu_
  std::vector<std::weak_ptr<Session>> sessions_;  // guarded by mu_
};

}  // namespace tripod::serve
