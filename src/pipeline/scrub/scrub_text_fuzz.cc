// Any text: edits are in order and within it, vectors and bytes agree, and what was hidden stays
// hidden.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "pipeline/scrub/text_scan.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod::pipeline::scrub;
  static const Words words({"iban"}, {"auth_mode"});
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const TextKind kind : {TextKind::kFree, TextKind::kCode, TextKind::kCookie}) {
    const auto edits = find_secrets(text, kind, words);
    size_t done = 0;
    for (const Edit& edit : edits) {
      TRIPOD_CHECK(edit.from >= done && edit.from < edit.to && edit.to <= size);
      done = edit.to;
    }
    const std::string edited = apply_edits(text, edits);
    (void)find_secrets(edited, kind, words);
  }
  const TriggerScan& triggers = words.triggers();
  size_t at = 0;
  while (at != std::string_view::npos) {
    const size_t next = triggers.next(text, at);
    TRIPOD_CHECK(next == triggers.next_scalar(text, at));
    at = next == std::string_view::npos ? next : next + 1;
  }
  (void)words.match_name(text);
  return 0;
}
