#include "serve/syslog/networks.h"

#include <algorithm>
#include <charconv>

namespace tripod::serve {
namespace {

namespace ip = boost::asio::ip;

template <class Bytes>
bool same_prefix(const Bytes& a, const Bytes& b, unsigned bits) {
  const size_t whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin())) return false;
  const unsigned rest = bits % 8;
  return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

}  // namespace

ip::address plain_address(const ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return ip::make_address_v4(ip::v4_mapped, address.to_v6());
}

base::Result<Networks::Network> Networks::parse_one(const std::string& text) {
  const auto bad = [&] {
    return base::fail(base::Code::kInvalidArgument, "\"" + text + "\" is no network: 10.0.0.0/8, fd00::/8 or an address");
  };
  const size_t slash = text.find('/');
  boost::system::error_code ec;
  const ip::address address = plain_address(ip::make_address(text.substr(0, slash), ec));
  if (ec) return bad();
  const unsigned most = address.is_v4() ? 32 : 128;
  if (slash == text.npos) return Network{address, most};
  unsigned bits = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + slash + 1, end, bits);
  if (parsed.ec != std::errc() || parsed.ptr != end || bits > most) return bad();
  return Network{address, bits};
}

base::Result<Networks> Networks::parse(std::span<const std::string> texts) {
  Networks out;
  for (const std::string& text : texts) {
    auto network = parse_one(text);
    if (!network) return base::fail(std::move(network.error()));
    out.networks_.push_back(*network);
  }
  return out;
}

Networks Networks::loopback() {
  Networks out;
  out.networks_ = {{ip::make_address_v4("127.0.0.0"), 8}, {ip::address_v6::loopback(), 128}};
  return out;
}

bool Networks::contain(const ip::address& address) const {
  const ip::address plain = plain_address(address);
  return std::ranges::any_of(networks_, [&](const Network& network) {
    if (network.first.is_v4() != plain.is_v4()) return false;
    if (plain.is_v4()) return same_prefix(network.first.to_v4().to_bytes(), plain.to_v4().to_bytes(), network.bits);
    return same_prefix(network.first.to_v6().to_bytes(), plain.to_v6().to_bytes(), network.bits);
  });
}

}  // namespace tripod::serve
