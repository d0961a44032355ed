// RFC 4648: how the JSON form of OTLP shows bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tripod::ingest::otlp {

// The standard alphabet, with padding.
std::string base64(std::string_view bytes);

// Of the standard or the URL-safe alphabet, with or without padding. nullopt: neither.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace tripod::ingest::otlp
