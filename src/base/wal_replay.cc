#include "base/wal_replay.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "base/wal_format.h"

namespace tripod::base {
namespace {

constexpr size_t kWindowBytes = 1 << 20;

// A file read front to back through a buffer; memory stays at a window or one record, whichever is
// larger.
class Window {
 public:
  Window(const ReadFile& file, uint64_t size) : file_(file), size_(size) {}

  uint64_t size() const { return size_; }

  // @pre offset + length <= size(). The view is valid until the next call.
  Result<std::string_view> view(uint64_t offset, size_t length) {
    if (offset < start_ || offset + length > start_ + buffer_.size()) {
      const uint64_t want = std::max<uint64_t>(length, kWindowBytes);
      auto bytes = file_.read(offset, static_cast<size_t>(std::min(want, size_ - offset)));
      if (!bytes) return fail(std::move(bytes.error()));
      buffer_ = std::move(*bytes);
      start_ = offset;
    }
    return std::string_view(buffer_).substr(static_cast<size_t>(offset - start_), length);
  }

 private:
  const ReadFile& file_;
  const uint64_t size_;
  std::string buffer_;
  uint64_t start_ = 0;
};

struct Record {
  WalSequence sequence;
  std::string_view payload;
  uint64_t end;  // offset behind it
};

// The record at `offset`, if a whole and sound one with a number from `least` to `most` is there.
Result<std::optional<Record>> record_at(Window& file, uint64_t offset, WalSequence least,
                                        WalSequence most) {
  const uint64_t left = file.size() - offset;
  if (left < kWalRecordHeaderBytes) return std::nullopt;
  auto head = file.view(offset, kWalRecordHeaderBytes);
  if (!head) return fail(std::move(head.error()));
  const WalRecordHeader header = parse_wal_record_header(*head);
  if (header.sequence < least || header.sequence > most) return std::nullopt;
  if (header.length > left - kWalRecordHeaderBytes) return std::nullopt;
  auto payload = file.view(offset + kWalRecordHeaderBytes, header.length);
  if (!payload) return fail(std::move(payload.error()));
  if (!wal_record_matches(header, *payload)) return std::nullopt;
  return Record{header.sequence, *payload, offset + kWalRecordHeaderBytes + header.length};
}

// The highest record number found anywhere behind `offset`; 0 when no sound record is left. Such a
// record tells damage in the middle from an unfinished last write. The first record there is
// numbered `least` at the lowest.
Result<WalSequence> highest_behind(Window& file, uint64_t offset, WalSequence least) {
  WalSequence highest = 0;
  while (offset < file.size()) {
    const WalSequence most = least + (file.size() - offset) / kWalRecordHeaderBytes;
    auto record = record_at(file, offset, least, most);
    if (!record) return fail(std::move(record.error()));
    if (!*record) {
      ++offset;
      continue;
    }
    highest = (*record)->sequence;
    least = highest + 1;
    offset = (*record)->end;
  }
  return highest;
}

// How one segment read.
struct Scan {
  enum class End : uint8_t { kClean, kTorn, kDamaged };
  End end = End::kClean;
  uint64_t sound_bytes = 0;  // header and records up to the end, the tear or the damage
  WalSequence next = 0;      // after the last sound record
  WalSequence highest = 0;   // kDamaged: the highest number seen behind the damage, 0 for none
  std::string reason;        // kDamaged
};

class Replay {
 public:
  Replay(Fs& fs, std::string dir, const WalReplayFn& replay)
      : fs_(fs), dir_(std::move(dir)), replay_(replay) {}

  Result<WalReplayed> run();

 private:
  Result<std::vector<WalSegment>> find_segments();
  Result<> segment(WalSegment segment, bool is_last);
  Result<Scan> scan(Window& file, const WalSegment& segment, bool is_last);
  // The header's verdict: nothing when the records may be read.
  Result<std::optional<Scan>> check_header(Window& file, const WalSegment& segment, bool is_last);
  Result<> records(Window& file, Scan& scan);
  Result<> set_aside(const WalSegment& segment, uint64_t from, const Scan& scan);
  Result<> cut_off(const WalSegment& segment, uint64_t from);
  Result<> copy_rest(const WalSegment& segment, uint64_t from, const std::string& to);
  Result<> finish();

  Fs& fs_;
  const std::string dir_;
  const WalReplayFn& replay_;
  WalReplayed out_;
  WalSequence open_end_ = 0;  // what the next record's number must be to go on in the last segment
};

Result<std::vector<WalSegment>> Replay::find_segments() {
  auto names = fs_.list(dir_);
  if (!names) return fail(std::move(names.error()));
  std::vector<WalSegment> segments;
  for (const std::string& name : *names) {
    const std::string path = dir_ + "/" + name;
    if (const auto first = parse_wal_segment_name(name)) {
      segments.push_back({*first, path, 0});
    } else if (name.ends_with(".damaged.tmp")) {
      // A crash came while a segment's rest was being copied: the segment is still whole.
      if (auto removed = fs_.remove(path); !removed) return fail(std::move(removed.error()));
    }
  }
  return segments;
}

Result<std::optional<Scan>> Replay::check_header(Window& file, const WalSegment& segment,
                                                 bool is_last) {
  Scan bad{Scan::End::kDamaged, 0, segment.first, 0, {}};
  if (file.size() < kWalSegmentHeaderBytes) {
    bad.reason = "the file ends inside its header";
    if (is_last) bad.end = Scan::End::kTorn;
    return bad;
  }
  auto bytes = file.view(0, kWalSegmentHeaderBytes);
  if (!bytes) return fail(std::move(bytes.error()));
  const auto header = parse_wal_segment_header(*bytes);
  if (!header && header.error().code == Code::kUnsupported) {
    return fail(Code::kUnsupported, segment.path + ": " + header.error().message);
  }
  if (!header || header->first != segment.first) {
    bad.reason = header ? "its header names another first record" : header.error().message;
    auto highest = highest_behind(file, kWalSegmentHeaderBytes, segment.first);
    if (!highest) return fail(std::move(highest.error()));
    bad.highest = *highest;
    // Power went while the segment was being made: it has no record anybody was told about.
    if (is_last && !header && *highest == 0) bad.end = Scan::End::kTorn;
    return bad;
  }
  if (segment.first <= out_.last) {
    bad.reason = "its records were already in an earlier segment";
    return bad;
  }
  if (out_.last != 0 && header->follows > out_.last) {
    out_.warnings.push_back("WAL records " + std::to_string(out_.last + 1) + " to " +
                            std::to_string(header->follows) + " are missing before " +
                            segment.path);
  }
  return std::nullopt;
}

Result<> Replay::records(Window& file, Scan& scan) {
  while (scan.sound_bytes < file.size()) {
    auto record = record_at(file, scan.sound_bytes, scan.next, scan.next);
    if (!record) return fail(std::move(record.error()));
    if (!*record) return {};
    if (auto done = replay_((*record)->sequence, (*record)->payload); !done) return done;
    out_.last = (*record)->sequence;
    scan.next = out_.last + 1;
    scan.sound_bytes = (*record)->end;
  }
  return {};
}

Result<Scan> Replay::scan(Window& file, const WalSegment& segment, bool is_last) {
  auto bad_header = check_header(file, segment, is_last);
  if (!bad_header) return fail(std::move(bad_header.error()));
  if (*bad_header) return **std::move(bad_header);

  Scan scan{Scan::End::kClean, kWalSegmentHeaderBytes, segment.first, 0, {}};
  if (auto done = records(file, scan); !done) return fail(std::move(done.error()));
  if (scan.sound_bytes == file.size()) return scan;

  auto highest = highest_behind(file, scan.sound_bytes + 1, scan.next);
  if (!highest) return fail(std::move(highest.error()));
  scan.highest = *highest;
  scan.end = is_last && *highest == 0 ? Scan::End::kTorn : Scan::End::kDamaged;
  scan.reason = "checksum or framing does not match";
  return scan;
}

Result<> Replay::copy_rest(const WalSegment& segment, uint64_t from, const std::string& to) {
  auto source = fs_.open_read(segment.path);
  if (!source) return fail(std::move(source.error()));
  const std::string temporary = to + ".tmp";
  auto target = fs_.open_append(temporary, Fs::Open::kTruncate);
  if (!target) return fail(std::move(target.error()));
  for (uint64_t at = from; at < segment.bytes;) {
    const auto length = static_cast<size_t>(std::min<uint64_t>(kWindowBytes, segment.bytes - at));
    auto bytes = (*source)->read(at, length);
    if (!bytes) return fail(std::move(bytes.error()));
    if (auto done = (*target)->append(*bytes); !done) return done;
    at += length;
  }
  if (auto done = (*target)->sync(); !done) return done;
  if (auto done = fs_.rename(temporary, to); !done) return done;
  // The copy must be found before the original is cut.
  if (auto done = fs_.sync_dir(dir_); !done) return done;
  return fs_.truncate(segment.path, from);
}

Result<> Replay::set_aside(const WalSegment& segment, uint64_t from, const Scan& scan) {
  std::string to = segment.path + ".damaged";
  for (int n = 2; fs_.exists(to); ++n) to = segment.path + "." + std::to_string(n) + ".damaged";
  auto done = from == 0 ? fs_.rename(segment.path, to) : copy_rest(segment, from, to);
  if (!done) return done;
  std::string text = "WAL segment " + segment.path + " is damaged at byte " + std::to_string(from) +
                     " (" + scan.reason + "): " + std::to_string(segment.bytes - from) +
                     " bytes set aside as " + to + "; records from " + std::to_string(scan.next);
  text += scan.highest == 0 ? " on are lost" : " to " + std::to_string(scan.highest) + " are lost";
  out_.warnings.push_back(std::move(text));
  return {};
}

// Nobody was told that a torn tail is safe; still it goes with a word, since a flipped bit in the
// last record looks the same.
Result<> Replay::cut_off(const WalSegment& segment, uint64_t from) {
  auto done = from == 0 ? fs_.remove(segment.path) : fs_.truncate(segment.path, from);
  if (!done || segment.bytes == from) return done;
  out_.notices.push_back("WAL segment " + segment.path + " ends in an unfinished write, as is " +
                         "normal after a crash: " + std::to_string(segment.bytes - from) +
                         " bytes from byte " + std::to_string(from) + " on were cut off");
  return {};
}

Result<> Replay::segment(WalSegment segment, bool is_last) {
  Scan result;
  {
    auto file = fs_.open_read(segment.path);
    if (!file) return fail(std::move(file.error()));
    segment.bytes = (*file)->size();
    Window window(**file, segment.bytes);
    auto scanned = scan(window, segment, is_last);
    if (!scanned) return fail(std::move(scanned.error()));
    result = std::move(*scanned);
  }
  out_.next = std::max({out_.next, result.next, result.highest + 1});
  open_end_ = result.sound_bytes == 0 ? 0 : result.next;
  if (result.end == Scan::End::kDamaged) {
    if (auto done = set_aside(segment, result.sound_bytes, result); !done) return done;
  } else if (result.end == Scan::End::kTorn) {
    if (auto done = cut_off(segment, result.sound_bytes); !done) return done;
  }
  if (result.sound_bytes == 0) return {};
  segment.bytes = result.sound_bytes;
  out_.segments.push_back(std::move(segment));
  return {};
}

// A kill -9 leaves records that were written and not yet synced. They have been replayed now, so
// they must stay.
Result<> Replay::finish() {
  if (!out_.segments.empty()) {
    auto file = fs_.open_append(out_.segments.back().path, Fs::Open::kAppend);
    if (!file) return fail(std::move(file.error()));
    if (auto done = (*file)->sync(); !done) return done;
  }
  out_.last_is_open = open_end_ == out_.next;
  return fs_.sync_dir(dir_);
}

Result<WalReplayed> Replay::run() {
  auto segments = find_segments();
  if (!segments) return fail(std::move(segments.error()));
  for (size_t i = 0; i < segments->size(); ++i) {
    auto done = segment(std::move((*segments)[i]), i + 1 == segments->size());
    if (!done) return fail(std::move(done.error()));
  }
  if (auto done = finish(); !done) return fail(std::move(done.error()));
  return std::move(out_);
}

}  // namespace

Result<WalReplayed> replay_wal(Fs& fs, const std::string& dir, const WalReplayFn& replay) {
  return Replay(fs, dir, replay).run();
}

}  // namespace tripod::base
