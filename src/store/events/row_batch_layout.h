// The end of a row batch's bytes: where its sections are. Written and read as it lies in memory (little-endian machines).
#pragma once

#include <bit>
#include <cstdint>

namespace tripod::store {

static_assert(std::endian::native == std::endian::little, "the store's files are little-endian");

struct RowBatchTrailer {
  uint32_t rows_at = 0;  // streams are before
  uint32_t keys_at = 0;
  uint32_t streams = 0;
  uint32_t rows = 0;
  uint32_t keys = 0;
};
static_assert(sizeof(RowBatchTrailer) == 20);

}  // namespace tripod::store
