// The action lines of a _bulk body, and what becomes of each action.
// https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "pipeline/line/json_flattener.h"

namespace tripod::ingest::elastic {

enum class Action : uint8_t { kIndex, kCreate, kUpdate, kDelete };
std::string_view action_name(Action action);  // "index", ...

// What an action line says. Views into the line or the arena.
struct ActionLine {
  Action action = Action::kIndex;
  std::string_view index;  // empty: the path's
  std::string_view id;     // empty: none
};

// Keeps buffers; not thread-safe.
class ActionReader {
 public:
  // {"create":{"_index":"logs","_id":"1"}}: one member by an action's name that is an object. Other
  // metadata (routing, _type, dynamic_templates ...) is not looked at. nullopt: it is none such.
  std::optional<ActionLine> read(std::string_view line, base::Arena& arena);

 private:
  pipeline::JsonFlattener flattener_;
  std::vector<model::Attribute> fields_;
};

// Why an item was not taken, in Elasticsearch's words.
struct ItemFault {
  std::string_view type;    // "mapper_parsing_exception"; static
  std::string_view reason;  // ours, of the rejected list: "invalid_json"; static
  std::string detail;       // for people: "line 4: not a JSON object"
};

// One action of a request, in order. Owns its texts: it outlives the batch.
struct Item {
  Action action = Action::kIndex;
  uint32_t index = 0;  // of Bulk::indices
  int32_t log = -1;    // position in Batch::logs; negative: refused, `fault` says why
  std::string id;      // as sent; empty: none
  std::optional<ItemFault> fault;
};

}  // namespace tripod::ingest::elastic
