// One unary gRPC call as its method sees it, and how it is answered. Nothing of sockets or of the gRPC library.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "base/memory_budget.h"
#include "base/result.h"
#include "serve/auth/principal.h"
#include "serve/http/message.h"

namespace tripod::serve {

// Owned by the worker that handles it.
struct GrpcCall {
  std::string message;  // the request message, compression already taken off
  Peer peer;
  Principal principal;
  base::MemoryCharge memory;  // of the message
};

// Answers one call with the serialised response message, or with an error. Callable once, from any thread; destroying it
// uncalled answers INTERNAL. A call that its client has given up, or that a stop has ended, takes the answer silently.
class GrpcResponder {
 public:
  using Send = std::move_only_function<void(base::Result<std::string>)>;
  explicit GrpcResponder(Send send) : send_(std::move(send)) {}
  GrpcResponder(GrpcResponder&& other) noexcept : send_(std::exchange(other.send_, {})) {}
  GrpcResponder& operator=(GrpcResponder&&) = delete;
  ~GrpcResponder() {
    if (send_) send_(base::fail(base::Code::kInternal, "the call was not answered"));
  }
  void operator()(base::Result<std::string> answer) { std::exchange(send_, {})(std::move(answer)); }

 private:
  Send send_;
};

struct GrpcMethod {
  std::string path;  // "/package.Service/Method"
  // On a worker.
  std::function<void(GrpcCall&&, GrpcResponder)> handler;
};

}  // namespace tripod::serve
