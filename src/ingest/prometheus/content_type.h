// Which Prometheus format a Content-Type names, for scrapes and for remote write.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace tripod::ingest::prometheus {

// Text exposition formats this version reads. Both are read alike: 1.0.0 only adds quoted names.
// https://prometheus.io/docs/instrumenting/exposition_formats/
enum class TextFormat : uint8_t { kText0_0_4, kText1_0_0 };

// What a scrape asks for, best first; nothing that would not be read.
inline constexpr std::string_view kScrapeAccept =
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.2";

// The format a scrape answered in. A missing or unknown Content-Type is `fallback` where there is
// one (as Prometheus 3 has it), else kInvalidArgument "unsupported content type …". OpenMetrics and
// protobuf are kUnsupported.
base::Result<TextFormat> classify_scrape(std::string_view content_type,
                                         std::optional<TextFormat> fallback);

// "PrometheusText0.0.4" and "PrometheusText1.0.0", as fallback_scrape_protocol has them. The other
// protocols of Prometheus are kUnsupported, everything else kInvalidArgument.
base::Result<TextFormat> parse_scrape_protocol(std::string_view name);

// What a remote-write request's Content-Type says. Only v1 is decoded here: the others are to be
// answered with 415. https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/
enum class RemoteWriteVersion : uint8_t { kV1, kV2, kUnknown };
RemoteWriteVersion classify_remote_write(std::string_view content_type);

}  // namespace tripod::ingest::prometheus
