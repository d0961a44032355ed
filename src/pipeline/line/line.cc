#include "pipeline/line/line.h"

#include <algorithm>
#include <utility>

#include "base/json_text.h"
#include "base/utf8.h"
#include "pipeline/line/logfmt.h"
#include "pipeline/line/server_prefix.h"
#include "pipeline/line/text_line.h"

namespace tripod::pipeline {
namespace {

using model::Attribute;
using model::Batch;
using model::LogRecord;
using model::Value;

// More objects than this in one line are not two processes writing at once.
constexpr size_t kMostGlued = 16;
constexpr std::string_view kSpaces = " \t\r\n";
constexpr std::string_view kDroppedCount = "otel.dropped_attributes_count";

std::string_view trimmed(std::string_view text) {
  const size_t start = text.find_first_not_of(kSpaces);
  if (start == text.npos) return {};
  return text.substr(start, text.find_last_not_of(kSpaces) - start + 1);
}

// Lines that were written without a newline between them.
struct Glued {
  std::vector<std::string_view> pieces;  // fewer than two: the text is anything else
  bool has_plain_tail = false;           // the last one is plain text right behind an object
};

// Each piece is an object with or without a server's prefix; the last one may be plain text, behind a
// prefix or at once behind an object ("{...}127.0.0.1 - - [...": an access log writes to the same
// pipe).
Glued split_glued(std::string_view text) {
  Glued out;
  for (std::string_view rest = text; !rest.empty();) {
    if (out.pieces.size() == kMostGlued) return {};
    const size_t start = read_server_prefix(rest).length;
    if (rest.size() <= start || rest[start] != '{') {
      if (out.pieces.empty()) return {};
      const bool at_once = rest.data() == out.pieces.back().data() + out.pieces.back().size();
      if (start == 0 && !at_once) return {};
      out.has_plain_tail = start == 0;
      out.pieces.push_back(rest);
      break;
    }
    const size_t length = object_length(rest.substr(start));
    if (length == 0) return {};
    out.pieces.push_back(rest.substr(0, start + length));
    rest = trimmed(rest.substr(start + length));
  }
  return out;
}

// Has nothing yet that its line could tell too.
bool is_bare(const LogRecord& record) {
  return record.attributes.empty() && record.severity_number == 0 && record.severity_text.empty() &&
         record.trace_id.empty() && record.span_id.empty();
}

}  // namespace

LineParser::LineParser(LineFieldNames names, FlattenLimits limits, LineShapes* shapes)
    : limits_(limits),
      shapes_(shapes),
      tree_(shapes == nullptr ? nullptr : shapes->tree()),
      flattener_(limits),
      filler_(std::move(names)) {}

LineParser::~LineParser() {
  if (shapes_ != nullptr) shapes_->report(known_, unknown_);
}

bool LineParser::parse_known_shape(std::string_view text, LogRecord& record, Batch& batch) {
  if (text.size() > limits_.max_bytes || !tree_->read(text, record, batch.arena)) return false;
  if (kept_by_ != &batch) {
    batch.kept.push_back(tree_);
    kept_by_ = &batch;
  }
  return true;
}

FlattenOutcome LineParser::flatten(std::string_view text, Batch& batch) {
  fields_.clear();
  const FlattenOutcome outcome = flattener_.flatten(text, batch.arena, fields_);
  if (outcome == FlattenOutcome::kObject && flattener_.dropped() > 0) {
    fields_.push_back({kDroppedCount, Value::int64(static_cast<int64_t>(flattener_.dropped()))});
  }
  return outcome;
}

FlattenOutcome LineParser::parse_object(std::string_view text, LogRecord& record, Batch& batch) {
  // Shapes know nothing of what a record has already.
  if (tree_ == nullptr || !is_bare(record)) return parse_any_object(text, record, batch);
  if (parse_known_shape(text, record, batch)) {
    ++known_;
    return FlattenOutcome::kObject;
  }
  const LogRecord shipped = record;
  const FlattenOutcome outcome = parse_any_object(text, record, batch);
  ++unknown_;
  if (outcome == FlattenOutcome::kObject && record.original.data() == text.data()) {
    shapes_->learn(text, shipped, record);
    tree_ = shapes_->tree();
    kept_by_ = nullptr;
  }
  return outcome;
}

FlattenOutcome LineParser::parse_any_object(std::string_view text, LogRecord& record, Batch& batch) {
  FlattenOutcome outcome = flatten(text, batch);
  if (outcome == FlattenOutcome::kNotObject && text.starts_with('{')) {
    // Half a surrogate pair is legal JSON that names no character: read what is left of it.
    const bool valid = base::check_json(text, limits_.max_depth).fault == base::JsonFault::kNone;
    if (!valid || !base::is_valid_utf8(text)) return outcome;
    const std::string_view copy = batch.arena.copy(text);
    if (base::repair_surrogate_escapes(const_cast<char*>(copy.data()), copy.size()) == 0) {
      return outcome;
    }
    text = copy;
    outcome = flatten(text, batch);
  }
  if (outcome != FlattenOutcome::kObject) return outcome;
  if (filler_.fill(fields_, record, batch)) {
    record.original = text;
  } else {
    record.body = Value::json(text);
  }
  return outcome;
}

// Drops what is over the limit and says how much that was, `dropped` ones that are gone already among it.
void LineParser::limit_fields(size_t dropped) {
  if (fields_.size() + (dropped > 0 ? 1 : 0) > limits_.max_attributes) {
    dropped += fields_.size() - (limits_.max_attributes - 1);
    fields_.resize(limits_.max_attributes - 1);
  }
  if (dropped > 0) fields_.push_back({kDroppedCount, Value::int64(static_cast<int64_t>(dropped))});
}

bool LineParser::parse_format(std::string_view text, LogRecord& record, Batch& batch) {
  fields_.clear();
  // The text of an SDK's record was not printed: `WARNING: disk low` at level ERROR is what somebody wrote.
  const bool may_be_printed = record.scope >= batch.scopes.size() || record.severity_number == 0;
  const auto line = read_text_line(text, may_be_printed, batch.arena, fields_);
  if (!line) return false;
  // Half an object behind a message belongs to the message.
  const bool with_json = !line->json.empty() && flattener_.flatten(line->json, batch.arena, fields_) == FlattenOutcome::kObject;
  limit_fields(with_json ? flattener_.dropped() : 0);
  const bool has_message = filler_.fill(fields_, record, batch);
  if (line->severity) {
    record.severity_number = line->severity.number;
    record.severity_text = line->severity.text;
  }
  if (line->time) apply_head_time(*line->time, record);
  if (!line->message.empty()) {
    const size_t end = static_cast<size_t>(line->message.data() - text.data()) + line->message.size();
    record.body = Value::string(line->json.empty() || with_json ? line->message : text.substr(end - line->message.size()));
  }
  if (has_message || !line->message.empty()) record.original = text;
  return true;
}

// Plain text or logfmt, and a traceback.
void LineParser::parse_behind_prefix(std::string_view text, LogRecord& record, Batch& batch) {
  record.body = Value::string(text);
  fields_.clear();
  const std::string_view traceback = cut_traceback(text);
  if (read_logfmt(text, batch.arena, fields_)) limit_fields();
  else if (traceback.empty()) return;
  else record.body = Value::string(text);
  if (!traceback.empty()) fields_.push_back({"exception.stacktrace", Value::string(traceback)});
  filler_.fill(fields_, record, batch);
}

LineParser::Piece LineParser::parse_piece(std::string_view text, LogRecord& record, Batch& batch) {
  const ServerPrefix prefix = read_server_prefix(text);
  const std::string_view rest = text.substr(prefix.length);
  LogRecord read = record;
  if (prefix) {
    read.severity_number = prefix.severity.number;
    read.severity_text = prefix.severity.text;
    fields_.assign(record.attributes.begin(), record.attributes.end());
    if (prefix.pid != 0) fields_.push_back({"process.pid", Value::int64(prefix.pid)});
    else fields_.push_back({"process.name", Value::string(prefix.process)});
    read.attributes = batch.arena.copy_array(std::span<const Attribute>(fields_));
  }
  if (rest.starts_with('{') && parse_object(rest, read, batch) == FlattenOutcome::kObject) {
    // Its own time goes first.
    if (prefix && read.time == record.time) apply_head_time(prefix.time, read);
    if (prefix) read.original = text;
    record = read;
    return Piece::kObject;
  }
  if (!prefix) return parse_format(text, record, batch) ? Piece::kText : Piece::kPlain;
  parse_behind_prefix(rest, read, batch);
  if (read.time == record.time) apply_head_time(prefix.time, read);
  read.original = text;
  record = read;
  return Piece::kText;
}

void LineParser::parse_text(std::string_view text, LogRecord& record, Batch& batch,
                            std::vector<LogRecord>& extra) {
  const LogRecord shipped = record;
  if (parse_piece(text, record, batch) == Piece::kObject) return;
  const auto [pieces, has_plain_tail] = split_glued(text);
  if (pieces.size() < 2) return;
  LogRecord first = shipped;
  if (parse_piece(pieces.front(), first, batch) != Piece::kObject) return;
  // "{id}, done" is a sentence that begins with a brace, unless the object is a log line by itself.
  if (has_plain_tail && first.original.empty()) return;
  record = first;
  for (size_t i = 1; i < pieces.size(); ++i) {
    LogRecord next = shipped;
    next.body = Value::string(pieces[i]);
    parse_piece(pieces[i], next, batch);
    extra.push_back(next);
  }
}

void LineParser::parse(LogRecord& record, Batch& batch, std::vector<LogRecord>& extra) {
  if (!record.body.is_string() || !record.original.empty()) return;
  const std::string_view text = trimmed(record.body.text());
  if (text.empty()) return;
  const bool may_be_json = text.front() == '{' || text.front() == '[';
  if (!may_be_json && !may_be_text_line(text)) return;
  if (text.size() > limits_.max_bytes) return;
  if (base::is_valid_utf8(text)) {
    parse_text(text, record, batch, extra);
    return;
  }
  const std::string_view repaired = batch.arena.copy(base::replace_invalid_utf8(text));
  record.body = Value::string(repaired);
  parse_text(repaired, record, batch, extra);
}

void parse_lines(Batch& batch, LineShapes* shapes) {
  const bool any = std::ranges::any_of(
      batch.logs, [](const LogRecord& r) { return r.body.is_string() && r.original.empty(); });
  if (!any) return;
  LineParser parser({}, {}, shapes);
  std::vector<LogRecord> extra;
  for (LogRecord& record : batch.logs) parser.parse(record, batch, extra);
  batch.logs.insert(batch.logs.end(), extra.begin(), extra.end());
}

}  // namespace tripod::pipeline
