#include "store/events/bloom.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace tripod::store {
namespace {

constexpr size_t kBitsPerHash = 12;
constexpr std::array<uint32_t, 8> kSalts = {0x47b6137bU, 0x44974d91U, 0x8824ad5bU, 0xa2b7289dU,
                                            0x705495c7U, 0x2df1424bU, 0x9efc4947U, 0x5c6bfb31U};

size_t block_of(uint64_t hash, size_t blocks) {
  return static_cast<size_t>(((hash >> 32) * blocks) >> 32);
}
uint32_t bit_of(uint64_t hash, size_t word) {
  return uint32_t{1} << ((static_cast<uint32_t>(hash) * kSalts[word]) >> 27);
}

}  // namespace

void append_bloom(std::string& out, std::span<const uint64_t> hashes) {
  const size_t blocks = std::max<size_t>(1, (hashes.size() * kBitsPerHash + 255) / 256);
  const size_t at = out.size();
  out.resize(at + blocks * kBloomBlockBytes);
  for (uint64_t hash : hashes) {
    char* block = out.data() + at + block_of(hash, blocks) * kBloomBlockBytes;
    std::array<uint32_t, 8> words;
    std::memcpy(words.data(), block, kBloomBlockBytes);
    for (size_t i = 0; i < 8; ++i) words[i] |= bit_of(hash, i);
    std::memcpy(block, words.data(), kBloomBlockBytes);
  }
}

bool bloom_may_contain(std::string_view filter, uint64_t hash) {
  const size_t blocks = filter.size() / kBloomBlockBytes;
  std::array<uint32_t, 8> words;
  std::memcpy(words.data(), filter.data() + block_of(hash, blocks) * kBloomBlockBytes, kBloomBlockBytes);
  for (size_t i = 0; i < 8; ++i) {
    if ((words[i] & bit_of(hash, i)) == 0) return false;
  }
  return true;
}

}  // namespace tripod::store
