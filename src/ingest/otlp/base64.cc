#include "ingest/otlp/base64.h"

#include <algorithm>
#include <cstdint>

namespace tripod::ingest::otlp {

std::string base64(std::string_view bytes) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t word = 0;
    const size_t have = std::min<size_t>(3, bytes.size() - i);
    for (size_t k = 0; k < 3; ++k) {
      word = word << 8 | (k < have ? static_cast<uint8_t>(bytes[i + k]) : 0u);
    }
    out.push_back(kDigits[word >> 18]);
    out.push_back(kDigits[word >> 12 & 63]);
    out.push_back(have > 1 ? kDigits[word >> 6 & 63] : '=');
    out.push_back(have > 2 ? kDigits[word & 63] : '=');
  }
  return out;
}

}  // namespace tripod::ingest::otlp
