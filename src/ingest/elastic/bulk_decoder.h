// Elasticsearch's _bulk (NDJSON) and single documents -> model::Batch, with what became of each item.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "ingest/decode_limits.h"
#include "ingest/elastic/actions.h"
#include "model/batch.h"

namespace tripod::ingest::elastic {

struct BulkOptions {
  std::string index;  // of the path: for actions that name none
  size_t max_line_bytes = 1u << 20;
  size_t max_depth = 24;
  size_t max_items = 200'000;
};

// A request, item by item. Owns what it holds.
struct Bulk {
  std::vector<std::string> indices;  // names in use; Item::index points into it
  std::vector<Item> items;           // in the order of the actions
};

// Every document of an index or create action becomes a log record (document_reader.h). All others are
// items with a fault, rejected by line and reason while the rest is kept: unsupported_action (update,
// delete), malformed_action, missing_index, missing_document, invalid_json, json_too_deep,
// line_too_long. A malformed action takes the next line with it, unless that is an action itself.
// Blank lines between actions are skipped; the last line needs no newline. Bytes that are not UTF-8
// are repaired with U+FFFD.
// Errors: kTooLarge when there are too many items, or they take more than the limit once decoded;
// kInvalidArgument when there is no action at all (discard the batch then).
base::Result<Bulk> decode_bulk(std::shared_ptr<const std::string> body, const BulkOptions& options,
                               model::Batch& batch, const DecodeLimits& limits = {});

// One document as the whole body, over as many lines as it likes. The one item says what became of it.
Bulk decode_document(std::shared_ptr<const std::string> body, const ActionLine& action, model::Batch& batch);

}  // namespace tripod::ingest::elastic
