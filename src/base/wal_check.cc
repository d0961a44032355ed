#include "base/wal_check.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "base/wal_format.h"

namespace tripod::base {
namespace {

class Check {
 public:
  Check(Fs& fs, const WalReplayFn& each) : fs_(fs), each_(each) {}

  Result<> segment(const std::string& path, uint64_t first, bool is_last);
  WalCheck take() { return std::move(out_); }

 private:
  // The end of the sound record at `offset`; nullopt when none is there.
  std::optional<uint64_t> record_at(std::string_view file, uint64_t offset, uint64_t least) const;
  // Where the next sound record begins; the file's size when there is none.
  uint64_t next_sound(std::string_view file, uint64_t offset, uint64_t least) const;
  Result<> records(const std::string& path, std::string_view file, uint64_t first, bool is_last);
  void damaged(const std::string& path, uint64_t from, uint64_t to, std::string what) {
    out_.damage.push_back({path, from, to - from, std::move(what)});
  }

  Fs& fs_;
  const WalReplayFn& each_;
  WalCheck out_;
};

std::optional<uint64_t> Check::record_at(std::string_view file, uint64_t offset,
                                         uint64_t least) const {
  if (file.size() - offset < kWalRecordHeaderBytes) return std::nullopt;
  const std::string_view rest = file.substr(offset);
  const WalRecordHeader header = parse_wal_record_header(rest);
  const uint64_t most = least + file.size() / kWalRecordHeaderBytes;
  if (header.sequence < least || header.sequence > most) return std::nullopt;
  if (header.length > rest.size() - kWalRecordHeaderBytes) return std::nullopt;
  if (!wal_record_matches(header, rest.substr(kWalRecordHeaderBytes, header.length))) {
    return std::nullopt;
  }
  return offset + kWalRecordHeaderBytes + header.length;
}

uint64_t Check::next_sound(std::string_view file, uint64_t offset, uint64_t least) const {
  while (offset < file.size() && !record_at(file, offset, least)) ++offset;
  return offset;
}

Result<> Check::segment(const std::string& path, uint64_t first, bool is_last) {
  auto file = fs_.read_all(path);
  if (!file && file.error().code == Code::kNotFound) return {};
  if (!file) return fail(std::move(file.error()));
  ++out_.segments;
  out_.bytes += file->size();
  if (file->size() < kWalSegmentHeaderBytes) {
    if (is_last) out_.unfinished_bytes += file->size();
    else damaged(path, 0, file->size(), "the segment ends in its header");
    return {};
  }
  const auto header = parse_wal_segment_header(*file);
  if (!header && header.error().code == Code::kUnsupported) return fail(header.error());
  if (!header || header->first != first) {
    damaged(path, 0, kWalSegmentHeaderBytes,
            header ? "the header is of another segment" : header.error().message);
  }
  return records(path, *file, first, is_last);
}

Result<> Check::records(const std::string& path, std::string_view file, uint64_t first,
                        bool is_last) {
  uint64_t offset = kWalSegmentHeaderBytes;
  uint64_t next = first;
  bool behind_damage = false;
  while (offset < file.size()) {
    if (const auto end = record_at(file, offset, next)) {
      const WalRecordHeader header = parse_wal_record_header(file.substr(offset));
      if (header.sequence != next && !behind_damage) {
        damaged(path, offset, offset,
                "records " + std::to_string(next) + " to " + std::to_string(header.sequence - 1) +
                    " are missing");
      }
      behind_damage = false;
      const auto payload = file.substr(offset + kWalRecordHeaderBytes, header.length);
      if (auto done = each_(header.sequence, payload); !done) return done;
      ++out_.records;
      next = header.sequence + 1;
      offset = *end;
      continue;
    }
    const uint64_t sound = next_sound(file, offset + 1, next);
    if (sound == file.size() && is_last) {
      out_.unfinished_bytes += file.size() - offset;
      return {};
    }
    damaged(path, offset, sound, "record " + std::to_string(next) + " does not match its checksum");
    offset = sound;
    behind_damage = true;
  }
  return {};
}

}  // namespace

Result<WalCheck> check_wal(Fs& fs, const std::string& dir, const WalReplayFn& each) {
  auto names = fs.list(dir);
  if (!names) return fail(std::move(names.error()));
  std::vector<std::pair<uint64_t, std::string>> segments;
  for (const std::string& name : *names) {
    if (const auto first = parse_wal_segment_name(name)) segments.emplace_back(*first, name);
  }
  std::ranges::sort(segments);
  Check check(fs, each);
  for (size_t i = 0; i < segments.size(); ++i) {
    const auto& [first, name] = segments[i];
    auto done = check.segment(dir + "/" + name, first, i + 1 == segments.size());
    if (!done) return fail(std::move(done.error()));
  }
  return check.take();
}

}  // namespace tripod::base
