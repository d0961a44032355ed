#include "store/events/excluded_rows.h"

#include <utility>

namespace tripod::store {
namespace {

base::Result<> add_block(BlockReader& block, const BlockEntry& entry, const Exclusions& exclusions, SequenceSet& out) {
  const Bitmap all(block.rows(), true);
  Bitmap rows = all;
  if (auto removed = exclusions.remove_from(rows, entry, block); !removed) return removed;
  Bitmap gone = all;
  gone.subtract(rows);
  if (gone.none()) return {};
  auto sequences = block.sequences();
  if (!sequences) return base::fail(std::move(sequences.error()));
  gone.for_each([&](size_t row) { out.insert(static_cast<uint64_t>((**sequences)[row])); });
  return {};
}

// `Reader` is a PartReader, const where queries share it.
template <class Reader>
base::Result<SequenceSet> excluded_in(Reader& reader, const Exclusions& exclusions) {
  auto blocks = reader.blocks();
  if (!blocks) return base::fail(std::move(blocks.error()));
  SequenceSet out;
  for (uint32_t i = 0; i < (*blocks)->size(); ++i) {
    const BlockEntry& entry = (**blocks)[i];
    if (!exclusions.may_touch(entry)) continue;
    BlockReader block(reader, i, entry.rows);
    if (auto added = add_block(block, entry, exclusions, out); !added) return base::fail(std::move(added.error()));
  }
  return out;
}

}  // namespace

base::Result<SequenceSet> excluded_rows(const Part& part, const Exclusions& exclusions) {
  const PartFooter& footer = part.footer();
  if (!exclusions.may_touch(footer.min_time, footer.max_time, footer.min_sequence, footer.max_sequence)) {
    return SequenceSet();
  }
  auto reader = part.read();
  auto out = reader ? excluded_in(**reader, exclusions) : base::fail(std::move(reader.error()));
  if (!out) return base::fail(out.error().code, "part " + part.name() + ": " + out.error().message);
  return out;
}

SequenceSet excluded_rows(const MemoryBlock& block, const Exclusions& exclusions) {
  SequenceSet out;
  if (exclusions.empty()) return out;
  const size_t batches = block.batch_count();
  for (size_t i = 0; i < batches; ++i) {
    const StoredBatch& batch = block.batch(i);
    const BatchExclusions excluded(&exclusions, batch);
    for (size_t row = 0; row < batch.rows->rows().size(); ++row) {
      if (excluded.excludes(row)) out.insert(batch.first_sequence + row);
    }
  }
  return out;
}

}  // namespace tripod::store
