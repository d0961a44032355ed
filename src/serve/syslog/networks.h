// Who may send: syslog has no credentials, so that the sender's address is all there is to go by.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace tripod::serve {

// Immutable; thread-safe. Addresses of IPv4 within IPv6 count as what they are.
class Networks {
 public:
  // "10.0.0.0/8", "fd00::/8", "192.168.1.5". Error: kInvalidArgument.
  static base::Result<Networks> parse(std::span<const std::string> texts);
  // 127.0.0.0/8 and ::1.
  static Networks loopback();

  bool contain(const boost::asio::ip::address& address) const;

 private:
  struct Network {
    boost::asio::ip::address first;
    unsigned bits = 0;
  };
  static base::Result<Network> parse_one(const std::string& text);

  std::vector<Network> networks_;
};

// As what it is, where it is IPv4 within IPv6.
boost::asio::ip::address plain_address(const boost::asio::ip::address& address);

}  // namespace tripod::serve
