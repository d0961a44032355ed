// Brings what a listener has read to the pipeline, one delivery at a time, and waits for it to be stored: the back-pressure of
// the syslog listeners. Internal to this folder.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/memory_budget.h"
#include "ingest/syslog/frames.h"
#include "serve/syslog/server.h"

namespace tripod::serve {

// Messages as read, of one or many senders.
struct Delivery {
  std::shared_ptr<const std::string> body;
  std::vector<ingest::syslog::Frame> frames;
  std::vector<std::string> senders;   // addresses; at least one
  std::vector<uint32_t> sender_of;    // of each frame, an index into senders; empty: all are of the first
  base::UnixNanos received = 0;
  base::MemoryCharge memory;          // of the body
};

// Everything runs on `executor` (a strand), except decoding and the pipeline, which run on a worker.
class Courier : public std::enable_shared_from_this<Courier> {
 public:
  Courier(const SyslogContext& context, const ingest::syslog::Options& decoding, boost::asio::any_io_executor executor);

  // Tries until the batch is stored or refused for good (which is counted); then `done` is called on the executor. One at a time.
  void deliver(Delivery delivery, std::function<void()> done);
  bool busy() const { return busy_; }
  // From now on what cannot be stored at once is counted as rejected.
  void hurry();

 private:
  void attempt();
  void retry();
  void work();
  void answered(base::Result<pipeline::Outcome> outcome);
  void reject(const base::Error& error);
  void finish();

  const SyslogContext& context_;
  const ingest::syslog::Options& decoding_;
  boost::asio::any_io_executor executor_;
  boost::asio::steady_timer timer_;
  Delivery delivery_;                 // constant while it is away
  std::function<void()> done_;
  std::chrono::milliseconds pause_{0};
  bool busy_ = false;
  bool hurried_ = false;
};

}  // namespace tripod::serve
