#include "serve/grpc/transport.h"

#include <grpc/support/log.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/resource_quota.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>

#include "base/compress.h"
#include "base/utf8.h"
#include "ingest/otlp/response.h"
#include "serve/grpc/address.h"
#include "serve/grpc/status.h"

namespace tripod::serve {

using base::Code;
using base::Error;
using base::Result;

namespace {

// Clients take 8 KiB of metadata in all by default, and the text goes out twice, once percent-encoded.
constexpr size_t kMostErrorText = 1024;
constexpr int kStreamsPerConnection = 128;
constexpr int kKeepaliveMs = 120'000;   // a client that vanished without a word is noticed after this
constexpr int kLeastPingMs = 10'000;     // clients may ask for signs of life this often, also between calls

struct GrpcCounters {
  explicit GrpcCounters(base::MetricRegistry& registry)
      : requests(registry.counter("tripod_grpc_requests_total", "gRPC calls received.")),
        bytes_in(registry.counter("tripod_grpc_request_bytes_total", "Bytes of request messages, as received.")),
        overloaded(registry.counter("tripod_grpc_overloaded_total",
                                    "gRPC calls refused because the queue or the memory budget was full.")) {}
  base::Counter& requests;
  base::Counter& bytes_in;
  base::Counter& overloaded;
};

// What reactors and queued calls share; lives as long as any of them.
struct Shared {
  explicit Shared(GrpcTransportContext c) : context(std::move(c)), counters(context.metrics) {}
  const GrpcTransportContext context;
  GrpcCounters counters;
  std::atomic<bool> stopping{false};
  std::atomic<size_t> cancelled{0};  // by clients, by deadlines, by a stop
};

class Reactor;

// The right to finish a call, held by its reactor, its responder and its cancellation: whoever takes the pointer finishes.
using FinishRight = std::atomic<Reactor*>;

// A call on its way through the queue.
struct Pending {
  std::shared_ptr<Shared> shared;
  const GrpcMethod* method;
  grpc::ByteBuffer raw;
  GrpcCall call;
  GrpcResponder responder;
};

// One call. gRPC's threads call the On... functions; it deletes itself when gRPC is done with it.
class Reactor final : public grpc::ServerGenericBidiReactor {
 public:
  Reactor(std::shared_ptr<Shared> shared, grpc::GenericCallbackServerContext& context, bool listener_is_loopback)
      : shared_(std::move(shared)), context_(context), right_(std::make_shared<FinishRight>(this)) {
    peer_ = parse_grpc_peer(context.peer(), listener_is_loopback);
    shared_->counters.requests.add();
    if (auto ok = admit(); ok) {
      StartRead(&raw_);
    } else {
      refuse(ok.error());
    }
  }

  void OnReadDone(bool ok) override;
  void OnCancel() override {
    finish_once([](Reactor& self) {
      self.shared_->cancelled.fetch_add(1);
      self.Finish(grpc::Status::CANCELLED);
    });
  }
  void OnDone() override { delete this; }

  // Requires the right to finish.
  void answer(Result<std::string> result);

 private:
  Result<> admit();
  void refuse(const Error& error);
  void fail(const Error& error);

  template <class Fn>
  void finish_once(Fn fn) {
    if (Reactor* self = right_->exchange(nullptr)) fn(*self);
  }

  const std::shared_ptr<Shared> shared_;
  grpc::GenericCallbackServerContext& context_;
  const std::shared_ptr<FinishRight> right_;
  const GrpcMethod* method_ = nullptr;
  Peer peer_;
  Principal principal_;
  grpc::ByteBuffer raw_;
  grpc::ByteBuffer response_;
};

HttpRequest as_request(const grpc::GenericCallbackServerContext& context, const Peer& peer) {
  HttpRequest request{.method = Method::kPost, .target = context.method(), .path = context.method(), .peer = peer};
  for (const auto& [name, value] : context.client_metadata()) {
    request.headers.push_back({std::string(name.data(), name.size()), std::string(value.data(), value.size())});
  }
  return request;
}

// Method and credentials, before any of the message is read.
Result<> Reactor::admit() {
  if (shared_->stopping.load()) return base::fail(Code::kUnavailable, "shutting down, try again");
  const auto& methods = shared_->context.methods;
  const auto it = std::ranges::find(methods, context_.method(), &GrpcMethod::path);
  if (it == methods.end()) return base::fail(Code::kUnsupported, "no such method: " + context_.method());
  method_ = &*it;
  auto principal = shared_->context.authenticate(as_request(context_, peer_));
  if (!principal) return base::fail(std::move(principal.error()));
  principal_ = std::move(*principal);
  return {};
}

std::string flatten(grpc::ByteBuffer& buffer) {
  std::string out;
  out.reserve(buffer.Length());
  std::vector<grpc::Slice> slices;
  if (buffer.Valid() && buffer.Dump(&slices).ok()) {
    for (const grpc::Slice& slice : slices) out.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  buffer.Clear();
  return out;
}

// The compression of a message. gRPC would tell, but only to a server that lets it decompress without a limit; the first
// bytes tell as well: 1f is no protobuf tag at all, and 78 with a valid zlib header would be field 15, which no request has.
std::string_view compression_of(std::string_view message) {
  if (message.size() < 2) return {};
  const auto first = static_cast<uint8_t>(message[0]);
  const auto second = static_cast<uint8_t>(message[1]);
  if (first == 0x1f && second == 0x8b) return "gzip";
  if (first == 0x78 && (first * 256 + second) % 31 == 0) return "deflate";
  return {};
}

Result<> decompress(const GrpcTransportContext& context, GrpcCall& call) {
  const std::string_view encoding = compression_of(call.message);
  if (encoding.empty()) return {};
  auto decoded = base::decode_content(encoding, call.message, context.max_message_bytes);
  if (!decoded) return base::fail(std::move(decoded.error()));
  auto charge = context.memory.try_charge(decoded->size());
  if (!charge) return base::fail(Code::kResourceExhausted, "the memory budget is used up, try again");
  call.memory = std::move(charge);
  call.message = std::move(*decoded);
  return {};
}

// On a worker.
void run(Pending& pending) {
  Shared& shared = *pending.shared;
  pending.call.message = flatten(pending.raw);
  if (auto ok = decompress(shared.context, pending.call); !ok) {
    if (ok.error().code == Code::kResourceExhausted) shared.counters.overloaded.add();
    shared.context.refused(pending.call.peer, ok.error());
    return pending.responder(base::fail(std::move(ok.error())));
  }
  pending.method->handler(std::move(pending.call), std::move(pending.responder));
}

void Reactor::OnReadDone(bool ok) {
  if (!ok) {
    return refuse({Code::kInvalidArgument, "no whole message arrived: cut off, given up, or over the limit of " +
                                               std::to_string(shared_->context.max_message_bytes) + " bytes"});
  }
  const size_t bytes = raw_.Length();
  shared_->counters.bytes_in.add(bytes);
  auto charge = shared_->context.memory.try_charge(bytes);
  if (!charge) {
    shared_->counters.overloaded.add();
    return refuse({Code::kResourceExhausted, "the memory budget is used up, try again"});
  }
  GrpcResponder responder([right = right_](Result<std::string> result) {
    if (Reactor* self = right->exchange(nullptr)) self->answer(std::move(result));
  });
  auto pending = std::make_shared<Pending>(
      Pending{.shared = shared_,
              .method = method_,
              .raw = {},
              .call = {.message = {}, .peer = peer_, .principal = std::move(principal_), .memory = std::move(charge)},
              .responder = std::move(responder)});
  pending->raw.Swap(&raw_);
  if (shared_->context.workers.try_submit([pending] { run(*pending); })) return;
  shared_->counters.overloaded.add();
  const Error error = shared_->stopping.load() ? Error{Code::kUnavailable, "shutting down, try again"}
                                               : Error{Code::kResourceExhausted, "overloaded, try again"};
  shared_->context.refused(peer_, error);
  pending->responder(base::fail(error));
}

void Reactor::refuse(const Error& error) {
  shared_->context.refused(peer_, error);
  finish_once([&](Reactor& self) { self.fail(error); });
}

void Reactor::answer(Result<std::string> result) {
  if (!result) return fail(result.error());
  const grpc::Slice slice(*result);
  response_ = grpc::ByteBuffer(&slice, 1);
  StartWriteAndFinish(&response_, grpc::WriteOptions(), grpc::Status::OK);
}

void Reactor::fail(const Error& error) {
  const std::string text(base::utf8_prefix(error.message, kMostErrorText));
  const int code = grpc_status(error.code);
  std::optional<std::chrono::milliseconds> retry;
  if (error.code == Code::kResourceExhausted || error.code == Code::kUnavailable) retry = shared_->context.retry_after;
  if (retry) context_.AddTrailingMetadata("google.rpc.retryinfo-bin", ingest::otlp::encode_retry_info(*retry));
  Finish({static_cast<grpc::StatusCode>(code), text, ingest::otlp::encode_status(code, text, retry)});
}

class Service final : public grpc::CallbackGenericService {
 public:
  Service(std::shared_ptr<Shared> shared, bool is_loopback) : shared_(std::move(shared)), is_loopback_(is_loopback) {}
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override {
    return new Reactor(shared_, *context, is_loopback_);
  }

 private:
  const std::shared_ptr<Shared> shared_;
  const bool is_loopback_;
};

struct Listener {
  std::unique_ptr<Service> service;  // outlives its server
  std::unique_ptr<grpc::Server> server;
};

}  // namespace

struct GrpcTransport::Impl {
  explicit Impl(GrpcTransportContext context) : shared(std::make_shared<Shared>(std::move(context))) {}

  void configure(grpc::ServerBuilder& builder) const {
    const size_t most = shared->context.max_message_bytes;
    builder.SetMaxReceiveMessageSize(static_cast<int>(most));
    // gRPC would decompress without a limit: 64 MiB of zeros, well compressed, are 64 GiB. Ours has one.
    builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // a second server on the port is an error, not a rival
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsPerConnection);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kLeastPingMs);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    // Messages that are still arriving are gRPC's; together they stay below this.
    grpc::ResourceQuota quota("tripod");
    quota.Resize(std::max(shared->context.memory.limit() / 4, 2 * most));
    builder.SetResourceQuota(quota);
  }

  const std::shared_ptr<Shared> shared;
  std::mutex mu;
  std::vector<Listener> listeners;  // guarded by mu
};

GrpcTransport::GrpcTransport(GrpcTransportContext context) : impl_(std::make_unique<Impl>(std::move(context))) {
  // gRPC's own lines are not JSON; what fails reaches us as a status.
  gpr_set_log_verbosity(static_cast<gpr_log_severity>(GPR_LOG_SEVERITY_ERROR + 1));
}

GrpcTransport::~GrpcTransport() { stop(std::chrono::milliseconds(0)); }

Result<std::string> GrpcTransport::listen(const std::string& address) {
  auto parsed = parse_listen_address(address);
  if (!parsed) return base::fail(std::move(parsed.error()));
  std::lock_guard lock(impl_->mu);
  if (impl_->shared->stopping.load()) return base::fail(Code::kUnavailable, "stopped");
  Listener listener{.service = std::make_unique<Service>(impl_->shared, parsed->is_loopback)};
  grpc::ServerBuilder builder;
  impl_->configure(builder);
  int port = 0;
  builder.AddListeningPort(parsed->text(), grpc::InsecureServerCredentials(), &port);
  builder.RegisterCallbackGenericService(listener.service.get());
  listener.server = builder.BuildAndStart();
  if (listener.server == nullptr || port <= 0) {
    return base::fail(Code::kUnavailable, "cannot listen on " + address + ": the address is taken or not of this machine");
  }
  parsed->port = static_cast<uint16_t>(port);
  impl_->listeners.push_back(std::move(listener));
  return parsed->text();
}

size_t GrpcTransport::stop(std::chrono::milliseconds grace) {
  impl_->shared->stopping.store(true);
  std::lock_guard lock(impl_->mu);
  const size_t cancelled_before = impl_->shared->cancelled.load();
  const auto deadline = std::chrono::system_clock::now() + grace;
  for (Listener& listener : impl_->listeners) listener.server->Shutdown(deadline);
  impl_->listeners.clear();  // waits for the last call to end
  return impl_->shared->cancelled.load() - cancelled_before;
}

}  // namespace tripod::serve
