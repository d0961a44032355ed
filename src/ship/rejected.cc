#include "ship/rejected.h"

#include <fmt/format.h>

#include <charconv>

namespace tripod::ship {

namespace {

constexpr std::string_view kSuffix = ".frames";

// The lines of a batch are in its file's name.
uint64_t lines_of(std::string_view name) {
  const size_t start = name.find('-') + 1;
  uint64_t lines = 0;
  std::from_chars(name.data() + start, name.data() + name.size(), lines);
  return lines;
}

}  // namespace

Rejected::Rejected(base::Fs& fs, base::Logger& log, Stats& stats, std::string folder,
                   uint64_t most_bytes)
    : fs_(fs), log_(log), stats_(stats), folder_(std::move(folder)), most_bytes_(most_bytes) {}

void Rejected::keep(const Batch& batch, base::UnixNanos now, const std::string& why) {
  const std::string path =
      fmt::format("{}/{:020}-{}-{}{}", folder_, now, batch.lines, batch.id, kSuffix);
  auto written = fs_.create_dirs(folder_);
  if (written) written = fs_.write_atomically(path, batch.body);
  if (!written) {
    stats_.lines_dropped += batch.lines;
    log_.error("rejected_batch_not_kept", {{"lines", static_cast<int64_t>(batch.lines)},
                                           {"server", std::string_view(why)},
                                           {"error", std::string_view(written.error().message)}});
    return;
  }
  stats_.lines_rejected += batch.lines;
  log_.error("batch_rejected", {{"lines", static_cast<int64_t>(batch.lines)},
                                {"server", std::string_view(why)},
                                {"kept_in", std::string_view(path)}});
  drop_oldest();
}

void Rejected::drop_oldest() {
  const auto names = fs_.list(folder_);
  if (!names) return;
  uint64_t bytes = 0;
  // Newest first: names begin with the time.
  for (auto name = names->rbegin(); name != names->rend(); ++name) {
    if (!name->ends_with(kSuffix)) continue;
    const std::string path = folder_ + "/" + *name;
    const auto status = fs_.status(path);
    bytes += status ? status->size : 0;
    if (bytes <= most_bytes_ || !fs_.remove(path)) continue;
    stats_.lines_dropped += lines_of(*name);
    log_.error("rejected_full", {{"limit_bytes", static_cast<int64_t>(most_bytes_)},
                                 {"dropped_lines", static_cast<int64_t>(lines_of(*name))}});
  }
}

}  // namespace tripod::ship
