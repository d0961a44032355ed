// What the server says of a batch it has taken.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tripod::ship {

struct Receipt {
  uint64_t accepted = 0;
  uint64_t rejected = 0;
  bool repeated = false;  // the batch was there already
  std::string why;        // the first rejection: reason and detail
};

// Nothing where the body is not the answer of POST /push/json: something else than a Tripod
// answered.
std::optional<Receipt> read_receipt(std::string_view body);

}  // namespace tripod::ship
