// What one request may take up once decoded.
#pragma once

#include <cstddef>

namespace tripod::ingest {

struct DecodeLimits {
  // Records, arrays and text that had to be copied; not the body itself. A few bytes on the wire can stand for a record
  // of some hundred, so the size of the body alone bounds too little.
  size_t decoded_bytes = 256u << 20;
};

}  // namespace tripod::ingest
