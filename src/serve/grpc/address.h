// Addresses in gRPC's spelling: what to listen on, and who called.
// https://github.com/grpc/grpc/blob/master/doc/naming.md
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "serve/http/message.h"

namespace tripod::serve {

struct ListenAddress {
  std::string host;  // an IP address, IPv6 without brackets
  uint16_t port = 0;  // 0: any free one
  bool is_loopback = false;

  // "127.0.0.1:4317", "[::1]:4317"
  std::string text() const;
};

// "host:port" with an IP address, "localhost" (127.0.0.1) or nothing (every IPv4 address) as host; IPv6 in brackets.
base::Result<ListenAddress> parse_listen_address(std::string_view text);

// Of grpc::ServerContext::peer(): "ipv4:127.0.0.1:50342", "ipv6:%5B::1%5D:50342" (or with plain brackets). An IPv4 address
// mapped into IPv6 counts as what it is. Anything else is neither loopback nor private.
Peer parse_grpc_peer(std::string_view uri, bool listener_is_loopback);

}  // namespace tripod::serve
