#include "store/metrics/block_check.h"

#include <utility>

#include "store/metrics/block.h"

namespace tripod::store::metrics {

using base::Code;
using base::fail;
using base::Result;

namespace {

Result<std::vector<uint64_t>> block_ids(base::Fs& fs, const std::string& dir) {
  auto names = fs.list(dir);
  if (!names && names.error().code == Code::kNotFound) return std::vector<uint64_t>();
  if (!names) return fail(std::move(names.error()));
  std::vector<uint64_t> out;
  for (const std::string& name : *names) {
    const auto id = parse_block_name(std::string_view(name).substr(0, name.find('.')));
    if (id && name == block_name(*id) + std::string(kMetaSuffix)) out.push_back(*id);
  }
  return out;
}

Result<> check_position(base::Fs& fs, const std::string& dir, BlocksCheck& out) {
  const std::string path = dir + std::string(kPositionFile);
  const auto bytes = fs.read_all(path);
  if (!bytes && bytes.error().code == Code::kNotFound) return {};
  if (!bytes) return fail(bytes.error());
  const auto position = decode_position(*bytes);
  if (position) return {};
  if (position.error().code != Code::kDataLoss) return fail(position.error());
  out.damage.push_back({path, 0, bytes->size(), position.error().message});
  return {};
}

Result<> check_block(base::Fs& fs, const std::string& dir, uint64_t id, BlocksCheck& out) {
  const std::string path = dir + "/" + block_name(id);
  auto block = Block::open(fs, dir, id);
  const bool is_gone = !block && !fs.exists(path + std::string(kMetaSuffix));
  if (is_gone) return {};
  if (!block && block.error().code == Code::kDataLoss) {
    // Which of the three files, its message says.
    out.damage.push_back({path + ".*", 0, 0, block.error().message});
    return {};
  }
  if (!block) return fail(std::move(block.error()));
  out.blocks.push_back((*block)->meta());
  return (*block)->check_chunks([&](uint64_t offset, uint64_t size) {
    out.damage.push_back({path + std::string(kChunksSuffix), offset, size,
                          "a page does not match its checksum"});
  });
}

}  // namespace

Result<BlocksCheck> check_blocks(base::Fs& fs, const std::string& dir) {
  auto ids = block_ids(fs, dir);
  if (!ids) return fail(std::move(ids.error()));
  BlocksCheck out;
  if (auto done = check_position(fs, dir, out); !done) return fail(std::move(done.error()));
  for (const uint64_t id : *ids) {
    if (auto done = check_block(fs, dir, id, out); !done) return fail(std::move(done.error()));
  }
  return out;
}

Result<std::vector<BlockMeta>> list_blocks(base::Fs& fs, const std::string& dir) {
  auto ids = block_ids(fs, dir);
  if (!ids) return fail(std::move(ids.error()));
  std::vector<BlockMeta> out;
  for (const uint64_t id : *ids) {
    auto bytes = fs.read_all(dir + "/" + block_name(id) + std::string(kMetaSuffix));
    if (!bytes && bytes.error().code == Code::kNotFound) continue;
    if (!bytes) return fail(std::move(bytes.error()));
    auto meta = decode_block_meta(*bytes);
    if (meta) out.push_back(std::move(*meta));
    else if (meta.error().code != Code::kDataLoss) return fail(std::move(meta.error()));
  }
  return out;
}

}  // namespace tripod::store::metrics
