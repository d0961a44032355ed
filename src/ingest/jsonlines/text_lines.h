// Lines of any text -> model::Batch: plain lines, and lines framed by their length with what their
// sources are.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "ingest/decode_limits.h"
#include "ingest/jsonlines/decoder.h"
#include "model/batch.h"

namespace tripod::ingest::jsonlines {

// Every line becomes a LogRecord whose body is the line; the pipeline reads JSON, prefixes and
// levels out of it as out of any other shipper's lines. The line end is LF or CR LF; blank lines
// are skipped. Of `options` extra_fields and max_line_bytes count. A line that is too long is
// rejected by its number. A byte that is not UTF-8 becomes "\xE9", so that nothing of the line is
// lost; in a line that begins as JSON does it becomes U+FFFD, since JSON knows no such escape.
// Error: kTooLarge as of decode().
base::Result<> decode_lines(std::shared_ptr<const std::string> body, const Options& options,
                            model::Batch& batch, const DecodeLimits& limits = {});

// Frames, as `tripod ship` sends them (docs/protocols/json-lines.md):
//   S <flat JSON object>\n           the source of the records that follow: attributes of their
//   resource R <observed> <size>\n<text>\n    one record: when it was seen in unix nanoseconds (0:
//   unknown), bytes of its text
// A text may hold line ends. Records before the first S have the extra_fields alone. At a frame
// that cannot be read the rest of the body is rejected as one item, "invalid_frame", since nobody
// knows where the next one begins.
base::Result<> decode_frames(std::shared_ptr<const std::string> body, const Options& options,
                             model::Batch& batch, const DecodeLimits& limits = {});

}  // namespace tripod::ingest::jsonlines
