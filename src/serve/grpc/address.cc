#include "serve/grpc/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace tripod::serve {

namespace {

using V4 = std::array<uint8_t, 4>;
using V6 = std::array<uint8_t, 16>;

struct Kind {
  bool is_loopback = false;
  bool is_private = false;
};

Kind kind_of(const V4& b) {
  const bool loopback = b[0] == 127;
  const bool is_private = loopback || b[0] == 10 || (b[0] == 172 && b[1] >= 16 && b[1] < 32) ||
                          (b[0] == 192 && b[1] == 168) || (b[0] == 169 && b[1] == 254);
  return {loopback, is_private};
}

Kind kind_of(const V6& b) {
  static constexpr V6 kLoopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  if (b == kLoopback) return {true, true};
  const bool link_local = b[0] == 0xfe && (b[1] & 0xc0) == 0x80;
  const bool unique_local = (b[0] & 0xfe) == 0xfc;
  return {false, link_local || unique_local};
}

bool is_mapped_v4(const V6& b) {
  return std::all_of(b.begin(), b.begin() + 10, [](uint8_t x) { return x == 0; }) && b[10] == 0xff && b[11] == 0xff;
}

struct Ip {
  std::string text;
  Kind kind;
  bool is_v6 = false;
};

std::string format(int family, const void* bytes) {
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(family, bytes, text, sizeof text) != nullptr ? text : "";
}

// A zone ("fe80::1%eth0") is not part of the address.
std::optional<Ip> parse_ip(std::string_view text) {
  const std::string copy(text.substr(0, text.find('%')));
  if (V4 v4; inet_pton(AF_INET, copy.c_str(), v4.data()) == 1) return Ip{copy, kind_of(v4)};
  V6 v6;
  if (inet_pton(AF_INET6, copy.c_str(), v6.data()) != 1) return std::nullopt;
  if (!is_mapped_v4(v6)) return Ip{format(AF_INET6, v6.data()), kind_of(v6), true};
  const V4 v4{v6[12], v6[13], v6[14], v6[15]};
  return Ip{format(AF_INET, v4.data()), kind_of(v4)};
}

std::optional<uint16_t> parse_port(std::string_view digits) {
  uint16_t port = 0;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (ec != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return port;
}

std::string_view without_brackets(std::string_view host) {
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') return host.substr(1, host.size() - 2);
  return host;
}

}  // namespace

std::string ListenAddress::text() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

base::Result<ListenAddress> parse_listen_address(std::string_view text) {
  using base::Code;
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return base::fail(Code::kInvalidArgument, "address without a port: " + std::string(text));
  }
  std::string_view host = without_brackets(text.substr(0, colon));
  if (host == "localhost") host = "127.0.0.1";
  if (host.empty()) host = "0.0.0.0";
  const auto ip = parse_ip(host);
  if (!ip) return base::fail(Code::kInvalidArgument, "not an IP address: " + std::string(host));
  if (ip->is_v6 && text.front() != '[') {
    return base::fail(Code::kInvalidArgument, "an IPv6 address with a port needs brackets: " + std::string(text));
  }
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return base::fail(Code::kInvalidArgument, "not a port: " + std::string(text.substr(colon + 1)));
  return ListenAddress{.host = ip->text, .port = *port, .is_loopback = ip->kind.is_loopback};
}

Peer parse_grpc_peer(std::string_view uri, bool listener_is_loopback) {
  Peer peer{.address = percent_decode(uri, false), .listener_is_loopback = listener_is_loopback};
  std::string_view rest = peer.address;
  if (!rest.starts_with("ipv4:") && !rest.starts_with("ipv6:")) return peer;
  rest.remove_prefix(5);
  const size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos) return peer;
  const auto ip = parse_ip(without_brackets(rest.substr(0, colon)));
  if (!ip) return peer;
  peer.is_loopback = ip->kind.is_loopback;
  peer.is_private = ip->kind.is_private;
  peer.address = ip->text;
  return peer;
}

}  // namespace tripod::serve
