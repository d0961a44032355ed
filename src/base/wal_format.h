// Bytes of a WAL segment (docs/formats/wal.md): encoding and checking, no files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tripod::base {

inline constexpr uint32_t kWalVersion = 1;
inline constexpr size_t kWalSegmentHeaderBytes = 40;
inline constexpr size_t kWalRecordHeaderBytes = 16;

struct WalSegmentHeader {
  uint64_t first = 0;    // number of the segment's first record, also the file's name
  uint64_t follows = 0;  // number of the last record before it, 0 when there was none
};

struct WalRecordHeader {
  uint32_t length = 0;  // of the payload
  uint32_t checksum = 0;
  uint64_t sequence = 0;
};

// "00000000000000000042.wal"
std::string wal_segment_name(uint64_t first);
// The number in a segment's name; nullopt for every other name.
std::optional<uint64_t> parse_wal_segment_name(std::string_view name);

void append_wal_segment_header(std::string& out, const WalSegmentHeader& header);
// kDataLoss when damaged (or not a segment), kUnsupported when whole and of a later version.
// @pre bytes.size() >= kWalSegmentHeaderBytes
Result<WalSegmentHeader> parse_wal_segment_header(std::string_view bytes);

void append_wal_record_header(std::string& out, uint64_t sequence, std::string_view payload);
// @pre bytes.size() >= kWalRecordHeaderBytes
WalRecordHeader parse_wal_record_header(std::string_view bytes);
// Whether the checksum is the payload's and the sequence's.
bool wal_record_matches(const WalRecordHeader& header, std::string_view payload);

}  // namespace tripod::base
