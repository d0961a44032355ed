#include "ingest/jsonlines/text_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ingest/testing/batch_text.h"
#include "pipeline/line/line.h"

namespace tripod::ingest::jsonlines {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Decode = base::Result<> (*)(std::shared_ptr<const std::string>, const Options&, model::Batch&,
                                  const DecodeLimits&);

model::Batch decoded(Decode decode, const std::string& body, const Options& options = {}) {
  model::Batch batch;
  const auto result = decode(std::make_shared<const std::string>(body), options, batch, {});
  EXPECT_TRUE(result) << result.error().message;
  return batch;
}

std::vector<std::string> bodies(const model::Batch& batch) {
  std::vector<std::string> out;
  for (const auto& log : batch.logs) out.emplace_back(log.body.text());
  return out;
}

std::vector<std::string> said(const model::Batch& batch) {
  std::vector<std::string> out;
  for (const auto& r : batch.rejections) out.push_back(r.reason + " @ " + r.detail);
  return out;
}

std::string frame(std::string_view text, uint64_t observed = 0) {
  return "R " + std::to_string(observed) + " " + std::to_string(text.size()) + "\n" +
         std::string(text) + "\n";
}

std::string_view attribute(const model::Batch& batch, const model::LogRecord& log,
                           std::string_view key) {
  return model::find_text(batch.resources[log.resource].attributes, key);
}

TEST(TextLinesTest, EveryLineIsARecord) {
  Options options;
  options.extra_fields = {{"service_name", "shop"}};
  const auto batch =
      decoded(decode_lines,
              "one\n\n  two \r\n{\"event\":\"three\"}\ncaf\xe9\n{\"e\":\"\xe9\"}\nlast", options);
  EXPECT_THAT(bodies(batch), ElementsAre("one", "  two ", "{\"event\":\"three\"}", "caf\\xe9",
                                         "{\"e\":\"\uFFFD\"}", "last"));
  EXPECT_EQ(batch.resources.size(), 1u);
  EXPECT_EQ(attribute(batch, batch.logs[0], "service.name"), "shop");
  EXPECT_THAT(batch.rejections, IsEmpty());
}

TEST(TextLinesTest, LinesThatAreTooLongAreNamed) {
  Options options;
  options.max_line_bytes = 4;
  const auto batch = decoded(decode_lines, "ok\n12345\nfine", options);
  EXPECT_THAT(bodies(batch), ElementsAre("ok", "fine"));
  EXPECT_THAT(said(batch), ElementsAre("line_too_long @ line 2: 5 bytes, at most 4"));
}

TEST(TextLinesTest, FramesCarryTheirSourceTimeAndLineEnds) {
  const std::string a = "S {\"service_name\":\"shop\",\"log.file.path\":\"/var/log/a.log\"}\n";
  const std::string b = "S {\"service_name\":\"shop\",\"log.file.path\":\"/var/log/b.log\"}\n";
  auto batch =
      decoded(decode_frames,
              a + frame("{\"event\":\"one\",\"level\":\"error\"}", 1'795'365'598'000'000'000) + b +
                  frame("Traceback:\r\n  File \"x\"\nValueError: y") + a + frame("R 0 1\nS {}"));
  EXPECT_THAT(bodies(batch),
              ElementsAre("{\"event\":\"one\",\"level\":\"error\"}",
                          "Traceback:\r\n  File \"x\"\nValueError: y", "R 0 1\nS {}"));
  EXPECT_EQ(batch.resources.size(), 2u);
  EXPECT_EQ(batch.logs[0].resource, batch.logs[2].resource);
  EXPECT_EQ(attribute(batch, batch.logs[1], "log.file.path"), "/var/log/b.log");
  EXPECT_EQ(batch.logs[0].observed_time, 1'795'365'598'000'000'000);
  EXPECT_EQ(batch.logs[1].observed_time, 0);
  // What the pipeline makes of them.
  pipeline::parse_lines(batch);
  EXPECT_EQ(batch.logs[0].body.text(), "one");
  EXPECT_EQ(batch.logs[0].original, "{\"event\":\"one\",\"level\":\"error\"}");
  EXPECT_EQ(batch.logs[0].severity_text, "error");
}

TEST(TextLinesTest, RecordsBeforeASourceHaveTheExtraFields) {
  Options options;
  options.extra_fields = {{"env", "test"}};
  const auto batch = decoded(decode_frames, frame("x") + frame(""), options);
  EXPECT_THAT(bodies(batch), ElementsAre("x"));
  EXPECT_EQ(attribute(batch, batch.logs[0], "deployment.environment.name"), "test");
}

TEST(TextLinesTest, AtABrokenFrameTheRestIsRejectedAndWhatWasReadIsKept) {
  const std::string good = frame("good");
  const std::string cases[] = {"X\n",
                               "R 1 5\nshort\n ",
                               "R 1 99\nshort\n",
                               "R x 1\na\n",
                               "R 1 -1\na\n",
                               "R 1\na\n",
                               "S {\"a\":1}\n",
                               "S [1]\n",
                               "S {\"a\"",
                               "R 99999999999999999999 1\na\n",
                               "R 1 18446744073709551615\na\n",
                               "R 18446744073709551615 1\na\n",
                               "S ",
                               "R ",
                               "R 1 1\na"};
  for (const std::string& bad : cases) {
    const auto batch = decoded(decode_frames, good + bad);
    if (bad.starts_with("R 1 5")) {
      EXPECT_THAT(bodies(batch), ElementsAre("good", "short"));
    } else {
      EXPECT_THAT(bodies(batch), ElementsAre("good")) << bad;
    }
    ASSERT_EQ(batch.rejections.size(), 1u) << bad;
    EXPECT_THAT(said(batch)[0], HasSubstr("invalid_frame @ at byte ")) << bad;
  }
}

TEST(TextLinesTest, MemoryIsBounded) {
  std::string lines;
  std::string frames;
  for (int i = 0; i < 10'000; ++i) {
    lines += "a\n";
    frames += frame("a");
  }
  for (const auto& [decode, body] :
       {std::pair(&decode_lines, lines), std::pair(&decode_frames, frames)}) {
    model::Batch batch;
    const auto result =
        decode(std::make_shared<const std::string>(body), {}, batch, {.decoded_bytes = 100'000});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, base::Code::kTooLarge);
  }
}

}  // namespace
}  // namespace tripod::ingest::jsonlines
