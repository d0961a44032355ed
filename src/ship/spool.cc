#include "ship/spool.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace tripod::ship {

using base::Code;
using base::Result;

namespace {

constexpr uint64_t kLeastSegmentBytes = 64u << 10;
constexpr uint64_t kMostSegmentBytes = 16u << 20;
constexpr uint64_t kSegmentsInAll = 8;
constexpr std::string_view kSuffix = ".spool";

std::optional<uint64_t> number_of(std::string_view name) {
  if (!name.ends_with(kSuffix)) return std::nullopt;
  name.remove_suffix(kSuffix.size());
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

}  // namespace

Spool::Spool(Parts parts, std::string folder, uint64_t most_bytes)
    : parts_(parts),
      folder_(std::move(folder)),
      most_bytes_(most_bytes),
      segment_bytes_(
          std::clamp(most_bytes / kSegmentsInAll, kLeastSegmentBytes, kMostSegmentBytes)) {}

std::string Spool::path_of(uint64_t segment) const {
  return fmt::format("{}/{:012}{}", folder_, segment, kSuffix);
}

Result<std::unique_ptr<Spool>> Spool::open(Parts parts, std::string folder, uint64_t most_bytes,
                                           SpoolPosition first_unacknowledged) {
  std::unique_ptr<Spool> spool(new Spool(parts, std::move(folder), most_bytes));
  if (auto ok = parts.fs.create_dirs(spool->folder_); !ok) return base::fail(std::move(ok.error()));
  auto names = parts.fs.list(spool->folder_);
  if (!names) return base::fail(std::move(names.error()));
  spool->next_segment_ = first_unacknowledged.segment + 1;
  for (const std::string& name : *names) {
    const auto number = number_of(name);
    if (!number) continue;
    spool->next_segment_ = std::max(spool->next_segment_, *number + 1);
    if (auto ok = spool->scan(*number, first_unacknowledged); !ok)
      return base::fail(std::move(ok.error()));
  }
  return spool;
}

// Lists the blocks of one segment that are not acknowledged.
Result<> Spool::scan(uint64_t segment, SpoolPosition first) {
  const std::string path = path_of(segment);
  if (segment < first.segment) {
    remove(segment);
    return {};
  }
  auto file = parts_.fs.open_read(path);
  if (!file) return base::fail(std::move(file.error()));
  const uint64_t size = (*file)->size();
  segments_.push_back({.number = segment, .bytes = size});
  bytes_ += size;
  for (uint64_t at = 0; at < size;) {
    auto bytes = (*file)->read_some(at, kBlockHeaderBytes);
    if (!bytes) return base::fail(std::move(bytes.error()));
    const auto header = decode_block_header(*bytes);
    if (!header || header->size > size - at) {
      parts_.log.warn("spool_damaged", {{"file", std::string_view(path)},
                                        {"at", static_cast<int64_t>(at)},
                                        {"bytes_left_out", static_cast<int64_t>(size - at)}});
      break;
    }
    const SpoolPosition here{segment, at};
    if (here >= first) {
      blocks_.push_back({.at = here, .size = header->size, .lines = header->lines});
      lines_ += header->lines;
    }
    at += header->size;
  }
  return {};
}

Result<> Spool::append(const Batch& batch) {
  const std::string block = encode_block(batch);
  while (bytes_ + block.size() > most_bytes_) {
    if (!drop_oldest()) break;  // one block alone may be larger than all
  }
  if (!file_ || file_->size() >= segment_bytes_) {
    if (auto ok = begin_segment(); !ok) return ok;
  }
  return write(block, batch.lines);
}

Result<> Spool::begin_segment() {
  const uint64_t number = next_segment_++;
  auto file = parts_.fs.open_append(path_of(number), base::Fs::Open::kTruncate);
  if (!file) return base::fail(std::move(file.error()));
  if (auto ok = parts_.fs.sync_dir(folder_); !ok) return ok;
  file_ = std::move(*file);
  segments_.push_back({.number = number, .bytes = 0});
  return {};
}

Result<> Spool::write(const std::string& block, uint64_t lines) {
  const SpoolPosition at{segments_.back().number, file_->size()};
  auto written = file_->append(block);
  if (written) written = file_->sync();
  if (!written) {
    file_.reset();  // what is behind its last whole block is not read
    return written;
  }
  blocks_.push_back({.at = at, .size = block.size(), .lines = lines});
  segments_.back().bytes += block.size();
  bytes_ += block.size();
  lines_ += lines;
  return {};
}

// False where nothing can be dropped.
bool Spool::drop_oldest() {
  if (segments_.empty()) return false;
  const uint64_t segment = segments_.front().number;
  if (segments_.size() == 1) file_.reset();
  uint64_t dropped = 0;
  auto keep = blocks_.begin();
  // What is being sent is in memory, and its answer decides.
  if (front_given_ && keep != blocks_.end()) ++keep;
  const auto first = keep;
  while (keep != blocks_.end() && keep->at.segment == segment) dropped += (keep++)->lines;
  blocks_.erase(first, keep);
  lines_ -= dropped;
  parts_.stats.lines_dropped += dropped;
  remove(segment);
  parts_.log.error("spool_full", {{"limit_bytes", static_cast<int64_t>(most_bytes_)},
                                  {"dropped_lines", static_cast<int64_t>(dropped)},
                                  {"dropped_lines_since_start",
                                   static_cast<int64_t>(parts_.stats.lines_dropped)}});
  return true;
}

void Spool::remove(uint64_t segment) {
  const auto found = std::ranges::find(segments_, segment, &Segment::number);
  if (found != segments_.end()) {
    bytes_ -= found->bytes;
    segments_.erase(found);
  }
  if (auto ok = parts_.fs.remove(path_of(segment)); !ok) {
    parts_.log.warn("spool_not_removed", {{"error", std::string_view(ok.error().message)}});
  }
}

std::optional<Batch> Spool::front() {
  while (!blocks_.empty()) {
    const Block& block = blocks_.front();
    auto file = parts_.fs.open_read(path_of(block.at.segment));
    auto bytes = file ? (*file)->read_some(block.at.offset, block.size)
                      : Result<std::string>(base::fail(file.error()));
    auto batch = bytes ? decode_block(*bytes) : Result<Batch>(base::fail(bytes.error()));
    if (batch) {
      front_given_ = true;
      return std::move(*batch);
    }
    parts_.stats.lines_dropped += block.lines;
    parts_.log.error("spool_block_lost", {{"file", std::string_view(path_of(block.at.segment))},
                                          {"at", static_cast<int64_t>(block.at.offset)},
                                          {"lines", static_cast<int64_t>(block.lines)},
                                          {"error", std::string_view(batch.error().message)}});
    lines_ -= block.lines;
    blocks_.pop_front();
  }
  return std::nullopt;
}

void Spool::pop() {
  TRIPOD_CHECK(front_given_ && !blocks_.empty());
  front_given_ = false;
  lines_ -= blocks_.front().lines;
  blocks_.pop_front();
}

SpoolPosition Spool::position() const {
  if (!blocks_.empty()) return blocks_.front().at;
  return file_ ? SpoolPosition{segments_.back().number, file_->size()}
               : SpoolPosition{next_segment_, 0};
}

void Spool::forget(SpoolPosition saved) {
  while (!segments_.empty() && segments_.front().number < saved.segment) {
    if (segments_.size() == 1) file_.reset();
    remove(segments_.front().number);
  }
}

}  // namespace tripod::ship
