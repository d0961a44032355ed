// The containers in which SDKs send many small items at once: {"version": 2, "items": [...]}. Internal to this folder.
// https://develop.sentry.dev/sdk/data-model/envelope-items/
#pragma once

#include <functional>
#include <string_view>

#include "ingest/sentry/context.h"
#include "ingest/sentry/json_value.h"
#include "model/batch.h"

namespace tripod::ingest::sentry {

// Why one element is not taken.
struct Refusal {
  const char* reason = nullptr;  // static storage; nullptr: it is taken
  const char* detail = "";       // for people: "has no name"
};

struct ItemContainer {
  std::string_view item;      // "log item": names a container that is too large or no object
  std::string_view element;   // "log": elements are told by their number, "log 3 has no body"
  const char* without_list;   // reason of a container that has no list
  size_t most_bytes = 0;
};

// Calls `take` for each element of `json`'s list. Those that are refused are rejected in the batch, and the others stay. Errors of the
// whole: "too_large", "invalid_json" (elements before the fault are taken), "json_too_deep", "not_an_object", `without_list`.
ItemResult<> each_element(const ItemContainer& container, std::string_view json, JsonParser& parser, model::Batch& batch,
                          const std::function<Refusal(od::value& element)>& take);

}  // namespace tripod::ingest::sentry
