// Secrets in JSON: by the names of members, and in every string by what stands in it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "pipeline/scrub/scrub_rules.h"
#include "pipeline/scrub/tally.h"
#include "pipeline/scrub/words.h"

namespace tripod::pipeline::scrub {

inline constexpr size_t kMostJsonDepth = 128;

// Keeps a parser's buffers over many documents. Not thread-safe; outlived by `words` and `rules`.
class JsonScrubber {
 public:
  explicit JsonScrubber(const Words& words, const ScrubRules* rules = nullptr);
  ~JsonScrubber();

  // The same JSON, compact, with secrets replaced by "[Filtered]". Numbers are kept as written.
  // kInvalidArgument: not JSON, or nested more than kMostJsonDepth deep.
  // `tally` gets what was hidden where, by the names of members joined by dots, below `prefix`.
  base::Result<std::string> scrub(std::string_view json, ScrubTally* tally = nullptr, std::string_view prefix = {});

 private:
  struct Parser;
  const Words& words_;
  const ScrubRules* rules_;
  std::unique_ptr<Parser> parser_;
};

}  // namespace tripod::pipeline::scrub
