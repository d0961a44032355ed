#include "serve/syslog/courier.h"

#include <boost/asio/post.hpp>

#include "ingest/syslog/decoder.h"
#include "serve/syslog/losses.h"

namespace tripod::serve {

namespace asio = boost::asio;
namespace syslog = ingest::syslog;
using base::Code;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kFirstPause{10};
constexpr milliseconds kLongestPause{1000};

// The store may take it later. Anything else would be refused again.
bool is_temporary(Code code) { return code == Code::kResourceExhausted || code == Code::kUnavailable; }

base::Result<model::Batch> decode(const Delivery& delivery, const syslog::Options& decoding) {
  syslog::Options options = decoding;
  options.received = delivery.received;
  model::Batch batch;
  batch.bodies.push_back(delivery.body);
  syslog::Decoder decoder(options, batch);
  for (size_t i = 0; i < delivery.frames.size(); ++i) {
    const uint32_t sender = delivery.sender_of.empty() ? 0 : delivery.sender_of[i];
    decoder.add(*delivery.body, delivery.frames[i], delivery.senders[sender]);
  }
  auto finished = decoder.finish();
  if (!finished) return base::fail(std::move(finished.error()));
  return batch;
}

}  // namespace

Courier::Courier(const SyslogContext& context, const syslog::Options& decoding, asio::any_io_executor executor)
    : context_(context), decoding_(decoding), executor_(executor), timer_(executor) {}

void Courier::deliver(Delivery delivery, std::function<void()> done) {
  busy_ = true;
  delivery_ = std::move(delivery);
  done_ = std::move(done);
  pause_ = kFirstPause;
  attempt();
}

void Courier::hurry() {
  hurried_ = true;
  timer_.cancel();
}

void Courier::attempt() {
  if (context_.workers.try_submit([self = shared_from_this()] { self->work(); })) return;
  if (hurried_) return reject({Code::kUnavailable, "the server is stopping"});
  retry();
}

void Courier::retry() {
  timer_.expires_after(pause_);
  pause_ = std::min(pause_ * 2, kLongestPause);
  timer_.async_wait([self = shared_from_this()](boost::system::error_code) { self->attempt(); });
}

// On a worker.
void Courier::work() {
  auto answer = [self = shared_from_this()](base::Result<pipeline::Outcome> outcome) mutable {
    asio::post(self->executor_, [self, outcome = std::move(outcome)]() mutable { self->answered(std::move(outcome)); });
  };
  auto batch = decode(delivery_, decoding_);
  if (!batch) return answer(base::fail(std::move(batch.error())));
  context_.submit(std::move(*batch), {.protocol = std::string(kSyslogProtocol), .peer = delivery_.senders.front()}, std::move(answer));
}

void Courier::answered(base::Result<pipeline::Outcome> outcome) {
  if (outcome) return finish();
  if (is_temporary(outcome.error().code) && !hurried_) return retry();
  reject(outcome.error());
}

void Courier::reject(const base::Error& error) {
  const model::Rejection rejection{std::string(base::code_name(error.code)), error.message, delivery_.frames.size()};
  context_.ledger.rejected(kSyslogProtocol, delivery_.senders.front(), {&rejection, 1});
  finish();
}

void Courier::finish() {
  busy_ = false;
  delivery_ = {};
  const auto done = std::exchange(done_, {});
  done();
}

}  // namespace tripod::serve
