// Bytes of a log -> records: lines, with the tracebacks of Python and Java joined to the line they
// belong to.
#pragma once

#include <re2/re2.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace tripod::ship {

enum class Join : uint8_t {
  kAuto,   // what is indented, "Caused by", and tracebacks (see cut_records)
  kStart,  // every line that `start` does not match
  kOff,    // each line is a record
};

// How one input's lines become records. Cheap to copy.
struct LineRules {
  Join join = Join::kAuto;
  std::shared_ptr<const RE2>
      start;  // kStart: matches the first line of a record (anywhere in it, unless anchored)
  size_t max_lines = 500;       // of a record
  size_t max_bytes = 1u << 20;  // of a record's text; a longer line is cut into several records
};

// What may come behind the bytes.
enum class Tail : uint8_t {
  kGrowing,  // more, soon: a record that may go on is left for the next call
  kQuiet,    // more, some day: complete lines are records, a line without an end is left
  kEnd,      // nothing: also a line without an end is a record
};

// One record's text within the bytes, without its line end.
struct Span {
  size_t begin = 0;
  size_t end = 0;
};

struct Cut {
  std::vector<Span> records;
  size_t consumed = 0;   // bytes that the records and the blank lines between them take up
  size_t lines = 0;      // lines in the records
  size_t cut_lines = 0;  // ends of pieces of lines that are too long
};

// Pure. Line ends are LF or CR LF; blank lines are skipped. A line that is a JSON object ("{" ...
// "}") is never joined. With kAuto a line is joined to the record before it
//   where it is indented, or begins with "Caused by:", "Suppressed:" or "... "
//   where it is "Traceback (most recent call last):" behind text, its frames, the line of its
//   exception, and what Python prints between chained exceptions, with the blank lines around that
//   where it names a Java exception and the next line is a frame ("\tat ...")
//   where it closes what a line of "{" or "[" alone opened
// To decide, kGrowing needs to see up to 2 * max_bytes + 64 KiB: given that many, something is
// consumed. Stops after the record that makes the texts' sum `most_bytes` or more.
Cut cut_records(std::string_view bytes, const LineRules& rules, Tail tail, size_t most_bytes);

// What a caller shows to cut_records() at once, at least.
inline size_t window_of(const LineRules& rules) { return 2 * rules.max_bytes + (64u << 10); }

}  // namespace tripod::ship
