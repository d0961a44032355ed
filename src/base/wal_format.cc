#include "base/wal_format.h"

#include <bit>
#include <charconv>
#include <cstdio>
#include <cstring>

#include "base/hash.h"

namespace tripod::base {
namespace {

static_assert(std::endian::native == std::endian::little, "segments are little-endian");

constexpr std::string_view kMagic("TRIPDWAL", 8);
constexpr std::string_view kSuffix = ".wal";
constexpr size_t kNameDigits = 20;

template <class T>
void put(std::string& out, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

template <class T>
T get(std::string_view bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

uint32_t record_checksum(uint64_t sequence, std::string_view payload) {
  // The length is covered too: XXH3 of a prefix is another hash.
  return static_cast<uint32_t>(hash64(payload, sequence));
}

}  // namespace

std::string wal_segment_name(uint64_t first) {
  char name[32];
  const int length =
      std::snprintf(name, sizeof name, "%020llu.wal", static_cast<unsigned long long>(first));
  return std::string(name, static_cast<size_t>(length));
}

std::optional<uint64_t> parse_wal_segment_name(std::string_view name) {
  if (name.size() != kNameDigits + kSuffix.size() || !name.ends_with(kSuffix)) return std::nullopt;
  uint64_t first = 0;
  const char* const digits_end = name.begin() + kNameDigits;
  const auto [end, error] = std::from_chars(name.begin(), digits_end, first);
  if (error != std::errc() || end != digits_end || first == 0) return std::nullopt;
  return first;
}

void append_wal_segment_header(std::string& out, const WalSegmentHeader& header) {
  const size_t start = out.size();
  out.append(kMagic);
  put<uint32_t>(out, kWalVersion);
  put<uint32_t>(out, kWalSegmentHeaderBytes);
  put<uint64_t>(out, header.first);
  put<uint64_t>(out, header.follows);
  put<uint64_t>(out, hash64(std::string_view(out).substr(start)));
}

Result<WalSegmentHeader> parse_wal_segment_header(std::string_view bytes) {
  constexpr size_t kChecked = kWalSegmentHeaderBytes - 8;
  if (!bytes.starts_with(kMagic)) return fail(Code::kDataLoss, "not a WAL segment");
  if (hash64(bytes.substr(0, kChecked)) != get<uint64_t>(bytes, kChecked)) {
    return fail(Code::kDataLoss, "checksum of the segment header does not match");
  }
  if (const auto version = get<uint32_t>(bytes, 8); version != kWalVersion) {
    return fail(Code::kUnsupported, "WAL segment of version " + std::to_string(version) +
                                        ", this program knows version " +
                                        std::to_string(kWalVersion));
  }
  return WalSegmentHeader{get<uint64_t>(bytes, 16), get<uint64_t>(bytes, 24)};
}

void append_wal_record_header(std::string& out, uint64_t sequence, std::string_view payload) {
  put<uint32_t>(out, static_cast<uint32_t>(payload.size()));
  put<uint32_t>(out, record_checksum(sequence, payload));
  put<uint64_t>(out, sequence);
}

WalRecordHeader parse_wal_record_header(std::string_view bytes) {
  return {get<uint32_t>(bytes, 0), get<uint32_t>(bytes, 4), get<uint64_t>(bytes, 8)};
}

bool wal_record_matches(const WalRecordHeader& header, std::string_view payload) {
  return header.checksum == record_checksum(header.sequence, payload);
}

}  // namespace tripod::base
