// What is sent at once: texts of one or more sources as the body of POST /push/json?format=frames.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "ship/state.h"

namespace tripod::ship {

// What a source's records have in common, in the server's words (service_name, log.file.path ...).
using Labels = std::vector<std::pair<std::string, std::string>>;
std::string labels_json(const Labels& labels);

struct Batch {
  std::string id;
  std::string body;  // frames
  uint64_t records = 0;
  uint64_t lines = 0;
  std::vector<BatchPart> parts;  // of files; empty where it comes from the spool
  uint64_t content = 0;          // hash of the parts' bytes

  bool empty() const { return records == 0; }
  // The records that are added next are of this source; `labels` as labels_json() made them.
  void begin_source(std::string_view labels);
  void add(base::UnixNanos observed, std::string_view text);
  // The records added last are those of `bytes`, which stand at `begin` in this file.
  void end_part(const std::string& file, uint64_t begin, std::string_view bytes);
};

// Two batches with the first and the second half of the records, and ids made of the batch's own,
// so that a batch is split the same way each time. For batches of two records or more, as
// begin_source() and add() made them.
std::pair<Batch, Batch> split(const Batch& batch);

}  // namespace tripod::ship
