// From a stored record to the line and the labels that a pipeline begins with (labels.h says which field is which
// label).
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "query/logql/label_set.h"
#include "store/events/event_store.h"

namespace tripod::query::logql {

// Remembers what it learned of fields' names. Not thread-safe.
class RecordReader {
 public:
  // `line` views into `row` (its text) afterwards. The line is the original one, or the body where that is it.
  void read(const store::EventRow& row, Line& line);
  // Of the record read last: whether its line is the original one, out of which ingest may have taken some of its fields.
  bool is_original() const { return is_original_; }
  // Labels of the stream alone.
  void read_stream(const store::EventRow& row, LabelSet& labels);

 private:
  enum class Role : uint8_t { kPlain, kLine, kMark, kService, kSeverity };
  struct Key {
    Role role = Role::kPlain;
    bool of_stream = false;    // a stream's label where the record came without marks
    bool exact = false;        // the label is written as the field
    std::string label;
    std::string value_field;   // kMark: where the value lies
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  const Key& key_of(std::string_view field);
  void find_keys(const store::EventRow& row);
  void add_metadata(const store::EventRow& row, LabelSet& labels, bool exact);

  std::unordered_map<std::string, Key, Hash, std::equal_to<>> keys_;
  std::vector<const Key*> row_keys_;  // of the row's fields, in their order
  std::vector<bool> used_;            // as a stream's label
  bool pushed_ = false;
  bool is_original_ = false;
};

}  // namespace tripod::query::logql
