#include "store/events/original_text.h"

namespace tripod::store {
namespace {

// A field whose name its stream has too, with another value, is stored under this name.
std::string renamed(std::string_view key) { return "attributes." + std::string(key); }

bool reads_field(const model::LineTemplate::Piece& piece) {
  return piece.hole != model::Hole::kEnd && piece.hole != model::Hole::kTime;
}

}  // namespace

BatchOriginal::BatchOriginal(const RowBatch& batch)
    : batch_(batch), template_key_(batch.key_index(model::kOriginalTemplateField)) {}

const BatchOriginal::Parsed* BatchOriginal::parsed(std::string_view text) {
  const auto [found, is_new] = parsed_.try_emplace(text.data());
  if (!is_new) return found->second.get();
  auto line = model::LineTemplate::parse(text);
  if (!line) return nullptr;
  found->second = std::make_unique<Parsed>(Parsed{std::move(*line), {}});
  for (const auto& piece : found->second->line.pieces()) {
    if (!reads_field(piece)) continue;
    found->second->keys[piece.key] = {batch_.key_index(renamed(piece.key)), batch_.key_index(piece.key)};
  }
  return found->second.get();
}

bool BatchOriginal::append(const RowBatch::Row& row, std::string& out) {
  model::Value text;
  if (!present() || !batch_.own_fields(row).find(template_key_, text)) return false;
  const Parsed* known = parsed(text.text());
  if (known == nullptr) return false;
  known->line.compose(row.time, [&](std::string_view key) {
    const auto [other, plain] = known->keys.at(key);
    model::Value value;
    if (other != RowBatch::kNoKey && batch_.own_fields(row).find(other, value)) return value;
    if (plain == RowBatch::kNoKey || !batch_.find(row, plain, value)) return model::Value();
    return value;
  }, out);
  return true;
}

base::Result<BlockOriginal> BlockOriginal::open(BlockReader& block) {
  auto directory = block.part().directory();
  if (!directory) return base::fail(std::move(directory.error()));
  BlockOriginal out(block);
  const uint32_t field = (*directory)->find(model::kOriginalTemplateField);
  if (field == PartDirectory::kNoField) return out;
  auto column = block.column(field);
  if (!column) return base::fail(std::move(column.error()));
  out.templates_ = *column;
  if (out.templates_ == nullptr) return out;
  auto times = block.times();
  if (!times) return base::fail(std::move(times.error()));
  out.times_ = *times;
  return out;
}

Bitmap BlockOriginal::rows() const {
  return templates_->present() == nullptr ? Bitmap(block_->rows(), true) : *templates_->present();
}

base::Result<const BlockOriginal::Parsed*> BlockOriginal::parsed(std::string_view text) {
  const auto [found, is_new] = parsed_.try_emplace(std::string(text));
  if (!is_new) return found->second.get();
  auto line = model::LineTemplate::parse(found->first);
  if (!line) return nullptr;
  auto out = std::make_unique<Parsed>(Parsed{std::move(*line), {}});
  auto directory = block_->part().directory();
  if (!directory) return base::fail(std::move(directory.error()));
  for (const auto& piece : out->line.pieces()) {
    if (!reads_field(piece)) continue;
    Columns& columns = out->columns[piece.key];
    for (auto [name, column] : {std::pair{renamed(piece.key), &columns.renamed},
                                std::pair{std::string(piece.key), &columns.plain}}) {
      const uint32_t field = (*directory)->find(name);
      if (field == PartDirectory::kNoField) continue;
      auto read = block_->column(field);
      if (!read) return base::fail(std::move(read.error()));
      *column = *read;
    }
  }
  found->second = std::move(out);
  return found->second.get();
}

base::Result<bool> BlockOriginal::append(size_t row, std::string& out) {
  if (!present()) return false;
  ValueScratch scratch;
  const model::Value text = templates_->at(row, scratch);
  if (!text.is_string()) return false;
  auto known = parsed(text.text());
  if (!known) return base::fail(std::move(known.error()));
  if (*known == nullptr) return false;
  (*known)->line.compose((*times_)[row], [&](std::string_view key) {
    const Columns& columns = (*known)->columns.at(key);
    model::Value value;
    if (columns.renamed != nullptr) value = columns.renamed->at(row, scratch);
    if (value.is_null() && columns.plain != nullptr) value = columns.plain->at(row, scratch);
    return value;
  }, out);
  return true;
}

}  // namespace tripod::store
