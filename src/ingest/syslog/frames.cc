#include "ingest/syslog/frames.h"

#include <algorithm>
#include <cstring>

namespace tripod::ingest::syslog {
namespace {

// A count beyond this is taken for text: skipping so much for one bad digit would lose more than it
// saves.
constexpr size_t kMostCounted = size_t{16} << 20;
constexpr size_t kMostDigits = 8;

bool is_between(char c) { return c == '\n' || c == '\r' || c == '\0'; }

struct Count {
  enum class State : uint8_t { kNone, kUnknown, kFound } state = State::kNone;
  size_t header = 0;  // digits and blank
  size_t size = 0;
};

// "97 <": RFC 6587, 3.4.1. kUnknown: it may become one.
Count read_count(std::string_view bytes) {
  if (bytes[0] < '1' || bytes[0] > '9') return {};
  size_t size = 0;
  size_t at = 0;
  for (; at < bytes.size() && at < kMostDigits && bytes[at] >= '0' && bytes[at] <= '9'; ++at) {
    size = size * 10 + static_cast<size_t>(bytes[at] - '0');
  }
  if (size > kMostCounted) return {};
  if (at < bytes.size() && bytes[at] != ' ') return {};
  if (at + 1 < bytes.size() && bytes[at + 1] != '<') return {};
  if (at + 1 >= bytes.size()) return {Count::State::kUnknown};
  return {Count::State::kFound, at + 1, size};
}

size_t end_of_line(std::string_view bytes) {
  const void* newline = std::memchr(bytes.data(), '\n', bytes.size());
  const size_t end = newline == nullptr
                         ? bytes.size()
                         : static_cast<size_t>(static_cast<const char*>(newline) - bytes.data());
  const void* nul = std::memchr(bytes.data(), '\0', end);
  if (nul != nullptr) return static_cast<size_t>(static_cast<const char*>(nul) - bytes.data());
  return newline == nullptr ? bytes.npos : end;
}

// Without the ends of lines that some senders put inside of what they count.
void add_frame(std::string_view bytes, Frame frame, std::vector<Frame>& frames) {
  while (frame.size > 0 && is_between(bytes[frame.begin + frame.size - 1])) --frame.size;
  if (frame.size > 0) frames.push_back(frame);
}

}  // namespace

size_t FrameSplitter::split(std::string_view bytes, std::vector<Frame>& frames) {
  size_t at = 0;
  while (at < bytes.size()) {
    const std::string_view rest = bytes.substr(at);
    if (skip_bytes_ > 0) {
      const size_t skipped = std::min(skip_bytes_, rest.size());
      skip_bytes_ -= skipped;
      at += skipped;
      continue;
    }
    if (is_between(rest[0])) {
      skip_line_ = skip_line_ && rest[0] == '\r';
      ++at;
      continue;
    }
    if (!skip_line_) {
      const Count count = read_count(rest);
      if (count.state == Count::State::kUnknown) return at;
      if (count.state == Count::State::kFound) {
        if (count.size > most_) {
          frames.push_back({at, count.size, FrameFault::kTooLong});
          skip_bytes_ = count.header + count.size;
          continue;
        }
        if (rest.size() < count.header + count.size) return at;
        add_frame(bytes, {at + count.header, count.size}, frames);
        at += count.header + count.size;
        continue;
      }
    }
    const size_t end = end_of_line(rest);
    if (end == rest.npos && !skip_line_ && rest.size() <= most_) return at;
    const size_t size = std::min(end, rest.size());
    if (!skip_line_) {
      if (size > most_)
        frames.push_back({at, size, FrameFault::kTooLong});
      else
        add_frame(bytes, {at, size}, frames);
    }
    skip_line_ = end == rest.npos;
    at += size;
  }
  return at;
}

void FrameSplitter::end(std::string_view rest, End end, std::vector<Frame>& frames) {
  if (rest.empty()) return;
  const bool counted = read_count(rest).state == Count::State::kFound;
  if (counted || end == End::kCutsLine) {
    frames.push_back({0, rest.size(), FrameFault::kIncomplete});
  } else {
    add_frame(rest, {0, rest.size()}, frames);
  }
}

void FrameSplitter::abandon(std::string_view rest) {
  if (rest.empty()) return;
  const Count count = read_count(rest);
  if (count.state == Count::State::kFound)
    skip_bytes_ = count.header + count.size - rest.size();
  else
    skip_line_ = true;
}

}  // namespace tripod::ingest::syslog
