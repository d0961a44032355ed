// ip("…") of line filters and label filters: an address, a range a-b or a network in CIDR form.
// https://grafana.com/docs/loki/latest/query/ip/
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace tripod::query::logql {

// IPv4 addresses are those mapped into IPv6.
using IpAddress = std::array<uint8_t, 16>;

// kInvalidArgument: `invalid ip address "…"`, as filters put it into __error_details__.
base::Result<IpAddress> parse_ip(std::string_view text);

class IpMatcher {
 public:
  // kInvalidArgument: "ip: invalid pattern".
  static base::Result<IpMatcher> make(std::string_view pattern);
  bool contains(const IpAddress& address) const { return low_ <= address && address <= high_; }
  // Whether any address that stands in the text is matched.
  bool found_in(std::string_view text) const;

 private:
  IpAddress low_{};
  IpAddress high_{};
  bool is_v4_ = false;
};

}  // namespace tripod::query::logql
