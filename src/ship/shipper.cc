#include "ship/shipper.h"

#include <algorithm>

namespace tripod::ship {

using base::Code;
using base::Result;

namespace {

constexpr int64_t kReportNs = base::kNanosPerMinute;
constexpr int64_t kComplaintNs = base::kNanosPerMinute;  // between two lines about the same trouble
constexpr int64_t kStopNs = 5 * base::kNanosPerSecond;
constexpr int64_t kAwayLingerNs = 2 * base::kNanosPerSecond;
constexpr int64_t kLookShare = 10;  // looks take this part of the time at most
constexpr size_t kLeastBatchBytes = 4096;

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
    text.pop_back();
  return text;
}

base::Result<State> remembered(const Shipper::Parts& parts, const std::string& path, bool& is_new) {
  auto loaded = load_state(parts.fs, path);
  is_new = false;
  if (loaded && *loaded) return std::move(**loaded);
  if (!loaded && loaded.error().code != Code::kDataLoss)
    return base::fail(std::move(loaded.error()));
  if (!loaded) {
    if (auto ok = parts.fs.rename(path, path + ".damaged"); !ok)
      return base::fail(std::move(ok.error()));
    parts.log.error("state_damaged",
                    {{"error", std::string_view(loaded.error().message)},
                     {"set_aside", std::string_view(path + ".damaged")},
                     {"consequence", "every file is sent again from its beginning"}});
  }
  is_new = true;
  return State{.shipper = parts.random_id()};
}

}  // namespace

Shipper::Shipper(Parts parts, const Config& config, State state)
    : parts_(std::move(parts)),
      config_(config),
      state_path_(config.state_dir + "/state"),
      state_(std::move(state)),
      files_({parts_.fs, parts_.log, parts_.random_id}, config, stats_),
      rejected_(parts_.fs, parts_.log, stats_, config.state_dir + "/rejected",
                config.rejected_bytes),
      backoff_(config.output.first_retry_ns, config.output.most_retry_ns, parts_.random),
      key_(config.output.key),
      batch_bytes_(config.output.batch_bytes) {}

Result<std::unique_ptr<Shipper>> Shipper::open(Parts parts, const Config& config) {
  if (auto ok = parts.fs.create_dirs(config.state_dir); !ok)
    return base::fail(std::move(ok.error()));
  bool is_new = false;
  auto state = remembered(parts, config.state_dir + "/state", is_new);
  if (!state) return base::fail(std::move(state.error()));
  std::unique_ptr<Shipper> shipper(new Shipper(std::move(parts), config, std::move(*state)));
  auto spool = Spool::open({shipper->parts_.fs, shipper->parts_.log, shipper->stats_},
                           config.state_dir + "/spool", config.spool_bytes, shipper->state_.spool);
  if (!spool) return base::fail(std::move(spool.error()));
  shipper->spool_ = std::move(*spool);
  if (!is_new) shipper->files_.restore(std::move(shipper->state_.files));
  shipper->next_report_ = shipper->parts_.clock.steady() + kReportNs;
  return shipper;
}

bool Shipper::save() {
  state_.files = files_.states();
  state_.spool = spool_->position();
  if (auto ok = save_state(parts_.fs, state_path_, state_); !ok) {
    const int64_t now = parts_.clock.steady();
    if (now >= next_complaint_) {
      parts_.log.error("state_not_saved", {{"error", std::string_view(ok.error().message)}});
      next_complaint_ = now + kComplaintNs;
    }
    return false;
  }
  dirty_ = false;
  spool_->forget(state_.spool);
  return true;
}

int64_t Shipper::step() {
  const Moment now = moment();
  if (auto answer = parts_.transport.poll()) on_answer(*answer, now);
  if (now.steady >= next_look_) look(now);
  spool_input(now);
  spool_removed_files(now);
  if (!current_ && looked_) next_batch(now);
  if (current_ && !sending_ && now.steady >= retry_at_) send(now);
  if (dirty_) save();
  if (now.steady >= next_report_) {
    report();
    next_report_ = now.steady + kReportNs;
  }
  return next_due(now);
}

void Shipper::look(Moment now) {
  if (files_.refresh(now)) dirty_ = true;
  looked_ = true;
  last_look_ = now.steady;
  look_cost_ = parts_.clock.steady() - now.steady;
  next_look_ = now.steady + std::max(config_.poll_interval_ns, kLookShare * look_cost_);
}

void Shipper::look_now() {
  next_look_ = std::min(next_look_, last_look_ + kLookShare * look_cost_);
}

int64_t Shipper::next_due(Moment now) const {
  int64_t due = std::min(next_look_, next_report_);
  if (current_ && !sending_) due = std::min(due, retry_at_);
  if (news_since_ >= 0) due = std::min(due, news_since_ + config_.output.linger_ns);
  if (input_since_ >= 0) due = std::min(due, input_since_ + config_.output.linger_ns);
  return std::max(due, now.steady);
}

// -- standard input, and files that are gone
// ---------------------------------------------------------------------------

void Shipper::input(std::string_view bytes) {
  const Moment now = moment();
  if (input_since_ < 0) input_since_ = now.steady;
  last_input_ = now.steady;
  input_seen_ = now.wall;
  input_.append(bytes);
}

void Shipper::input_ended() {
  input_ended_ = true;
  input_ended_at_ = parts_.clock.steady();
}

Tail Shipper::input_tail(Moment now) const {
  if (input_ended_ || stopping_) return Tail::kEnd;
  return now.steady - last_input_ >= config_.inputs.back().join_wait_ns ? Tail::kQuiet
                                                                        : Tail::kGrowing;
}

void Shipper::spool_input(Moment now) {
  if (input_.empty()) return;
  const Tail tail = input_tail(now);
  const int64_t linger = away_ ? kAwayLingerNs : config_.output.linger_ns;
  const bool due =
      tail == Tail::kEnd || input_.size() >= batch_bytes_ || now.steady - input_since_ >= linger;
  if (!due) return;
  const Input& rules = config_.inputs.back();
  const std::string labels = labels_json(rules.labels);
  size_t used = 0;
  while (used < input_.size()) {
    const std::string_view rest = std::string_view(input_).substr(used);
    const Cut cut = cut_records(rest, rules.lines, tail, batch_bytes_);
    if (cut.consumed == 0) break;
    used += cut.consumed;
    if (cut.records.empty()) continue;
    Batch batch;
    batch.id = parts_.random_id();
    batch.begin_source(labels);
    for (const Span& record : cut.records)
      batch.add(input_seen_, rest.substr(record.begin, record.end - record.begin));
    batch.lines = cut.lines;
    stats_.lines_read += cut.lines;
    spool_batch(batch);
  }
  input_.erase(0, used);
  // What is left waits for its end, or for its traceback to go on.
  input_since_ = input_.empty() ? -1 : now.steady;
}

void Shipper::spool_batch(const Batch& batch) {
  if (auto ok = spool_->append(batch); !ok) {
    stats_.lines_dropped += batch.lines;
    parts_.log.error("spool_not_written", {{"dropped_lines", static_cast<int64_t>(batch.lines)},
                                           {"error", std::string_view(ok.error().message)}});
  }
}

// A file that was removed can be read only while it is open: what is left of it goes where it
// survives a restart.
void Shipper::spool_removed_files(Moment now) {
  if (!away_ || sending_) return;
  const bool any_unread = files_.any_removed_unread();
  if (current_ && !current_->from_spool &&
      (any_unread || files_.takes_from_removed(current_->parts))) {
    for (const Batch& piece : current_->pieces) spool_batch(piece);
    files_.acknowledge(current_->parts);
    current_.reset();
    state_.pending.reset();
    dirty_ = true;
  }
  while (any_unread && files_.any_removed_unread()) {
    Batch batch;
    files_.fill_from_removed(batch, batch_bytes_, now);
    if (batch.parts.empty()) break;
    batch.id = batch_id(state_.shipper, batch.parts, batch.content);
    stats_.lines_read += batch.lines;
    if (!batch.empty()) spool_batch(batch);
    files_.acknowledge(batch.parts);
    dirty_ = true;
  }
}

// -- the next batch
// ----------------------------------------------------------------------------------------------------

void Shipper::next_batch(Moment now) {
  if (take_pending()) return;
  if (auto batch = spool_->front()) return begin(std::move(*batch), true);
  if (batch_is_due(now)) take_from_files(now);
}

// What was sent in an earlier life and not answered goes first, as it was.
bool Shipper::take_pending() {
  if (!state_.pending) return false;
  Batch batch = files_.take_again(*state_.pending);
  if (batch.empty()) {
    state_.pending.reset();
    dirty_ = true;
    return false;
  }
  // All of it is there, and it is not what it was: as another batch.
  if (batch.parts.size() == state_.pending->parts.size()) {
    batch.id = batch_id(state_.shipper, batch.parts, batch.content);
    if (batch.id != state_.pending->id)
      parts_.log.warn("pending_batch_changed", {{"lines", static_cast<int64_t>(batch.lines)}});
  }
  stats_.lines_read += batch.lines;
  begin(std::move(batch), false);
  return true;
}

bool Shipper::batch_is_due(Moment now) {
  if (!files_.has_news(now, stopping_)) {
    news_since_ = -1;
    return false;
  }
  if (news_since_ < 0) news_since_ = now.steady;
  return stopping_ || files_.unread_bytes() >= batch_bytes_ ||
         now.steady - news_since_ >= config_.output.linger_ns;
}

void Shipper::take_from_files(Moment now) {
  Batch batch;
  files_.fill(batch, batch_bytes_, now, stopping_);
  news_since_ = -1;
  if (batch.parts.empty()) return;
  if (batch.empty()) {  // blank lines
    files_.acknowledge(batch.parts);
    dirty_ = true;
    return;
  }
  batch.id = batch_id(state_.shipper, batch.parts, batch.content);
  stats_.lines_read += batch.lines;
  begin(std::move(batch), false);
}

void Shipper::begin(Batch batch, bool from_spool) {
  Current current{.parts = batch.parts, .from_spool = from_spool};
  if (!from_spool) {
    state_.pending = PendingBatch{.id = batch.id, .lines = batch.lines, .parts = batch.parts};
    dirty_ = true;
  }
  current.pieces.push_back(std::move(batch));
  current_ = std::move(current);
}

// -- sending
// -----------------------------------------------------------------------------------------------------------

void Shipper::send(Moment now) {
  // Without its range on disk a batch could be cut differently after a restart, and its lines come
  // twice.
  if (dirty_ && !save()) {
    retry_at_ = now.steady + backoff_.next_ns(-1);
    return;
  }
  const Batch& piece = current_->pieces.front();
  parts_.transport.start({.body = piece.body, .batch_id = piece.id, .key = key_});
  sending_ = true;
  stats_.records_sent += piece.records;
}

void Shipper::on_answer(const Answer& answer, Moment now) {
  sending_ = false;
  const std::string status = "HTTP " + std::to_string(answer.status);
  switch (meaning_of(answer)) {
    case Meaning::kTaken:
      if (const auto receipt = read_receipt(answer.body)) return on_taken(*receipt, now);
      return on_failure(answer, status + " that is not a Tripod's answer", now);
    case Meaning::kLater:
      return on_failure(
          answer, answer.status == 0 ? answer.error : status + ": " + answer.body.substr(0, 300),
          now);
    case Meaning::kTooLarge:
      if (current_->pieces.front().records > 1) return split_piece();
      [[fallthrough]];
    case Meaning::kNever:
      rejected_.keep(current_->pieces.front(), now.wall,
                     status + ": " + answer.body.substr(0, 300));
      backoff_.reset();
      return piece_is_done();
  }
}

// The halves have ids made of the whole's, so that they are the same after a restart.
void Shipper::split_piece() {
  const Batch whole = std::move(current_->pieces.front());
  auto halves = split(whole);
  current_->pieces.pop_front();
  current_->pieces.push_front(std::move(halves.second));
  current_->pieces.push_front(std::move(halves.first));
  const size_t smaller = std::max(kLeastBatchBytes, whole.body.size() / 2);
  if (smaller >= batch_bytes_) return;
  batch_bytes_ = smaller;
  parts_.log.info("batches_made_smaller", {{"bytes", static_cast<int64_t>(batch_bytes_)}});
}

void Shipper::on_taken(const Receipt& receipt, Moment now) {
  const Batch& piece = current_->pieces.front();
  ++stats_.batches;
  stats_.lines_acknowledged += piece.lines;
  if (receipt.repeated) stats_.lines_repeated += piece.lines;
  stats_.records_refused += receipt.rejected;
  if (receipt.rejected > 0 && now.steady >= next_refusal_) {
    next_refusal_ = now.steady + kComplaintNs;
    parts_.log.warn("records_refused", {{"records", static_cast<int64_t>(receipt.rejected)},
                                        {"first", std::string_view(receipt.why)}});
  }
  if (away_) parts_.log.info("server_back", {{"tries", static_cast<int64_t>(backoff_.tries())}});
  away_ = false;
  backoff_.reset();
  next_complaint_ = 0;
  piece_is_done();
}

void Shipper::on_failure(const Answer& answer, const std::string& why, Moment now) {
  away_ = true;
  ++stats_.retries;
  const int64_t wait = backoff_.next_ns(answer.retry_after_s);
  retry_at_ = now.steady + wait;
  if (answer.status == 401 || answer.status == 403) read_key();
  if (now.steady < next_complaint_) return;
  next_complaint_ = now.steady + kComplaintNs;
  parts_.log.warn("not_taken_yet", {{"server", std::string_view(config_.output.url)},
                                    {"error", std::string_view(why)},
                                    {"tries", static_cast<int64_t>(backoff_.tries())},
                                    {"again_in_ms", wait / base::kNanosPerMilli}});
}

// The key may have been replaced.
void Shipper::read_key() {
  if (config_.output.key_file.empty()) return;
  if (auto text = parts_.fs.read_all(config_.output.key_file)) key_ = trimmed(std::move(*text));
}

void Shipper::piece_is_done() {
  current_->pieces.pop_front();
  retry_at_ = 0;
  if (!current_->pieces.empty()) return;
  if (current_->from_spool) {
    spool_->pop();
  } else {
    files_.acknowledge(current_->parts);
    state_.pending.reset();
  }
  current_.reset();
  dirty_ = true;
}

// -- the end, and what is said
// -----------------------------------------------------------------------------------------

void Shipper::stop() {
  if (stopping_) return;
  stopping_ = true;
  stop_at_ = parts_.clock.steady() + kStopNs;
  retry_at_ = 0;
  next_look_ = 0;
}

bool Shipper::finished() const {
  const Moment now = moment();
  const bool all_sent =
      looked_ && !current_ && input_.empty() && spool_->empty() && !state_.pending && !dirty_;
  if (stopping_) {
    if (now.steady >= stop_at_) return true;
    return !sending_ && input_.empty() &&
           ((away_ && retry_at_ > now.steady) ||
            (all_sent && next_look_ > now.steady && !files_.has_news(now, true)));
  }
  const bool stdin_only = config_.read_stdin && config_.inputs.size() == 1;
  if (!stdin_only || !input_ended_) return false;
  return all_sent || (!sending_ && now.steady - input_ended_at_ >= config_.drain_ns);
}

void Shipper::report() {
  const auto number = [](uint64_t n) { return static_cast<int64_t>(n); };
  parts_.log.info("summary", {{"files", number(files_.size())},
                              {"lines_read", number(stats_.lines_read)},
                              {"records_sent", number(stats_.records_sent)},
                              {"lines_acknowledged", number(stats_.lines_acknowledged)},
                              {"lines_repeated", number(stats_.lines_repeated)},
                              {"records_refused", number(stats_.records_refused)},
                              {"lines_rejected", number(stats_.lines_rejected)},
                              {"lines_dropped", number(stats_.lines_dropped)},
                              {"bytes_lost", number(stats_.bytes_lost)},
                              {"waiting_bytes", number(files_.unread_bytes())},
                              {"waiting_spool_lines", number(spool_->lines())},
                              {"batches", number(stats_.batches)},
                              {"retries", number(stats_.retries)},
                              {"server_away", away_}});
}

}  // namespace tripod::ship
