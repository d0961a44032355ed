// RFC 4648 with padding: how the JSON form of OTLP shows bytes.
#pragma once

#include <string>
#include <string_view>

namespace tripod::ingest::otlp {

std::string base64(std::string_view bytes);

}  // namespace tripod::ingest::otlp
