// Which Prometheus format a Content-Type names, for scrapes and for remote write.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tripod::ingest::prometheus {

// Exposition formats that are read. 1.0.0 only adds quoted names to each.
// https://prometheus.io/docs/instrumenting/exposition_formats/ and https://prometheus.io/docs/specs/om/open_metrics_spec/
enum class TextFormat : uint8_t { kText0_0_4, kText1_0_0, kOpenMetrics0_0_1, kOpenMetrics1_0_0 };

inline bool is_open_metrics(TextFormat format) { return format == TextFormat::kOpenMetrics0_0_1 || format == TextFormat::kOpenMetrics1_0_0; }

// The Accept header that asks for these formats, best first, and for anything at last. Empty: for all of them in Prometheus's order.
std::string scrape_accept(std::span<const TextFormat> formats);

// The format a scrape answered in. A missing or unknown Content-Type is `fallback` where there is
// one (as Prometheus 3 has it), else kInvalidArgument "unsupported content type …". Protobuf is kUnsupported.
base::Result<TextFormat> classify_scrape(std::string_view content_type,
                                         std::optional<TextFormat> fallback);

// "PrometheusText0.0.4", "OpenMetricsText1.0.0" and so on, as scrape_protocols has them. "PrometheusProto" is kUnsupported, what is none
// of Prometheus's kInvalidArgument.
base::Result<TextFormat> parse_scrape_protocol(std::string_view name);

// What a remote-write request's Content-Type says. Only v1 is decoded here: the others are to be
// answered with 415. https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/
enum class RemoteWriteVersion : uint8_t { kV1, kV2, kUnknown };
RemoteWriteVersion classify_remote_write(std::string_view content_type);

}  // namespace tripod::ingest::prometheus
