// The shipper itself: looks at the files, takes batches out of them, sends one after the other, and
// remembers what is acknowledged.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "ship/config.h"
#include "ship/file_set.h"
#include "ship/receipt.h"
#include "ship/rejected.h"
#include "ship/retry.h"
#include "ship/spool.h"
#include "ship/stats.h"
#include "ship/transport.h"

namespace tripod::ship {

// Not thread-safe; never waits: step() does what can be done now. At least once: a batch of files
// is in the state before it is sent, and its range is moved past only after the answer; sent again
// after a restart it has the same id, by which the server drops repeats. What comes from standard
// input goes through the spool. One batch is under way at a time.
class Shipper {
 public:
  struct Parts {
    base::Fs& fs;
    const base::Clock& clock;
    base::Logger& log;
    Transport& transport;
    std::function<std::string()> random_id;  // 32 hexadecimal digits
    std::function<double()> random;          // 0..1
  };
  // `config` outlives it. A damaged state is set aside, told, and everything begins anew.
  static base::Result<std::unique_ptr<Shipper>> open(Parts parts, const Config& config);

  // Answers when it is to be called again at the latest (Clock::steady()).
  int64_t step();
  // The next step() looks at the files sooner than at the next poll; how soon depends on what that
  // costs.
  void look_now();

  void input(std::string_view bytes);
  void input_ended();
  bool wants_input() const {
    return config_.read_stdin && !input_ended_ && input_.size() < kMostInputBytes;
  }

  // Sends what is there while the server answers, for a few seconds at most.
  void stop();
  bool finished() const;
  // Lines that are neither acknowledged nor in a file: they wait in the spool.
  uint64_t lines_left() const { return spool_->lines(); }

  const Stats& stats() const { return stats_; }
  std::vector<std::string> folders() const { return files_.folders(); }
  void report();

 private:
  // What is being sent. Parts of files only where it does not come from the spool.
  struct Current {
    std::deque<Batch> pieces;  // one, unless the server found it too large
    std::vector<BatchPart> parts;
    bool from_spool = false;
  };
  static constexpr size_t kMostInputBytes = 8u << 20;

  Shipper(Parts parts, const Config& config, State state);
  Moment moment() const { return {parts_.clock.steady(), parts_.clock.now()}; }
  bool save();
  void spool_input(Moment now);
  Tail input_tail(Moment now) const;
  void spool_batch(const Batch& batch);
  void spool_removed_files(Moment now);
  void next_batch(Moment now);
  bool batch_is_due(Moment now);
  bool take_pending();
  void take_from_files(Moment now);
  void begin(Batch batch, bool from_spool);
  void send(Moment now);
  void on_answer(const Answer& answer, Moment now);
  void look(Moment now);
  void split_piece();
  void on_taken(const Receipt& receipt, Moment now);
  void on_failure(const Answer& answer, const std::string& why, Moment now);
  void piece_is_done();
  void read_key();
  int64_t next_due(Moment now) const;

  const Parts parts_;
  const Config& config_;
  const std::string state_path_;
  Stats stats_;
  State state_;  // files and spool position are filled in by save()
  FileSet files_;
  std::unique_ptr<Spool> spool_;
  Rejected rejected_;
  Backoff backoff_;
  std::string key_;

  std::optional<Current> current_;
  bool sending_ = false;
  bool away_ = false;    // the last try failed
  bool dirty_ = true;    // the state on disk is older than what it should say
  bool looked_ = false;  // at the files, in this life
  size_t batch_bytes_;   // less than configured where the server found that too large
  int64_t next_look_ = 0;
  int64_t last_look_ = 0;
  int64_t look_cost_ = 0;  // how long the last look took
  int64_t retry_at_ = 0;
  int64_t news_since_ = -1;  // of the files, not taken yet
  int64_t next_report_ = 0;
  int64_t next_complaint_ = 0;
  int64_t next_refusal_ = 0;

  std::string input_;  // read, and not in the spool
  int64_t input_since_ = -1;
  int64_t last_input_ = 0;
  base::UnixNanos input_seen_ = 0;
  bool input_ended_ = false;
  int64_t input_ended_at_ = 0;
  bool stopping_ = false;
  int64_t stop_at_ = 0;
};

}  // namespace tripod::ship
