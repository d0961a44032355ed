#include "ship/followed_file.h"

#include <algorithm>

namespace tripod::ship {

using base::Result;

namespace {

std::string labels_of(const Input& input, const std::string& path) {
  Labels labels = input.labels;
  labels.emplace_back("log.file.path", path);
  return labels_json(labels);
}

// The last bytes of `bytes`, as many as a print has.
std::string_view last_bytes(std::string_view bytes) {
  return bytes.substr(bytes.size() - std::min<size_t>(bytes.size(), kPrintBytes));
}

// Whether the file has bytes of this print at `offset`.
bool has_print(const base::ReadFile& file, const Print& print, uint64_t offset) {
  const auto bytes = file.read_some(offset, print.length);
  return bytes && print.matches(*bytes);
}

}  // namespace

FollowedFile::FollowedFile(FileState state, const Input& input)
    : state_(std::move(state)),
      input_(input),
      labels_(labels_of(input, state_.path)),
      taken_(state_.offset),
      taken_tail_(state_.tail) {}

bool FollowedFile::recognises(const base::ReadFile& file) const {
  const auto status = file.status();
  return status && status->size >= taken_ && has_print(file, state_.head, 0) &&
         has_print(file, taken_tail_, taken_ - taken_tail_.length);
}

void FollowedFile::attach(std::unique_ptr<base::ReadFile> file, const base::FileStatus& status,
                          Moment now, bool is_old) {
  file_ = std::move(file);
  state_.device = status.device;
  state_.inode = status.inode;
  size_ = status.size;
  modified_ = status.modified;
  grew_at_ = now.steady;
  seen_at_ = is_old ? 0 : now.wall;
  tried_size_ = UINT64_MAX;
}

bool FollowedFile::look(Moment now) {
  if (!file_) return true;
  const auto status = file_->status();
  if (!status || is_unchanged(*status)) return true;
  if (status->size < taken_ || !has_print(*file_, taken_tail_, taken_ - taken_tail_.length))
    return false;
  // What was there at first may have been written at any time; what is behind it was written now.
  if (seen_at_ != 0 || taken_ == size_ || tried_size_ == size_) seen_at_ = now.wall;
  size_ = status->size;
  modified_ = status->modified;
  grew_at_ = now.steady;
  return true;
}

bool FollowedFile::is_removed() const {
  if (!file_) return false;
  const auto status = file_->status();
  return status && status->links == 0;
}

bool FollowedFile::is_over(Moment now) const {
  return is_moved_away() && (!file_ || (is_quiet(now, rotated_wait_ns_) && unread() == 0)) &&
         all_acknowledged();
}

void FollowedFile::moved_away(int64_t wait_ns) {
  if (!is_moved_away()) rotated_wait_ns_ = wait_ns;
}

Tail FollowedFile::tail_kind(Moment now, bool flush) const {
  if (is_moved_away() && is_quiet(now, rotated_wait_ns_)) return Tail::kEnd;
  return flush || is_quiet(now, input_.join_wait_ns) ? Tail::kQuiet : Tail::kGrowing;
}

bool FollowedFile::has_news(Moment now, bool flush) const {
  if (!file_ || size_ <= taken_) return false;
  return tried_size_ != size_ || tried_tail_ != tail_kind(now, flush);
}

Result<bool> FollowedFile::read_head() {
  if (state_.head.length == kPrintBytes || size_ <= state_.head.length) return true;
  auto bytes = file_->read_some(0, kPrintBytes);
  if (!bytes) return base::fail(std::move(bytes.error()));
  const std::string_view view = *bytes;
  if (!state_.head.matches(view.substr(0, state_.head.length))) return false;
  state_.head = Print::of(view);
  return true;
}

FollowedFile::Taken FollowedFile::take(Batch& batch, size_t most_bytes, Moment now, bool flush) {
  if (!has_news(now, flush)) return Taken::kNothing;
  const auto head = read_head();
  if (head && !*head) return Taken::kRewritten;
  const uint64_t from = taken_ - taken_tail_.length;
  const uint64_t window =
      taken_tail_.length + std::max<uint64_t>(window_of(input_.lines), most_bytes);
  const uint64_t wanted = std::min(window, size_ - from);
  auto bytes =
      head ? file_->read_some(from, wanted) : Result<std::string>(base::fail(head.error()));
  if (!bytes) {
    error_ = std::move(bytes.error());
    tried_size_ = size_;  // tried again when the file has changed
    tried_tail_ = tail_kind(now, flush);
    return Taken::kFailed;
  }
  const std::string_view before = std::string_view(*bytes).substr(0, taken_tail_.length);
  if (bytes->size() < wanted || !taken_tail_.matches(before)) return Taken::kRewritten;
  const std::string_view fresh = std::string_view(*bytes).substr(before.size());
  const Tail tail = from + wanted < size_ ? Tail::kGrowing : tail_kind(now, flush);
  const Cut cut = cut_records(fresh, input_.lines, tail, most_bytes);
  if (cut.consumed == 0) {
    tried_size_ = size_;
    tried_tail_ = tail;
    return Taken::kNothing;
  }
  if (!cut.records.empty()) batch.begin_source(labels_);
  for (const Span& record : cut.records)
    batch.add(seen_at_, fresh.substr(record.begin, record.end - record.begin));
  batch.lines += cut.lines;
  batch.end_part(state_.id, taken_, fresh.substr(0, cut.consumed));
  taken_ += cut.consumed;
  taken_tail_ =
      Print::of(last_bytes(std::string_view(*bytes).substr(0, before.size() + cut.consumed)));
  tried_size_ = UINT64_MAX;
  return Taken::kSome;
}

bool FollowedFile::take_again(const BatchPart& part, Batch& batch) {
  if (!file_ || part.begin != taken_ || part.end > size_) return false;
  const uint64_t from = part.begin - taken_tail_.length;
  auto bytes = file_->read_some(from, part.end - from);
  if (!bytes || bytes->size() != part.end - from) return false;
  const std::string_view fresh = std::string_view(*bytes).substr(taken_tail_.length);
  const Cut cut = cut_records(fresh, input_.lines, Tail::kEnd, SIZE_MAX);
  batch.begin_source(labels_);
  for (const Span& record : cut.records)
    batch.add(0, fresh.substr(record.begin, record.end - record.begin));
  batch.lines += cut.lines;
  batch.end_part(state_.id, part.begin, fresh);
  taken_ = part.end;
  taken_tail_ = Print::of(last_bytes(*bytes));
  return true;
}

void FollowedFile::acknowledge() {
  state_.offset = taken_;
  state_.tail = taken_tail_;
}

void FollowedFile::give_up() {
  file_.reset();
  size_ = taken_;
}

Result<> FollowedFile::skip_to_end() {
  const uint64_t from = size_ - std::min<uint64_t>(size_, kPrintBytes);
  auto bytes = file_->read_some(from, size_ - from);
  if (!bytes) return base::fail(std::move(bytes.error()));
  taken_ = from + bytes->size();
  taken_tail_ = Print::of(*bytes);
  acknowledge();
  return {};
}

}  // namespace tripod::ship
