// Split-block Bloom filter: 32-byte blocks, eight bits of one block per hash (Putze, Sanders, Singler: "Cache-, Hash- and
// Space-Efficient Bloom Filters"; the layout of Apache Parquet's). At 12 bits a hash about 0.5 % false positives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tripod::store {

// Appends a filter of these hashes (repeats do no harm but take room).
void append_bloom(std::string& out, std::span<const uint64_t> hashes);
// False: surely not among the hashes. @pre filter.size() is a multiple of 32, not 0.
bool bloom_may_contain(std::string_view filter, uint64_t hash);
inline constexpr size_t kBloomBlockBytes = 32;

}  // namespace tripod::store
