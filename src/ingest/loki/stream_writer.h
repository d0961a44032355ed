// What the JSON and the protobuf form of a push share: streams and entries to resources and
// records.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ingest/decode_limits.h"
#include "ingest/rejection_tally.h"
#include "model/batch.h"

namespace tripod::ingest::loki {

// Not thread-safe. Text given to it must live as long as the batch.
class StreamWriter {
 public:
  StreamWriter(model::Batch& batch, const DecodeLimits& limits)
      : batch_(batch),
        rejections_(batch),
        limit_(limits.decoded_bytes),
        arena_before_(batch.arena.bytes_reserved()) {}

  void begin_stream();
  void add_label(std::string_view name, std::string_view value) {
    labels_.push_back({name, value});
  }
  // The stream's entries cannot be attributed to anything: all of them are rejected.
  void bad_labels(std::string why);
  void reject_stream(std::string_view why);
  // Labels may come after the entries; they are applied here.
  void end_stream();

  void begin_entry() {
    ++entry_;
    metadata_.clear();
    record_ = {};
  }
  void set_time(base::UnixNanos time) { record_.time = time; }
  void set_line(std::string_view line) { record_.body = model::Value::string(line); }
  void add_metadata(std::string_view name, model::Value value);
  void end_entry();
  void reject_entry(std::string_view reason, std::string_view why);

  // Once the push is read.
  void finish() { rejections_.flush(); }

  bool exhausted() const;
  base::Error too_large() const;
  // "streams[2].values[7]"
  std::string place() const;

 private:
  model::Batch& batch_;
  RejectionTally rejections_;
  const size_t limit_;
  const size_t arena_before_;
  size_t added_ = 0;  // records
  int64_t stream_ = -1;
  int64_t entry_ = -1;

  // of the stream
  std::vector<model::Label> labels_;
  std::string bad_labels_;
  size_t first_record_ = 0;
  // of the entry
  model::LogRecord record_;
  std::vector<model::Attribute> metadata_;
};

}  // namespace tripod::ingest::loki
