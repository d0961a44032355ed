#include "serve/api/tail_feed.h"

#include <utility>

namespace tripod::serve {

using query::tail::TailGap;
using query::tail::TailRow;

void TailFeed::begin(query::tail::TailService& tails, query::tail::TailPlan plan, std::shared_ptr<Stream> stream) {
  {
    std::lock_guard lock(mu_);
    stream_ = std::move(stream);
    for (const query::tail::TailSource& source : plan.sources) set_cursor(source.dataset, source.after);
    send_begun();
  }
  subscription_ = tails.subscribe(std::move(plan), shared_from_this());
}

void TailFeed::on_room() {
  if (subscription_) subscription_->on_room();
}

bool TailFeed::on_quiet() {
  std::lock_guard lock(mu_);
  return send_quiet();
}

void TailFeed::on_closed() {
  subscription_.reset();
  std::shared_ptr<Stream> stream;  // ends outside of the lock
  std::lock_guard lock(mu_);
  stream = std::exchange(stream_, nullptr);
}

size_t TailFeed::take(std::span<const TailRow> rows, bool is_new) {
  std::lock_guard lock(mu_);
  return send_rows(rows, is_new);
}

bool TailFeed::dropped(const TailGap& gap) {
  std::lock_guard lock(mu_);
  const uint64_t before = cursor(gap.dataset);
  set_cursor(gap.dataset, gap.end);
  const bool sent = send_gap(gap);
  if (!sent) set_cursor(gap.dataset, before);
  return sent;
}

void TailFeed::reached(store::Dataset dataset, uint64_t sequence) {
  std::lock_guard lock(mu_);
  set_cursor(dataset, sequence);
}

void TailFeed::failed(const base::Error&) {
  std::lock_guard lock(mu_);
  if (stream_) stream_->end(StreamEnd::kFailed);
}

}  // namespace tripod::serve
