#include "store/events/query_sources.h"

namespace tripod::store {
namespace {

// A part whose blocks were not looked at yet stands for all of them.
constexpr uint32_t kWholePart = UINT32_MAX;

}  // namespace

QuerySources::QuerySources(const Snapshot& snapshot, const QueryWindow& window)
    : window_(window), queue_(Later{window.order}) {
  for (const MemoryView& view : snapshot.memory) {
    if (view.batches == 0) continue;
    const base::UnixNanos min_time = view.block->min_time(), max_time = view.block->max_time();
    if (!window_.may_admit(min_time, max_time, view.batch(view.batches - 1).last_sequence())) continue;
    queue_.push({&view, nullptr, 0, {}, min_time, max_time});
  }
  for (const PartPtr& part : snapshot.parts->parts) {
    const PartFooter& footer = part->footer();
    if (window_.may_admit(footer.min_time, footer.max_time, footer.max_sequence, footer.min_sequence)) {
      queue_.push({nullptr, part.get(), kWholePart, {}, footer.min_time, footer.max_time});
    } else {
      stats_.pruned_blocks += footer.blocks;
    }
  }
  for (const LostPart& lost : snapshot.parts->lost) {
    if (!window_.may_admit(lost.min_time, lost.max_time, UINT64_MAX)) continue;
    warn_incomplete(stats_, "part " + lost.name + " was damaged and set aside: its records are missing");
  }
}

QueryStats QuerySources::take_stats() {
  std::lock_guard lock(mu_);
  return std::move(stats_);
}

std::optional<Source> QuerySources::next() {
  std::lock_guard lock(mu_);
  while (!queue_.empty()) {
    const Source source = queue_.top();
    queue_.pop();
    if (source.part == nullptr || source.block != kWholePart) return source;
    add_blocks(*source.part);
  }
  return std::nullopt;
}

// Requires mu_.
void QuerySources::add_blocks(const Part& part) {
  auto reader = part.read();
  if (!reader) return note_unreadable(stats_, part, reader.error());
  auto blocks = (*reader)->blocks();
  if (!blocks) return note_unreadable(stats_, part, blocks.error());
  for (uint32_t i = 0; i < (*blocks)->size(); ++i) {
    const BlockEntry& block = (**blocks)[i];
    if (window_.may_admit(block.min_time, block.max_time, block.max_sequence, block.min_sequence)) {
      queue_.push({nullptr, &part, i, block, block.min_time, block.max_time});
    } else {
      ++stats_.pruned_blocks;
    }
  }
}

void note_unreadable(QueryStats& stats, const Part& part, const base::Error& error) {
  warn_incomplete(stats, "part " + part.name() + " could not be read: " + error.message);
}

}  // namespace tripod::store
