#include "cli/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace tripod::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> read_all(EventReader& reader, std::string_view bytes, size_t piece) {
  std::vector<std::string> out;
  for (size_t i = 0; i < bytes.size(); i += piece) {
    EXPECT_TRUE(reader.read(bytes.substr(i, piece), [&](const ServerEvent& e) { out.push_back(e.name + "=" + e.data); }));
  }
  return out;
}

TEST(EventReader, PiecesOfAnySizeMakeTheSameEvents) {
  const std::string_view stream =
      "retry: 1000\nid: logs.4\nevent: ping\ndata: {}\n\n: a comment\n\nid: logs.5\nevent: row\ndata:{\"n\":1}\n\n"
      "event: row\r\ndata: {\"n\":\r\ndata:  2}\r\n\r\ndata: x\r\rid: logs.7\n\n";
  for (size_t piece = 1; piece <= stream.size(); ++piece) {
    EventReader reader;
    EXPECT_THAT(read_all(reader, stream, piece), ElementsAre("ping={}", "row={\"n\":1}", "row={\"n\":\n 2}", "message=x")) << piece;
    EXPECT_EQ(reader.last_id(), "logs.7");
  }
}

TEST(EventReader, AnEventThatIsCutOffIsNone) {
  EventReader reader;
  EXPECT_THAT(read_all(reader, "id: logs.1\ndata: a\n\nid: logs.2\ndata: b\nda", 100), ElementsAre("message=a"));
  EXPECT_EQ(reader.last_id(), "logs.1");
  reader.reset();
  EXPECT_THAT(read_all(reader, "data: c\n\n", 100), ElementsAre("message=c"));
  EXPECT_EQ(reader.last_id(), "logs.1");
}

TEST(EventReader, AnEventWithoutEndIsGivenUp) {
  EventReader reader;
  const std::string line = "data: " + std::string(1 << 20, 'x') + "\n";
  int lines = 0;
  while (reader.read(line, [](const ServerEvent&) { ADD_FAILURE(); })) ASSERT_LT(++lines, 100);
  EXPECT_EQ(lines, 63);
}

TEST(EventReader, WithoutDataThereIsNoEvent) {
  EventReader reader;
  EXPECT_THAT(read_all(reader, "event: ping\n\nfoo\n:\n\n", 3), IsEmpty());
}

}  // namespace
}  // namespace tripod::cli
