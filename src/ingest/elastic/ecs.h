// Elastic Common Schema's field names -> OpenTelemetry's, and which of them say who sent a record.
// https://www.elastic.co/docs/reference/ecs, https://opentelemetry.io/docs/specs/semconv/
#pragma once

#include <string_view>
#include <vector>

#include "base/arena.h"
#include "model/value.h"

namespace tripod::ingest::elastic {

// What a field is called, where that differs ("service.environment" -> "deployment.environment.name",
// Kubernetes fields of Beats and of Fluent Bit's filter -> k8s.*); else `name` itself. A copy in
// `arena` where the new name is not a fixed one.
std::string_view current_name(std::string_view name, base::Arena& arena);

// Whether a field of that name (current_name()) describes the sender: service, host, container, cloud ...
bool is_of_resource(std::string_view name);

// Renames the fields of one document by current_name(). A field whose new name another one has
// already goes, if it says the same, else keeps its own.
void rename_fields(std::vector<model::Attribute>& fields, base::Arena& arena);

}  // namespace tripod::ingest::elastic
