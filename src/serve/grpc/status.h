// The one table from error codes to gRPC status codes (https://grpc.io/docs/guides/status-codes/).
#pragma once

#include "base/result.h"

namespace tripod::serve {

int grpc_status(base::Code code);

}  // namespace tripod::serve
