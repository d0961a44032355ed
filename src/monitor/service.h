// Monitors at work: check-ins in, facts stored, failures told as error events, on time.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <thread>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "model/batch.h"
#include "monitor/board.h"
#include "store/meta/monitor_store.h"

namespace tripod::monitor {

// Everything outlives the service. The functions are called on its thread, and wait.
struct MonitorContext {
  store::MonitorStore& store;
  const base::Clock& clock;
  base::Logger& log;
  std::function<base::Result<>(model::Batch&&)> submit;                        // durable when it returns
  std::function<base::Result<>(const std::string& event_id)> resolve_issue;    // of the event
};

// Thread-safe. What was told and what was not survives a crash: an event has the id of its check-in, and is told again until the
// store knows that it was.
class MonitorService {
 public:
  explicit MonitorService(MonitorContext context);
  ~MonitorService();

  base::Result<> load();  // once, before anything else
  void start();
  void stop();

  // Stores them; what is not taken is answered. Waits for the disk. After an error all of them may be sent again.
  base::Result<std::vector<model::Rejection>> take(std::span<const model::CheckIn> check_ins);
  // Does what is due now, on the calling thread: what is missed or has timed out, then what is to be told. What the thread does; for
  // tests. False: it could not be stored.
  bool run_due();

  std::vector<Board::View> monitors() const;
  base::Result<> set_muted(int64_t monitor, bool muted);  // kNotFound
  base::Result<> remove(int64_t monitor);                 // kNotFound

 private:
  using Told = std::variant<Failure, Recovery>;

  base::Result<> read_board(Turn& turn);                  // requires mu_
  base::Result<> keep(const Turn& turn);                  // requires mu_
  void run();
  void tell(const Told& told);

  const MonitorContext context_;
  mutable std::mutex mu_;
  std::condition_variable wake_;
  // guarded by mu_
  Board board_;
  std::deque<Told> to_tell_;    // bounded: a monitor has one at most in an environment, and check-ins are limited
  bool stopping_ = false;
  base::UnixNanos tidied_ = 0;  // when old check-ins were removed
  std::thread thread_;
};

}  // namespace tripod::monitor
