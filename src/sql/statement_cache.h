// Statements that were normalised lately, by their text.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "sql/statement.h"

namespace tripod::sql {

// Thread-safe. Holds between `most` and twice as many statements, or `most_bytes` and twice that, whichever is less: when the young half is
// full, it becomes the old one, and what nobody asked for since is forgotten.
class StatementCache {
 public:
  explicit StatementCache(size_t most = 32 << 10, size_t most_bytes = 16 << 20);

  // Never null.
  std::shared_ptr<const Statement> find(std::string_view text, Dialect dialect);

 private:
  struct Key {   // of text and dialect, 128 bits: no two are the same in practice
    uint64_t high = 0;
    uint64_t low = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const { return static_cast<size_t>(key.low); }
  };
  using Map = std::unordered_map<Key, std::shared_ptr<const Statement>, KeyHash>;
  struct Shard {
    std::mutex mu;
    // guarded by mu
    Map young, old;
    size_t young_bytes = 0;
  };
  static constexpr size_t kShards = 16;

  void insert(Shard& shard, const Key& key, std::shared_ptr<const Statement> statement);

  const size_t most_in_shard_;
  const size_t most_bytes_in_shard_;
  std::array<Shard, kShards> shards_;
};

}  // namespace tripod::sql
