// Labels of a log stream (Loki streams, JSON lines' stream fields) in OpenTelemetry's words.
#pragma once

#include <span>
#include <string_view>

#include "base/arena.h"
#include "model/batch.h"

namespace tripod::ingest {

// Beside a stream's attributes, `stream.label.<name>` = true says of each label that the stream came
// with it. Not text, so that a search for words never meets a label's name.
inline constexpr std::string_view kStreamLabelPrefix = "stream.label.";

// Resource attributes: every label by its own name, and beside them, where a label says it and none
// has that name yet,
//   service.name                 of service_name, service, app, application, app_kubernetes_io_name
//   or job deployment.environment.name  of deployment_environment_name, deployment_environment,
//   environment or env host.name                    of host_name, hostname, host, nodename or node
// service_name itself is only renamed. Each label is marked, see kStreamLabelPrefix. Labels without a
// value are left out. Text is not copied; the array and the marks live in `arena`.
std::span<model::Attribute> stream_attributes(std::span<const model::Label> labels,
                                              base::Arena& arena);

// The severity of all lines of a stream, as its label (level, severity, detected_level ...) says;
// else empty.
std::string_view stream_severity(std::span<const model::Label> labels);
bool is_severity_label(std::string_view name);

}  // namespace tripod::ingest
