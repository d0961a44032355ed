#include "store/metrics/block_list.h"

#include <algorithm>
#include <map>
#include <set>

namespace tripod::store::metrics {

using base::Code;
using base::fail;
using base::Result;

namespace {

// By what they hold of the log: a merged block takes the place of those it was merged from.
uint64_t by_age(const std::shared_ptr<Block>& block) { return block->meta().wal_sequence; }

}  // namespace

BlockList::BlockList(base::Fs& fs, base::Logger& logger, ChangeLog& changes, std::string dir)
    : fs_(fs), logger_(logger), changes_(changes), dir_(std::move(dir)), blocks_(std::make_shared<const Blocks>()) {}

Result<> BlockList::load() {
  if (auto made = fs_.create_dirs(dir_); !made) return made;
  if (auto loaded = load_position(); !loaded) return loaded;
  auto names = fs_.list(dir_);
  if (!names) return fail(std::move(names.error()));
  auto blocks = std::make_shared<Blocks>();
  for (const std::string& name : *names) {
    const auto id = parse_block_name(std::string_view(name).substr(0, name.find('.')));
    if (!id) continue;
    next_id_ = std::max(next_id_, *id + 1);
    if (name != block_name(*id) + std::string(kMetaSuffix)) continue;
    auto block = Block::open(fs_, dir_, *id);
    if (block) {
      blocks->push_back(std::move(*block));
    } else if (block.error().code == Code::kDataLoss) {
      rename_damaged(*id, block.error());
    } else {
      // A later version's block or an unreadable disk: going on without it would hide data and lose
      // the WAL's place.
      return fail(block.error().code, "block " + name + ": " + block.error().message);
    }
  }
  remove_superseded(*blocks);
  std::ranges::sort(*blocks, {}, by_age);
  blocks_ = std::move(blocks);
  return remove_leftovers(*names);
}

Result<> BlockList::load_position() {
  const auto bytes = fs_.read_all(dir_ + std::string(kPositionFile));
  if (!bytes && bytes.error().code == Code::kNotFound) return {};
  if (!bytes) return fail(bytes.error());
  const auto position = decode_position(*bytes);
  if (!position && position.error().code != Code::kDataLoss) return fail(position.error());
  std::lock_guard lock(mu_);
  if (position) {
    position_ = *position;
    return {};
  }
  logger_.error("metrics_position_damaged", {{"error", position.error().message}});
  warnings_.push_back(position.error().message);
  return {};
}

Result<> BlockList::keep_position(uint64_t wal_sequence) {
  {
    std::lock_guard lock(mu_);
    if (wal_sequence <= position_) return {};
  }
  if (auto wrote = fs_.write_atomically(dir_ + std::string(kPositionFile), encode_position(wal_sequence)); !wrote)
    return wrote;
  std::lock_guard lock(mu_);
  position_ = wal_sequence;
  return {};
}

void BlockList::remove_superseded(Blocks& blocks) {
  // What a merged block replaces; and where a merge was done twice (the first time looked like a
  // failure), the older one.
  std::set<uint64_t> superseded;
  std::map<std::vector<uint64_t>, uint64_t> merges;
  for (const auto& block : blocks) {
    const BlockMeta& meta = block->meta();
    if (meta.replaces.empty()) continue;
    superseded.insert(meta.replaces.begin(), meta.replaces.end());
    const auto [at, is_new] = merges.try_emplace(meta.replaces, meta.id);
    if (is_new) continue;
    superseded.insert(std::min(at->second, meta.id));
    at->second = std::max(at->second, meta.id);
  }
  std::erase_if(blocks, [&](const auto& block) {
    if (!superseded.contains(block->meta().id)) return false;
    remove_files(block->meta().id);
    return true;
  });
}

Result<> BlockList::remove_leftovers(const std::vector<std::string>& names) {
  const std::set<std::string> present(names.begin(), names.end());
  for (const std::string& name : names) {
    const size_t dot = name.find('.');
    const auto id = parse_block_name(std::string_view(name).substr(0, dot));
    const bool leftover =
        name.ends_with(".tmp") || name.ends_with(kChunksSuffix) || name.ends_with(kIndexSuffix) ||
        name.ends_with(kTombstonesSuffix);
    if (!id || !leftover || present.contains(block_name(*id) + std::string(kMetaSuffix))) continue;
    if (auto removed = fs_.remove(dir_ + "/" + name); !removed) return removed;
  }
  return {};
}

std::shared_ptr<const Blocks> BlockList::snapshot() const {
  std::lock_guard lock(mu_);
  return blocks_;
}

Result<std::shared_ptr<Block>> BlockList::open(uint64_t id) const {
  return Block::open(fs_, dir_, id);
}

void BlockList::show(std::shared_ptr<Block> block) {
  const std::vector<uint64_t>& replaces = block->meta().replaces;
  std::lock_guard lock(mu_);
  auto next = std::make_shared<Blocks>(*blocks_);
  std::erase_if(*next, [&](const auto& old) {
    return std::ranges::find(replaces, old->meta().id) != replaces.end();
  });
  next->push_back(std::move(block));
  std::ranges::sort(*next, {}, by_age);
  blocks_ = std::move(next);
}

Result<> BlockList::set_tombstones(const Block& block, Tombstones tombstones) {
  const std::string path =
      dir_ + "/" + block_name(block.meta().id) + std::string(kTombstonesSuffix);
  if (auto wrote = fs_.write_atomically(path, tombstones.encode()); !wrote) return wrote;
  auto changed = block.with(std::move(tombstones));
  std::lock_guard lock(mu_);
  auto next = std::make_shared<Blocks>(*blocks_);
  for (auto& shown : *next) {
    if (shown->meta().id == block.meta().id) shown = std::move(changed);
  }
  blocks_ = std::move(next);
  changes_.changed();
  return {};
}

void BlockList::remove_replaced(const Block& block) {
  for (uint64_t old : block.meta().replaces) remove_files(old);
}

void BlockList::remove(const Block& block) {
  if (block.meta().wal_sequence == wal_sequence()) {
    // Without it the block goes all the same, it may be for room on a full disk: what was deleted by a query had its position
    // kept before.
    if (auto kept = keep_position(block.meta().wal_sequence); !kept)
      logger_.warn("metrics_position_not_kept", {{"error", kept.error().message}});
  }
  {
    std::lock_guard lock(mu_);
    auto next = std::make_shared<Blocks>(*blocks_);
    std::erase_if(*next, [&](const auto& b) { return b->meta().id == block.meta().id; });
    blocks_ = std::move(next);
    changes_.changed();
  }
  // The meta file for good: a crash must not leave the block without its list of what was deleted.
  const std::string meta = dir_ + "/" + block_name(block.meta().id) + std::string(kMetaSuffix);
  auto removed = fs_.remove(meta);
  if (removed) removed = fs_.sync_dir(dir_);
  if (!removed && removed.error().code != Code::kNotFound) {
    logger_.warn("metrics_block_not_removed",
                 {{"block", block_name(block.meta().id)}, {"error", removed.error().message}});
    return;
  }
  remove_files(block.meta().id);
}

void BlockList::set_aside(const Block& block, const base::Error& why) {
  {
    std::lock_guard lock(mu_);
    auto next = std::make_shared<Blocks>(*blocks_);
    const size_t gone =
        std::erase_if(*next, [&](const auto& b) { return b->meta().id == block.meta().id; });
    if (gone == 0) return;  // another query was first
    blocks_ = std::move(next);
    changes_.changed();
  }
  rename_damaged(block.meta().id, why);
}

void BlockList::remove_files(uint64_t id) {
  // The meta file first: a crash in between leaves files that load() takes for left over.
  const std::string path = dir_ + "/" + block_name(id);
  for (std::string_view suffix : {kMetaSuffix, kIndexSuffix, kChunksSuffix, kTombstonesSuffix}) {
    auto removed = fs_.remove(path + std::string(suffix));
    if (removed || removed.error().code == Code::kNotFound) continue;
    logger_.warn("metrics_block_not_removed",
                 {{"block", block_name(id)}, {"error", removed.error().message}});
    return;
  }
}

void BlockList::rename_damaged(uint64_t id, const base::Error& why) {
  const std::string name = block_name(id);
  for (std::string_view suffix : {kMetaSuffix, kIndexSuffix, kChunksSuffix, kTombstonesSuffix}) {
    const std::string path = dir_ + "/" + name + std::string(suffix);
    auto renamed = fs_.rename(path, path + ".damaged");
    if (!renamed && renamed.error().code != Code::kNotFound) {
      logger_.error("metrics_block_not_set_aside",
                    {{"block", name}, {"error", renamed.error().message}});
    }
  }
  logger_.error("metrics_block_damaged", {{"block", name}, {"error", why.message}});
  std::lock_guard lock(mu_);
  warnings_.push_back("metrics block " + name + " is damaged and was set aside: " + why.message);
}

uint64_t BlockList::next_id() {
  std::lock_guard lock(mu_);
  return next_id_++;
}

uint64_t BlockList::wal_sequence() const {
  std::lock_guard lock(mu_);
  uint64_t out = position_;
  for (const auto& block : *blocks_) out = std::max(out, block->meta().wal_sequence);
  return out;
}

std::vector<std::string> BlockList::warnings() const {
  std::lock_guard lock(mu_);
  return warnings_;
}

}  // namespace tripod::store::metrics
