#include "ingest/prometheus/content_type.h"

#include <algorithm>
#include <array>
#include <string>

namespace tripod::ingest::prometheus {

using base::Code;
using base::fail;
using base::Result;

namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

struct MediaType {
  std::string type;     // lower case
  std::string version;  // the parameters that matter here
  std::string proto;
};

// RFC 9110, 8.3.1, without comments and escapes inside quoted values: none of the names in question
// has them.
MediaType parse_media_type(std::string_view text) {
  MediaType out;
  size_t semicolon = text.find(';');
  out.type = lower(trim(text.substr(0, semicolon)));
  while (semicolon != std::string_view::npos) {
    text = text.substr(semicolon + 1);
    semicolon = text.find(';');
    const std::string_view parameter = trim(text.substr(0, semicolon));
    const size_t equals = parameter.find('=');
    if (equals == std::string_view::npos) continue;
    std::string_view value = trim(parameter.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    const std::string name = lower(trim(parameter.substr(0, equals)));
    if (name == "version") out.version = value;
    if (name == "proto") out.proto = value;
  }
  return out;
}

}  // namespace

Result<TextFormat> classify_scrape(std::string_view content_type,
                                   std::optional<TextFormat> fallback) {
  const MediaType media = parse_media_type(content_type);
  if (media.type == "text/plain") {
    return media.version == "1.0.0" ? TextFormat::kText1_0_0 : TextFormat::kText0_0_4;
  }
  if (media.type == "application/openmetrics-text") {
    return media.version == "1.0.0" ? TextFormat::kOpenMetrics1_0_0 : TextFormat::kOpenMetrics0_0_1;
  }
  if (media.type == "application/vnd.google.protobuf") {
    return fail(Code::kUnsupported, "unsupported content type " + media.type + ": only text formats are read");
  }
  if (fallback) return *fallback;
  if (media.type.empty()) {
    return fail(Code::kInvalidArgument,
                "no content type, and no fallback_scrape_protocol is set for this target");
  }
  return fail(Code::kInvalidArgument, "unsupported content type " + media.type.substr(0, 100));
}

std::string scrape_accept(std::span<const TextFormat> formats) {
  static constexpr std::array kAll{TextFormat::kOpenMetrics1_0_0, TextFormat::kOpenMetrics0_0_1, TextFormat::kText1_0_0, TextFormat::kText0_0_4};
  if (formats.empty()) formats = kAll;
  size_t weight = formats.size() + 1;
  std::string out;
  for (const TextFormat format : formats) {
    switch (format) {
      case TextFormat::kOpenMetrics1_0_0: out += "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8"; break;
      case TextFormat::kOpenMetrics0_0_1: out += "application/openmetrics-text;version=0.0.1"; break;
      case TextFormat::kText1_0_0: out += "text/plain;version=1.0.0;escaping=allow-utf-8"; break;
      case TextFormat::kText0_0_4: out += "text/plain;version=0.0.4"; break;
    }
    out += ";q=0." + std::to_string(weight--) + ",";
  }
  return out + "*/*;q=0." + std::to_string(weight);
}

Result<TextFormat> parse_scrape_protocol(std::string_view name) {
  if (name == "PrometheusText0.0.4") return TextFormat::kText0_0_4;
  if (name == "PrometheusText1.0.0") return TextFormat::kText1_0_0;
  if (name == "OpenMetricsText0.0.1") return TextFormat::kOpenMetrics0_0_1;
  if (name == "OpenMetricsText1.0.0") return TextFormat::kOpenMetrics1_0_0;
  if (name == "PrometheusProto") {
    return fail(Code::kUnsupported, "unsupported scrape protocol " + std::string(name));
  }
  return fail(Code::kInvalidArgument, "unknown scrape protocol \"" + std::string(name) + "\"");
}

RemoteWriteVersion classify_remote_write(std::string_view content_type) {
  const MediaType media = parse_media_type(content_type);
  if (media.type != "application/x-protobuf") return RemoteWriteVersion::kUnknown;
  // Remote write 1.0 has no parameter; senders of 2.0 may name the old message too.
  if (media.proto.empty() || media.proto == "prometheus.WriteRequest")
    return RemoteWriteVersion::kV1;
  if (media.proto == "io.prometheus.write.v2.Request") return RemoteWriteVersion::kV2;
  return RemoteWriteVersion::kUnknown;
}

}  // namespace tripod::ingest::prometheus
