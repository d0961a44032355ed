#include "store/events/merge.h"

#include <memory>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "store/events/block_reader.h"

namespace tripod::store {
namespace {

// Walks one part's records in order, all columns of the current block decoded.
class PartCursor {
 public:
  PartCursor(const Part& part, std::unique_ptr<PartReader> reader) : part_(part), reader_(std::move(reader)) {}

  const Part& part() const { return part_; }
  bool at_end() const { return block_ == nullptr; }
  const RowPlace& place() const { return place_; }
  // Gives the numbers of the part's fields in `out`, then goes to the first record.
  base::Result<> start(PartWriter& out) {
    auto directory = reader_->directory();
    if (!directory) return base::fail(std::move(directory.error()));
    for (size_t i = kSystemColumns; i < (*directory)->fields.size(); ++i) {
      numbers_.push_back(out.field((*directory)->fields[i].name));
    }
    return load_block();
  }

  void add_fields(PartWriter& out, base::Arena& arena) {
    for (Place& column : columns_) {
      const Bitmap* present = column.column->present();
      if (present != nullptr && !present->test(row_)) continue;
      out.add(column.number, stable(column.column->values(), column.next_value++, arena));
    }
    used_ = true;
  }
  // Instead of add_fields().
  void leave_out() {
    for (Place& column : columns_) {
      const Bitmap* present = column.column->present();
      if (present == nullptr || present->test(row_)) ++column.next_value;
    }
  }

  // `retired` takes a block that was left: what was added of it is still needed.
  base::Result<> next(std::vector<std::unique_ptr<BlockReader>>& retired) {
    if (++row_ < block_->rows()) {
      set_place();
      return {};
    }
    if (used_) retired.push_back(std::move(block_));
    block_.reset();
    used_ = false;
    columns_.clear();
    ++block_number_;
    return load_block();
  }

 private:
  struct Place {
    uint32_t number;  // of the field in the part being written
    const BlockColumn* column;
    size_t next_value;
  };

  static model::Value stable(const Column& column, size_t i, base::Arena& arena) {
    ValueScratch scratch;
    const model::Value value = column.at(i, scratch);
    if (!value.is_string() || value.text().data() != scratch.data()) return value;
    return model::Value::string(arena.copy(value.text()));
  }

  base::Result<> load_block() {
    auto blocks = reader_->blocks();
    if (!blocks) return base::fail(std::move(blocks.error()));
    if (block_number_ == (*blocks)->size()) return {};
    auto block = std::make_unique<BlockReader>(*reader_, block_number_, (**blocks)[block_number_].rows);
    if (auto loaded = load_columns(*block); !loaded) return loaded;
    block_ = std::move(block);
    row_ = 0;
    set_place();
    return {};
  }

  base::Result<> load_columns(BlockReader& block) {
    for (auto [values, out] : {std::pair{block.times(), &times_}, std::pair{block.sequences(), &sequences_},
                               std::pair{block.streams(), &streams_}}) {
      if (!values) return base::fail(std::move(values.error()));
      *out = *values;
    }
    for (uint32_t i = 0; i < numbers_.size(); ++i) {
      auto column = block.column(static_cast<uint32_t>(kSystemColumns) + i);
      if (!column) return base::fail(std::move(column.error()));
      if (*column != nullptr) columns_.push_back({numbers_[i], *column, 0});
    }
    return {};
  }

  void set_place() {
    place_ = {static_cast<uint64_t>((*streams_)[row_]), (*times_)[row_], static_cast<uint64_t>((*sequences_)[row_])};
  }

  const Part& part_;
  const std::unique_ptr<PartReader> reader_;
  std::vector<uint32_t> numbers_;  // by field of the part, without the system columns
  uint32_t block_number_ = 0;
  std::unique_ptr<BlockReader> block_;  // null at the end
  bool used_ = false;                   // something of the block was added
  const std::vector<int64_t>* times_ = nullptr;
  const std::vector<int64_t>* sequences_ = nullptr;
  const std::vector<int64_t>* streams_ = nullptr;
  std::vector<Place> columns_;
  size_t row_ = 0;
  RowPlace place_;
};

std::unexpected<base::Error> unreadable(const Part& part, const base::Error& error) {
  return base::fail(error.code, "part " + part.name() + ": " + error.message);
}

PartCursor* least(std::vector<std::unique_ptr<PartCursor>>& cursors) {
  PartCursor* out = nullptr;
  for (const auto& cursor : cursors) {
    if (!cursor->at_end() && (out == nullptr || cursor->place() < out->place())) out = cursor.get();
  }
  return out;
}

}  // namespace

base::Result<> merge_parts(std::span<const PartPtr> parts, const SequenceSet& left_out, PartWriter& out,
                           std::stop_token stop) {
  std::vector<std::unique_ptr<PartCursor>> cursors;
  for (const PartPtr& part : parts) {
    auto reader = part->read_alone();
    if (!reader) return unreadable(*part, reader.error());
    auto cursor = std::make_unique<PartCursor>(*part, std::move(*reader));
    if (auto started = cursor->start(out); !started) return unreadable(*part, started.error());
    cursors.push_back(std::move(cursor));
  }
  // What the block being written points to: left input blocks and copied texts.
  std::vector<std::unique_ptr<BlockReader>> retired;
  base::Arena arena;
  size_t blocks = 0;
  while (PartCursor* cursor = least(cursors)) {
    if (!left_out.empty() && left_out.contains(cursor->place().sequence)) {
      cursor->leave_out();
      if (auto moved = cursor->next(retired); !moved) return unreadable(cursor->part(), moved.error());
      continue;
    }
    if (auto started = out.start_row(cursor->place()); !started) return started;
    if (out.blocks() != blocks) {
      if (stop.stop_requested()) return base::fail(base::Code::kCancelled, "merge stopped");
      blocks = out.blocks();
      retired.clear();
      arena = base::Arena();
    }
    cursor->add_fields(out, arena);
    if (auto moved = cursor->next(retired); !moved) return unreadable(cursor->part(), moved.error());
  }
  // The last block still views them.
  return out.end_block();
}

}  // namespace tripod::store
