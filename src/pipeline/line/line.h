// Log lines that are JSON (structlog, pino, zap ...), logfmt, of an access log or behind a logger's head -> typed log records.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "model/batch.h"
#include "pipeline/line/json_flattener.h"
#include "pipeline/line/line_shapes.h"
#include "pipeline/line/record_filler.h"

namespace tripod::pipeline {

// Turns the JSON line in a record's body into the record it means:
//   event|message|msg ...              -> body; the line itself goes to `original`
//   level|severity|levelname ...       -> severity
//   timestamp|time|ts|asctime ...      -> time, where it is sane; the time of shipping is then
//   observed_time exception|stack ...                -> attribute exception.stacktrace trace_id,
//   span_id, otelTraceID ... -> ids everything else                    -> attributes, nested
//   objects as dotted keys
// What the record knows already (ids and attributes of OTLP) stays, and of an SDK's record that has a level no logger's head is read. Celery's
// "[2026-11-22 16:39:57,135: WARNING/ForkPoolWorker-1] " before the JSON, or before plain text, is
// read too. Objects glued together in one line (two processes wrote at once) are records of their
// own. Other known formats of text (text_line.h) are read likewise; any other line stays as it is. No text is lost: what is
// not understood is in `original` or the body.
//
// Keeps a parser and its buffers from line to line; not thread-safe.
class LineParser {
 public:
  // `shapes`, where given, makes lines of known shape cheap; it was made with the same names, and outlives the parser.
  explicit LineParser(LineFieldNames names = {}, FlattenLimits limits = {}, LineShapes* shapes = nullptr);
  ~LineParser();

  // Reads the body where it is a string and nothing was taken out of it yet (`original` is empty).
  // Further records of the same line are appended to `extra`, with the resource, scope and times of
  // `record`.
  void parse(model::LogRecord& record, model::Batch& batch, std::vector<model::LogRecord>& extra);

  // The same for a text that must be one JSON object: kObject, or what is wrong with it, and
  // `record` is untouched. `text` must live as long as the batch. Without a message of its own the
  // record's body is the object, as JSON.
  FlattenOutcome parse_object(std::string_view text, model::LogRecord& record, model::Batch& batch);

 private:
  enum class Piece : uint8_t {
    kObject,    // read as an object
    kText,      // plain text behind a prefix, or of a known format
    kPlain,     // untouched
  };

  void parse_text(std::string_view text, model::LogRecord& record, model::Batch& batch,
                  std::vector<model::LogRecord>& extra);
  void limit_fields(size_t dropped = 0);
  bool parse_format(std::string_view text, model::LogRecord& record, model::Batch& batch);
  void parse_behind_prefix(std::string_view text, model::LogRecord& record, model::Batch& batch);
  Piece parse_piece(std::string_view text, model::LogRecord& record, model::Batch& batch);
  FlattenOutcome flatten(std::string_view text, model::Batch& batch);
  FlattenOutcome parse_any_object(std::string_view text, model::LogRecord& record, model::Batch& batch);
  bool parse_known_shape(std::string_view text, model::LogRecord& record, model::Batch& batch);

  const FlattenLimits limits_;
  LineShapes* const shapes_;
  std::shared_ptr<const ShapeTree> tree_;  // null where there are no shapes
  const model::Batch* kept_by_ = nullptr;  // the batch that keeps tree_
  uint64_t known_ = 0, unknown_ = 0;       // lines by whether their shape was known
  JsonFlattener flattener_;
  RecordFiller filler_;
  std::vector<model::Attribute> fields_;  // of the object being read
};

// Every log record of the batch; further records go to the end of Batch::logs.
void parse_lines(model::Batch& batch, LineShapes* shapes = nullptr);

}  // namespace tripod::pipeline
