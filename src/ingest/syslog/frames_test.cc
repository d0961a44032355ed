#include "ingest/syslog/frames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tripod::ingest::syslog {
namespace {

using ::testing::ElementsAre;

constexpr size_t kMost = 100;

// Each frame's text, "!long", or "!cut"; as from a connection that brings `chunk` bytes at a time.
std::vector<std::string> frames_of(std::string_view stream, size_t chunk,
                                   FrameSplitter::End end = FrameSplitter::End::kEndsLine) {
  FrameSplitter splitter(kMost);
  std::vector<std::string> out;
  std::string buffer;
  const auto add = [&](const std::vector<Frame>& frames) {
    for (const Frame& f : frames) {
      if (f.fault == FrameFault::kTooLong) out.push_back("!long");
      if (f.fault == FrameFault::kIncomplete) out.push_back("!cut");
      if (f.fault == FrameFault::kNone) out.push_back(buffer.substr(f.begin, f.size));
    }
  };
  while (!stream.empty()) {
    buffer += stream.substr(0, chunk);
    stream.remove_prefix(std::min(chunk, stream.size()));
    std::vector<Frame> frames;
    const size_t done = splitter.split(buffer, frames);
    add(frames);
    buffer.erase(0, done);
    EXPECT_LE(buffer.size(), kMost + 10);
  }
  std::vector<Frame> frames;
  splitter.end(buffer, end, frames);
  add(frames);
  return out;
}

// The same whatever the pieces it comes in.
std::vector<std::string> frames(std::string_view stream,
                                FrameSplitter::End end = FrameSplitter::End::kEndsLine) {
  const auto whole = frames_of(stream, stream.size() + 1, end);
  for (size_t chunk : {1, 2, 3, 7, 50})
    EXPECT_EQ(frames_of(stream, chunk, end), whole) << "in pieces of " << chunk;
  return whole;
}

TEST(FramesTest, ByNewline) {
  EXPECT_THAT(frames("<1>a\n<2>b\r\n\n<3>c\n"), ElementsAre("<1>a", "<2>b", "<3>c"));
  EXPECT_THAT(frames("<1>a\n<2>b"), ElementsAre("<1>a", "<2>b"));
}

TEST(FramesTest, ByNul) {
  EXPECT_THAT(frames(std::string_view("<1>a\0<2>b\0\n<3>c\n", 16)),
              ElementsAre("<1>a", "<2>b", "<3>c"));
}

TEST(FramesTest, ByCount) {
  EXPECT_THAT(frames("4 <1>a6 <2>b\nc5 <3>dd"), ElementsAre("<1>a", "<2>b\nc", "<3>dd"));
  // what some senders put behind the message, in and out of the count
  EXPECT_THAT(frames("5 <1>a\n4 <2>b\n4 <3>c\r\n"), ElementsAre("<1>a", "<2>b", "<3>c"));
}

TEST(FramesTest, BothKindsInOneStream) {
  EXPECT_THAT(frames("<1>a\n4 <2>b<3>c\n4 <4>d"), ElementsAre("<1>a", "<2>b", "<3>c", "<4>d"));
}

TEST(FramesTest, LinesThatBeginWithDigits) {
  EXPECT_THAT(frames("12 monkeys\n2026-11-22 x\n007 <x\n123456789012 <x\n5\n"),
              ElementsAre("12 monkeys", "2026-11-22 x", "007 <x", "123456789012 <x", "5"));
  EXPECT_THAT(frames("99999999 <13>not a count one would skip\n<1>a\n"),
              ElementsAre("99999999 <13>not a count one would skip", "<1>a"));
}

TEST(FramesTest, WhatIsTooLongIsSkippedAndNothingElse) {
  const std::string most(kMost, 'x');
  EXPECT_THAT(frames(most + "\n<1>a\n"), ElementsAre(most, "<1>a"));
  EXPECT_THAT(frames(most + "y\n<1>a\n"), ElementsAre("!long", "<1>a"));
  EXPECT_THAT(frames(most + most + most + "\n" + most + "yy\n<1>a\n"),
              ElementsAre("!long", "!long", "<1>a"));
  EXPECT_THAT(frames("303 <1>" + most + most + most + "4 <2>b\n<3>c\n"),
              ElementsAre("!long", "<2>b", "<3>c"));
  EXPECT_THAT(frames("101 <1>" + std::string(98, '\n') + "4 <2>b"), ElementsAre("!long", "<2>b"));
}

TEST(FramesTest, TheEndOfTheStreamCutsOrEndsALine) {
  EXPECT_THAT(frames("<1>a\n<2>b", FrameSplitter::End::kCutsLine), ElementsAre("<1>a", "!cut"));
  EXPECT_THAT(frames("<1>a\n", FrameSplitter::End::kCutsLine), ElementsAre("<1>a"));
  for (auto end : {FrameSplitter::End::kCutsLine, FrameSplitter::End::kEndsLine}) {
    EXPECT_THAT(frames("4 <1>a20 <2>b", end), ElementsAre("<1>a", "!cut"));
  }
}

TEST(FramesTest, WhatIsGivenUpIsSkippedWhenItComes) {
  const auto after = [](std::string_view begun, std::string_view rest) {
    FrameSplitter splitter(kMost);
    std::vector<Frame> frames;
    EXPECT_EQ(splitter.split(begun, frames), 0u);
    splitter.abandon(begun);
    EXPECT_EQ(splitter.split(rest, frames), rest.size());
    std::vector<std::string> out;
    for (const Frame& f : frames) out.emplace_back(rest.substr(f.begin, f.size));
    return out;
  };
  EXPECT_THAT(after("<1>never", " ended\n<2>b\n"), ElementsAre("<2>b"));
  EXPECT_THAT(after("12 <1>never", "\nend<2>b\n"), ElementsAre("<2>b"));
}

}  // namespace
}  // namespace tripod::ingest::syslog
