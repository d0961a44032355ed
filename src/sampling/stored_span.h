// A stored span as the decoder gave it: what policies and detectors look at, read back from the window.
#pragma once

#include <span>
#include <string_view>

#include "base/arena.h"
#include "model/batch.h"
#include "store/events/event_store.h"
#include "store/events/row_batch.h"

namespace tripod::sampling {

// `span.resource` and `span.scope` mean nothing: they are here. Views into the row and the arena.
struct StoredSpan {
  model::Span span;
  model::Resource resource;
  model::Scope scope;
};

// Span events and links are left out.
StoredSpan span_of(const store::EventRow& row, base::Arena& arena);
StoredSpan span_of(const store::RowBatch& rows, uint32_t row, base::Arena& arena);

// Whether a field says who sent the record; others are the span's own.
bool is_resource_field(std::string_view key);

model::Value value_of(const store::FieldValue& value);

}  // namespace tripod::sampling
