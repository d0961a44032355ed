// Trace and span ids: W3C Trace Context bytes, shown as lower-case hexadecimal.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace tripod::model {

template <size_t N>
struct Id {
  std::array<uint8_t, N> bytes{};

  // All zero: "none", as in OTLP.
  bool empty() const {
    for (uint8_t b : bytes) {
      if (b != 0) return false;
    }
    return true;
  }
  std::string hex() const {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out(2 * N, '0');
    for (size_t i = 0; i < N; ++i) {
      out[2 * i] = kDigits[bytes[i] >> 4];
      out[2 * i + 1] = kDigits[bytes[i] & 15];
    }
    return out;
  }
  // N raw bytes; anything else gives the empty id.
  static Id from_bytes(std::string_view raw) {
    Id id;
    if (raw.size() == N) std::memcpy(id.bytes.data(), raw.data(), N);
    return id;
  }
  // 2N hexadecimal digits of either case (dashes of a UUID are skipped); anything else gives the empty id.
  static Id from_hex(std::string_view hex) {
    Id id;
    size_t digits = 0;
    for (char c : hex) {
      int v = 0;
      if (c >= '0' && c <= '9') v = c - '0';
      else if (c >= 'a' && c <= 'f') v = c - 'a' + 10;
      else if (c >= 'A' && c <= 'F') v = c - 'A' + 10;
      else if (c == '-') continue;
      else return Id{};
      if (digits >= 2 * N) return Id{};
      uint8_t& b = id.bytes[digits / 2];
      b = static_cast<uint8_t>(b << 4 | v);
      ++digits;
    }
    return digits == 2 * N ? id : Id{};
  }
  friend auto operator<=>(const Id&, const Id&) = default;
};

using TraceId = Id<16>;
using SpanId = Id<8>;
using EventId = Id<16>;  // Sentry event id: a UUID without dashes

}  // namespace tripod::model
