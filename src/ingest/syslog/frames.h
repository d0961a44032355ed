// Where one syslog message ends in a stream of bytes. RFC 6587.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tripod::ingest::syslog {

enum class FrameFault : uint8_t {
  kNone,
  kTooLong,     // its bytes were skipped
  kIncomplete,  // the stream ended, or went silent, in it
};

// One message of the bytes given to split().
struct Frame {
  size_t begin = 0;  // offset
  size_t size = 0;   // of a faulty one: as far as known
  FrameFault fault = FrameFault::kNone;
};

// Finds frames of both kinds, mixed as they like: octet-counted ("97 <34>1 ...") where a count is
// followed by a blank and "<", else up to a newline or NUL. Blank frames are nothing. Not
// thread-safe.
class FrameSplitter {
 public:
  explicit FrameSplitter(size_t most_bytes) : most_(most_bytes) {}

  // Adds the frames of `bytes` and answers how many bytes are done with. The others are the
  // beginning of a frame: bring them again, with more behind them. They are never more than
  // most_bytes and a few.
  size_t split(std::string_view bytes, std::vector<Frame>& frames);

  // No more will come of the frame that `rest` (what split() left) begins. A line that only lacks
  // its newline is complete where the end of the stream is an end too.
  enum class End : uint8_t { kEndsLine, kCutsLine };
  void end(std::string_view rest, End end, std::vector<Frame>& frames);

  // Gives up on the frame that `rest` begins, but not on the stream: what is still to come of it
  // will be skipped.
  void abandon(std::string_view rest);

 private:
  const size_t most_;
  size_t skip_bytes_ = 0;   // of a counted frame
  bool skip_line_ = false;  // up to the next newline
};

}  // namespace tripod::ingest::syslog
