// Any bytes as the state file and as a block of the spool; and any state that can be read is
// written back the same.
#include <fmt/format.h>

#include <cstddef>
#include <cstdint>

#include "base/hash.h"
#include "base/result.h"
#include "ship/spool.h"
#include "ship/state.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod::ship;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)decode_state(bytes);
  (void)decode_block(bytes);
  // With the checksum it should have, so that more than checksums is tried.
  std::string named(bytes);
  named += fmt::format("end {:016x}\n", tripod::base::hash64(bytes));
  if (const auto state = decode_state(named)) {
    const auto again = decode_state(encode_state(*state));
    TRIPOD_CHECK(again && encode_state(*again) == encode_state(*state));
  }
  return 0;
}
