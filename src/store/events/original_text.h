// The field "original" of records that keep a template in its place (model/line_template.h): composed when it is asked for.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/line_template.h"
#include "store/events/block_reader.h"
#include "store/events/row_batch.h"

namespace tripod::store {

// A field that searches of no named field, lists of fields and results leave out: it says nothing that others do not.
inline bool is_hidden_field(std::string_view name) { return name == model::kOriginalTemplateField; }
// Searches of no named field leave the original line out too: its text is that of the other fields.
inline bool is_beside_fields(std::string_view name) { return is_hidden_field(name) || name == model::kOriginalField; }

// Of a batch in memory. Not thread-safe.
class BatchOriginal {
 public:
  explicit BatchOriginal(const RowBatch& batch);

  // Some record may keep a template.
  bool present() const { return template_key_ != RowBatch::kNoKey; }
  // Appends the record's original line; false where it keeps no template.
  bool append(const RowBatch::Row& row, std::string& out);

 private:
  struct Parsed {
    model::LineTemplate line;
    std::unordered_map<std::string_view, std::pair<uint32_t, uint32_t>> keys;  // of a hole: its renamed form, itself
  };
  const Parsed* parsed(std::string_view text);

  const RowBatch& batch_;
  const uint32_t template_key_;
  std::unordered_map<const char*, std::unique_ptr<Parsed>> parsed_;  // by where the text lies; null: no template
};

// Of a block of a part. Not thread-safe; refers to the block.
class BlockOriginal {
 public:
  static base::Result<BlockOriginal> open(BlockReader& block);

  bool present() const { return templates_ != nullptr; }
  // The rows that keep a template. @pre present()
  Bitmap rows() const;
  // Appends the row's original line; false where it keeps no template.
  base::Result<bool> append(size_t row, std::string& out);

 private:
  struct Columns {
    const BlockColumn* renamed = nullptr;
    const BlockColumn* plain = nullptr;
  };
  struct Parsed {
    model::LineTemplate line;
    std::unordered_map<std::string_view, Columns> columns;
  };
  explicit BlockOriginal(BlockReader& block) : block_(&block) {}
  base::Result<const Parsed*> parsed(std::string_view text);

  BlockReader* block_;
  const BlockColumn* templates_ = nullptr;
  const std::vector<int64_t>* times_ = nullptr;
  std::unordered_map<std::string, std::unique_ptr<Parsed>> parsed_;  // by the template's text
};

}  // namespace tripod::store
