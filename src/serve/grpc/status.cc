#include "serve/grpc/status.h"

namespace tripod::serve {

int grpc_status(base::Code code) {
  using base::Code;
  switch (code) {
    case Code::kCancelled: return 1;
    case Code::kInvalidArgument: return 3;
    case Code::kDeadlineExceeded: return 4;
    case Code::kNotFound: return 5;
    case Code::kAlreadyExists: return 6;
    case Code::kPermissionDenied: return 7;
    case Code::kTooLarge:
    case Code::kResourceExhausted: return 8;
    case Code::kUnsupported: return 12;
    case Code::kInternal:
    case Code::kIo: return 13;
    case Code::kUnavailable: return 14;
    case Code::kDataLoss: return 15;
    case Code::kUnauthenticated: return 16;
  }
  return 13;
}

}  // namespace tripod::serve
