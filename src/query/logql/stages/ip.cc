#include "query/logql/stages/ip.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>
#include <string>

#include "query/promql/text.h"

namespace tripod::query::logql {
namespace {

constexpr size_t kMostAddressBytes = 45;

bool is_v4(const IpAddress& address) {
  for (size_t i = 0; i < 10; ++i) {
    if (address[i] != 0) return false;
  }
  return address[10] == 0xFF && address[11] == 0xFF;
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

std::unexpected<base::Error> bad_pattern() {
  return base::fail(base::Code::kInvalidArgument, "ip: invalid pattern");
}

}  // namespace

base::Result<IpAddress> parse_ip(std::string_view text) {
  IpAddress out{};
  const std::string zero_ended(text.substr(0, kMostAddressBytes + 1));
  if (text.size() <= kMostAddressBytes && zero_ended.find('\0') == std::string::npos) {
    std::array<uint8_t, 4> four{};
    if (inet_pton(AF_INET, zero_ended.c_str(), four.data()) == 1) {
      out[10] = out[11] = 0xFF;
      std::memcpy(out.data() + 12, four.data(), four.size());
      return out;
    }
    if (inet_pton(AF_INET6, zero_ended.c_str(), out.data()) == 1) return out;
  }
  return base::fail(base::Code::kInvalidArgument, "ParseAddr(" + promql::quote(text) + "): unable to parse IP");
}

base::Result<IpMatcher> IpMatcher::make(std::string_view pattern) {
  IpMatcher out;
  if (const size_t dash = pattern.find('-'); dash != std::string_view::npos) {
    const auto low = parse_ip(pattern.substr(0, dash));
    const auto high = parse_ip(pattern.substr(dash + 1));
    if (!low || !high || *high < *low || logql::is_v4(*low) != logql::is_v4(*high)) return bad_pattern();
    out.low_ = *low;
    out.high_ = *high;
  } else if (const size_t slash = pattern.find('/'); slash != std::string_view::npos) {
    const auto base = parse_ip(pattern.substr(0, slash));
    const std::string_view digits = pattern.substr(slash + 1);
    unsigned bits = 0;
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (!base || ec != std::errc() || end != digits.data() + digits.size()) return bad_pattern();
    const unsigned most = logql::is_v4(*base) ? 32 : 128;
    if (bits > most) return bad_pattern();
    bits += 128 - most;
    out.low_ = out.high_ = *base;
    for (unsigned i = 0; i < 16; ++i) {
      const unsigned kept = bits >= (i + 1) * 8 ? 8 : bits > i * 8 ? bits - i * 8 : 0;
      const auto mask = static_cast<uint8_t>(0xFF00u >> kept & 0xFFu);
      out.low_[i] = static_cast<uint8_t>(out.low_[i] & mask);
      out.high_[i] = static_cast<uint8_t>(out.high_[i] | static_cast<uint8_t>(~mask));
    }
  } else {
    const auto one = parse_ip(pattern);
    if (!one) return bad_pattern();
    out.low_ = out.high_ = *one;
  }
  out.is_v4_ = logql::is_v4(out.low_);
  return out;
}

// Every run of the characters addresses are made of is tried, longest first from each of its starts.
bool IpMatcher::found_in(std::string_view text) const {
  const auto part = [this](char c) {
    return is_v4_ ? (c >= '0' && c <= '9') || c == '.' : is_hex(c) || c == ':' || c == '.';
  };
  for (size_t at = 0; at < text.size();) {
    if (!part(text[at])) {
      ++at;
      continue;
    }
    size_t end = at;
    while (end < text.size() && part(text[end])) ++end;
    std::string_view run = text.substr(at, end - at);
    at = end;
    if (run.size() > kMostAddressBytes + 1) continue;
    while (!run.empty() && (run.back() == '.' || (run.back() == ':' && !run.ends_with("::")))) run.remove_suffix(1);
    while (run.starts_with('.')) run.remove_prefix(1);
    if (const auto address = parse_ip(run); address && contains(*address)) return true;
  }
  return false;
}

}  // namespace tripod::query::logql
