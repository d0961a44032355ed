// From a live tail to an open stream: what both protocols (events of our own API, Loki's websocket) share.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <string>

#include "query/tail/tail.h"
#include "serve/http/stream.h"

namespace tripod::serve {

// Feeds one stream from one subscription. Its own lock keeps what is sent in order; the stream's queue is the only buffer.
class TailFeed : public StreamFeeder, public query::tail::TailSink, public std::enable_shared_from_this<TailFeed> {
 public:
  // Subscribes; the stream has been opened. `tails` outlives the stream.
  void begin(query::tail::TailService& tails, query::tail::TailPlan plan, std::shared_ptr<Stream> stream);

  void on_room() override;
  bool on_quiet() override;
  void on_closed() override;

  size_t take(std::span<const query::tail::TailRow> rows, bool is_new) override;
  bool dropped(const query::tail::TailGap& gap) override;
  void reached(store::Dataset dataset, uint64_t sequence) override;
  void failed(const base::Error& error) override;

 protected:
  // Under the feed's lock. Each sends what it says by send(), and answers as that does.
  virtual size_t send_rows(std::span<const query::tail::TailRow> rows, bool is_new) = 0;
  virtual bool send_gap(const query::tail::TailGap& gap) = 0;
  virtual bool send_begun() { return true; }
  virtual bool send_quiet() { return false; }

  bool send(std::string message) { return stream_ != nullptr && stream_->send(std::move(message)); }
  void set_cursor(store::Dataset dataset, uint64_t sequence) { cursors_[static_cast<size_t>(dataset)] = sequence; }
  uint64_t cursor(store::Dataset dataset) const { return cursors_[static_cast<size_t>(dataset)]; }

 private:
  std::unique_ptr<query::tail::Subscription> subscription_;  // of the stream's own thread
  std::mutex mu_;
  std::shared_ptr<Stream> stream_;                           // guarded by mu_; null when closed
  std::array<uint64_t, store::kDatasetCount> cursors_{};     // guarded by mu_: what was sent, or need not be
};

}  // namespace tripod::serve
