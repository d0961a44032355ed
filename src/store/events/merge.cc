#include "store/events/merge.h"

#include <algorithm>
#include <memory>
#include <queue>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "store/events/merge_input.h"

namespace tripod::store {
namespace {

// Whole blocks and the records of the others, by what comes first.
class Merge {
 public:
  Merge(const std::vector<MergedBlock>& blocks, const SequenceSet& left_out, PartWriter& out, std::stop_token stop)
      : left_out_(left_out), out_(out), stop_(std::move(stop)) {
    for (const MergedBlock& block : blocks) queue_.push({block.first, &block, nullptr});
  }

  base::Result<> run() {
    while (!queue_.empty()) {
      if (stop_.stop_requested()) return base::fail(base::Code::kCancelled, "merge stopped");
      const Next next = queue_.top();
      queue_.pop();
      auto done = next.rows == nullptr ? take_block(*next.block) : take_rows(next);
      if (!done) return done;
    }
    // The last block still views what is kept.
    return out_.end_block();
  }

 private:
  struct Next {
    RowPlace place;
    const MergedBlock* block;
    MergedRows* rows;  // once it is open
    // The queue has the greatest on top.
    bool operator<(const Next& other) const { return other.place < place; }
  };

  base::Result<> take_block(const MergedBlock& block) {
    if (block.is_whole) {
      auto copied = out_.copy_block({*block.part->reader, block.number, block.part->numbers, block.part->by_id});
      if (!copied) return block.part->unreadable(copied.error());
      if (*copied) return {};
    }
    auto rows = MergedRows::open(block);
    if (!rows) return base::fail(std::move(rows.error()));
    queue_.push({(*rows)->place(), &block, rows->get()});
    open_.push_back(std::move(*rows));
    return {};
  }

  // Those before what comes next.
  base::Result<> take_rows(const Next& next) {
    MergedRows& rows = *next.rows;
    do {
      if (auto added = add(rows); !added) return added;
      if (!rows.next()) return left(rows);
    } while (queue_.empty() || rows.place() < queue_.top().place);
    queue_.push({rows.place(), next.block, &rows});
    return {};
  }

  base::Result<> add(MergedRows& rows) {
    const RowPlace& place = rows.place();
    if (!left_out_.empty() && left_out_.contains(place.sequence)) {
      rows.leave_out();
      return {};
    }
    if (place.stream != stream_) {
      stream_ = place.stream;
      if (auto started = out_.start_stream(); !started) return started;
    }
    if (auto started = out_.start_row(place); !started) return started;
    if (out_.gathered_blocks() != gathered_) {
      gathered_ = out_.gathered_blocks();
      done_.clear();
      arena_ = base::Arena();
    }
    rows.add_fields(out_, arena_);
    return {};
  }

  base::Result<> left(const MergedRows& rows) {
    const auto found = std::ranges::find(open_, &rows, &std::unique_ptr<MergedRows>::get);
    done_.push_back(std::move(*found));
    open_.erase(found);
    return {};
  }

  const SequenceSet& left_out_;
  PartWriter& out_;
  const std::stop_token stop_;
  std::priority_queue<Next> queue_;
  std::vector<std::unique_ptr<MergedRows>> open_;
  // What the block being gathered points to: blocks that were read to their end, and copied texts.
  std::vector<std::unique_ptr<MergedRows>> done_;
  base::Arena arena_;
  size_t gathered_ = 0;
  uint64_t stream_ = 0;
};

}  // namespace

base::Result<> merge_parts(std::span<const PartPtr> parts, const SequenceSet& left_out, PartWriter& out,
                           base::MemoryBudget& budget, std::stop_token stop) {
  std::vector<MergedPart> merged;
  for (const PartPtr& part : parts) {
    auto opened = MergedPart::open(*part, out);
    if (!opened) return base::fail(std::move(opened.error()));
    merged.push_back(std::move(*opened));
  }
  auto blocks = plan_blocks(merged, left_out, out);
  if (!blocks) return base::fail(std::move(blocks.error()));
  const base::MemoryCharge charge = budget.try_charge(most_open_bytes(*blocks));
  if (!charge) return base::fail(base::Code::kResourceExhausted, "no memory to merge parts");
  return Merge(*blocks, left_out, out, std::move(stop)).run();
}

}  // namespace tripod::store
