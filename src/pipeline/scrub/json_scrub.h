// Secrets in JSON: by the names of members, and in every string by what stands in it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "pipeline/scrub/words.h"

namespace tripod::pipeline::scrub {

inline constexpr size_t kMostJsonDepth = 128;

// Keeps a parser's buffers over many documents. Not thread-safe; outlived by `words`.
class JsonScrubber {
 public:
  explicit JsonScrubber(const Words& words);
  ~JsonScrubber();

  // The same JSON, compact, with secrets replaced by "[Filtered]". Numbers are kept as written.
  // kInvalidArgument: not JSON, or nested more than kMostJsonDepth deep.
  base::Result<std::string> scrub(std::string_view json);

 private:
  struct Parser;
  const Words& words_;
  std::unique_ptr<Parser> parser_;
};

}  // namespace tripod::pipeline::scrub
