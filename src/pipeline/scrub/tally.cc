#include "pipeline/scrub/tally.h"

#include "base/json_writer.h"
#include "base/utf8.h"

namespace tripod::pipeline::scrub {

void ScrubTally::add(std::string_view path, uint32_t count) {
  path = base::utf8_prefix(path, kMostPathBytes);
  for (auto& [known, n] : counts_) {
    if (known == path) {
      n += count;
      return;
    }
  }
  if (counts_.size() < kMostPaths) counts_.emplace_back(path, count);
  else if (counts_.size() == kMostPaths) counts_.emplace_back("…", count);
  else counts_.back().second += count;
}

std::string ScrubTally::json() const {
  std::string out;
  base::JsonWriter w(out);
  w.begin_object();
  for (const auto& [path, count] : counts_) w.field(path, static_cast<int64_t>(count));
  w.end_object();
  return out;
}

}  // namespace tripod::pipeline::scrub
