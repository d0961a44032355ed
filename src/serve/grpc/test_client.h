// A gRPC client for tests: unary calls of any method with raw messages.
#pragma once

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tripod::serve {

struct GrpcReply {
  int code = 0;
  std::string text;
  std::string details;  // google.rpc.Status, from grpc-status-details-bin
  std::string message;
  std::map<std::string, std::string> trailers;
};

struct GrpcCallOptions {
  std::vector<std::pair<std::string, std::string>> metadata = {};
  grpc_compression_algorithm compression = GRPC_COMPRESS_NONE;
  std::chrono::milliseconds deadline{20'000};
};

// Not thread-safe.
class GrpcTestClient {
 public:
  explicit GrpcTestClient(const std::string& address) {
    grpc::ChannelArguments arguments;
    // A channel of its own: by default gRPC shares connections between channels of one process.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    channel_ = grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
    stub_ = std::make_unique<grpc::GenericStub>(channel_);
  }

  GrpcReply call(const std::string& method, const std::string& message, const GrpcCallOptions& options = {}) {
    grpc::ClientContext context;
    for (const auto& [name, value] : options.metadata) context.AddMetadata(name, value);
    context.set_compression_algorithm(options.compression);
    context.set_deadline(std::chrono::system_clock::now() + options.deadline);
    const grpc::Slice slice(message);
    const grpc::ByteBuffer request(&slice, 1);
    grpc::CompletionQueue queue;
    auto rpc = stub_->PrepareUnaryCall(&context, method, request, &queue);
    rpc->StartCall();
    grpc::ByteBuffer response;
    grpc::Status status;
    rpc->Finish(&response, &status, this);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    return reply_of(context, status, response);
  }

 private:
  static GrpcReply reply_of(const grpc::ClientContext& context, const grpc::Status& status, grpc::ByteBuffer& response) {
    GrpcReply out{.code = status.error_code(), .text = status.error_message(), .details = status.error_details()};
    std::vector<grpc::Slice> slices;
    if (response.Valid() && response.Dump(&slices).ok()) {
      for (const grpc::Slice& s : slices) out.message.append(reinterpret_cast<const char*>(s.begin()), s.size());
    }
    for (const auto& [name, value] : context.GetServerTrailingMetadata()) {
      out.trailers.emplace(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
    }
    return out;
  }

  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<grpc::GenericStub> stub_;
};

}  // namespace tripod::serve
