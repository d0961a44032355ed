#include "sql/statement_cache.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"

namespace tripod::sql {

StatementCache::StatementCache(size_t most, size_t most_bytes)
    : most_in_shard_(std::max<size_t>(1, most / kShards)), most_bytes_in_shard_(most_bytes / kShards) {}

std::shared_ptr<const Statement> StatementCache::find(std::string_view text, Dialect dialect) {
  constexpr uint64_t kSeed = 0x73716c;
  const auto seed = static_cast<uint64_t>(dialect);
  const Key key{base::hash64(text, kSeed + seed), base::hash64(text, seed)};
  Shard& shard = shards_[key.high % kShards];
  {
    std::lock_guard lock(shard.mu);
    if (const auto found = shard.young.find(key); found != shard.young.end()) return found->second;
    if (const auto found = shard.old.find(key); found != shard.old.end()) {
      std::shared_ptr<const Statement> statement = std::move(found->second);
      shard.old.erase(found);
      insert(shard, key, statement);
      return statement;
    }
  }
  auto statement = std::make_shared<const Statement>(normalise(text, dialect));
  std::lock_guard lock(shard.mu);
  insert(shard, key, statement);
  return statement;
}

void StatementCache::insert(Shard& shard, const Key& key, std::shared_ptr<const Statement> statement) {
  const size_t bytes = statement->normalised.size() + statement->summary.size() + sizeof(Statement);
  if (shard.young.size() >= most_in_shard_ || shard.young_bytes + bytes > most_bytes_in_shard_) {
    shard.old = std::exchange(shard.young, {});
    shard.young_bytes = 0;
  }
  shard.young_bytes += bytes;
  shard.young.insert_or_assign(key, std::move(statement));
}

}  // namespace tripod::sql
