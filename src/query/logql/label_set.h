// The labels of one line while a pipeline works on it. Loki keeps three kinds apart: a stream's own,
// structured metadata, and what stages extracted.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tripod::query::logql {

enum class LabelSource : uint8_t { kStream, kMetadata, kParsed };

// Sorted by name, as answers carry them.
using Labels = std::vector<std::pair<std::string, std::string>>;
using NameSet = std::set<std::string, std::less<>>;

// Not thread-safe. Linear in its labels: lines have a few dozen.
class LabelSet {
 public:
  struct Entry {
    std::string name;
    std::string value;
    LabelSource source = LabelSource::kStream;
    bool alive = true;  // a stream's label that was dropped still takes its name from extracted ones
  };

  void clear();
  void add_stream(std::string_view name, std::string_view value);
  // A name that the stream has gets "_extracted"; a name that is there already is left out.
  void add_metadata(std::string_view name, std::string_view value);

  // What a parser found. A name that the stream has gets "_extracted"; metadata of the name gives way;
  // what an earlier parser found stays. Names outside of `wanted` are left out.
  void extract(std::string_view name, std::string_view value);
  // label_format: replaces whatever has the name.
  void set(std::string_view name, std::string_view value);
  void remove(std::string_view name);

  // The label, __error__ and __error_details__ too; null when missing.
  const std::string* find(std::string_view name) const;
  // Empty when missing.
  std::string_view get(std::string_view name) const;
  // Whether the stream came with the label, dropped since or not.
  bool stream_has(std::string_view name) const;

  bool has_error() const { return !error_.empty(); }
  void set_error(std::string_view error, std::string_view details);
  void reset_error() { error_.clear(); }
  void reset_error_details() { error_details_.clear(); }

  // Those of the given sources that are alive, sorted; errors count as parsed.
  Labels sorted(bool stream, bool metadata, bool parsed) const;
  const std::vector<Entry>& entries() const { return entries_; }

  // Null: everything. Outlives the set.
  void want(const NameSet* wanted) { wanted_ = wanted; }

 private:
  Entry* live(std::string_view name);
  const Entry* live(std::string_view name) const;

  std::vector<Entry> entries_;
  std::string error_;
  std::string error_details_;
  const NameSet* wanted_ = nullptr;
};

// A line on its way through a pipeline.
struct Line {
  int64_t time = 0;       // nanoseconds since 1970
  int64_t now = 0;        // when the query is run: now() of templates
  std::string_view text;  // as the last stage left it
  std::string buffer;     // holds it where a stage wrote a new one
  std::string_view message;  // the body that ingest took out of the line, until a stage writes a new line
  LabelSet labels;
};

}  // namespace tripod::query::logql
