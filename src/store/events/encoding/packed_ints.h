// Integers in runs of 128, each run with its own least value and bit width, of the values or of their differences.
// Byte layout: docs/formats/events.md, "Packed integers".
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "store/events/varint.h"

namespace tripod::store {

void append_packed(std::string& out, std::span<const int64_t> values);
// Exactly `count` values; false when the bytes are not that.
bool read_packed(CheckedReader& in, size_t count, std::vector<int64_t>& out);

}  // namespace tripod::store
