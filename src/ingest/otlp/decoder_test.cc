// Recorded exports of the Python and Node SDKs, and what any cut or damaged body must give.
#include "ingest/otlp/decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ingest/testing/batch_check.h"
#include "ingest/testing/batch_text.h"
#include "ingest/testing/corpus.h"

namespace tripod::ingest::otlp {
namespace {

using Decode = base::Result<> (*)(std::shared_ptr<const std::string>, model::Batch&, const Limits&);
using testing::batch_text;
using testing::corpus_file;
using testing::expect_golden;

struct Recorded {
  const char* name;
  Decode decode;
};

class RecordedTest : public ::testing::TestWithParam<Recorded> {
 protected:
  std::shared_ptr<const std::string> body() const {
    return corpus_file(std::string("otlp/") + GetParam().name + ".pb");
  }
};

size_t item_count(const model::Batch& batch) {
  return batch.spans.size() + batch.logs.size() + batch.series.size();
}

TEST_P(RecordedTest, DecodesAsTheGoldenTextSays) {
  model::Batch batch;
  const auto result = GetParam().decode(body(), batch, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(batch.rejected_count(), 0u);
  expect_golden(std::string("otlp/") + GetParam().name + ".expected", batch_text(batch));
}

TEST_P(RecordedTest, CutAtAnyByteIsAnErrorOrFewerItems) {
  const auto whole = body();
  model::Batch all;
  ASSERT_TRUE(GetParam().decode(whole, all, {}));
  for (size_t length = 0; length < whole->size(); ++length) {
    model::Batch batch;
    const auto cut = std::make_shared<const std::string>(whole->substr(0, length));
    const auto result = GetParam().decode(cut, batch, {});
    if (result) {
      EXPECT_LT(item_count(batch), item_count(all)) << "cut at " << length;
    } else {
      EXPECT_EQ(result.error().code, base::Code::kInvalidArgument) << "cut at " << length;
    }
  }
}

TEST_P(RecordedTest, FlippedBytesGiveAnErrorOrASoundBatch) {
  std::string damaged = *body();
  const size_t step = 1 + damaged.size() / 300;
  for (size_t at = 0; at < damaged.size(); at += step) {
    const char was = damaged[at];
    damaged[at] = static_cast<char>(was ^ 0x55);
    model::Batch batch;
    const auto result = GetParam().decode(std::make_shared<const std::string>(damaged), batch, {});
    if (result) {
      testing::check_batch(batch);
    } else {
      EXPECT_FALSE(result.error().message.empty()) << "flipped at " << at;
    }
    damaged[at] = was;
  }
}

INSTANTIATE_TEST_SUITE_P(Otlp, RecordedTest,
                         ::testing::Values(Recorded{"traces_celery", decode_traces},
                                           Recorded{"traces_django", decode_traces},
                                           Recorded{"traces_node", decode_traces},
                                           Recorded{"logs_django", decode_logs},
                                           Recorded{"logs_node", decode_logs},
                                           Recorded{"metrics_worker", decode_metrics},
                                           Recorded{"metrics_node", decode_metrics}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(DecodeTest, AnEmptyRequestIsTaken) {
  for (Decode decode : {decode_traces, decode_logs, decode_metrics}) {
    model::Batch batch;
    EXPECT_TRUE(decode(std::make_shared<const std::string>(), batch, {}));
    EXPECT_EQ(item_count(batch), 0u);
    EXPECT_EQ(batch.rejected_count(), 0u);
  }
}

TEST(DecodeTest, AHalvedBodySaysWhatAndWhere) {
  const auto whole = corpus_file("otlp/traces_django.pb");
  model::Batch batch;
  const auto half = std::make_shared<const std::string>(whole->substr(0, whole->size() / 2));
  const auto result = decode_traces(half, batch);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, base::Code::kInvalidArgument);
  EXPECT_THAT(result.error().message,
              ::testing::HasSubstr("ExportTraceServiceRequest is not a valid protobuf message: end "
                                   "of buffer in or after resource_spans[0] (byte 1 of 6541)"));
}

TEST(DecodeTest, TextThatIsNotProtobufIsRefused) {
  model::Batch batch;
  const auto result =
      decode_logs(std::make_shared<const std::string>("{\"resourceLogs\":[]}"), batch);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, base::Code::kInvalidArgument);
}

TEST(DecodeTest, MemoryOfTinyRecordsIsBounded) {
  // A log record of nothing takes two bytes on the wire and some hundred in memory.
  std::string records;
  for (int i = 0; i < 20'000; ++i) records += std::string("\x12\x00", 2);
  const auto wrap = [](char tag, const std::string& inner) {
    std::string out(1, tag);
    for (size_t n = inner.size();;) {
      out += static_cast<char>((n & 0x7f) | (n > 0x7f ? 0x80 : 0));
      if ((n >>= 7) == 0) break;
    }
    return out + inner;
  };
  const auto body = std::make_shared<const std::string>(wrap('\x0a', wrap('\x12', records)));
  model::Batch roomy;
  ASSERT_TRUE(decode_logs(body, roomy));
  EXPECT_EQ(roomy.logs.size(), 20'000u);
  model::Batch batch;
  const auto result = decode_logs(body, batch, Limits{.decoded_bytes = 100'000});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, base::Code::kTooLarge);
  EXPECT_LT(batch.logs.size(), 1000u);
}

}  // namespace
}  // namespace tripod::ingest::otlp
