#include "ingest/otlp/response.h"

#include <gtest/gtest.h>

#include <protozero/pbf_reader.hpp>

#include "base/hex.h"

namespace tripod::ingest::otlp {
namespace {

using namespace std::chrono_literals;

TEST(ResponseTest, NothingRejectedIsAnEmptyMessage) {
  const model::Batch batch;
  EXPECT_EQ(encode_traces_response(batch), "");
  EXPECT_EQ(encode_logs_response(batch), "");
  EXPECT_EQ(encode_metrics_response(batch), "");
}

TEST(ResponseTest, RejectedItemsAreCountedAndNamed) {
  model::Batch batch;
  batch.reject("invalid_trace_id", "spans[1]: too short", 2);
  batch.reject("invalid_span_id", "spans[4]: too long");
  const std::string bytes = encode_traces_response(batch);
  protozero::pbf_reader response(bytes);
  ASSERT_TRUE(response.next(1));
  protozero::pbf_reader partial = response.get_message();
  EXPECT_FALSE(response.next());
  ASSERT_TRUE(partial.next());
  EXPECT_EQ(partial.tag(), 1u);
  EXPECT_EQ(partial.get_int64(), 3);
  ASSERT_TRUE(partial.next());
  EXPECT_EQ(partial.tag(), 2u);
  EXPECT_EQ(partial.get_string(),
            "3 rejected: 2 invalid_trace_id (spans[1]: too short), 1 invalid_span_id (spans[4]: "
            "too long)");
  EXPECT_FALSE(partial.next());
}

TEST(ResponseTest, TheSummaryIsBounded) {
  model::Batch batch;
  for (int i = 0; i < 20; ++i) batch.reject("r", std::to_string(i) + std::string(10'000, 'x'));
  EXPECT_LT(rejection_summary(batch).size(), 8192u);
}

TEST(ResponseTest, RetryInfoIsADuration) {
  // RetryInfo{retry_delay: {seconds: 2, nanos: 500000000}}
  EXPECT_EQ(base::to_hex(encode_retry_info(2500ms)),
            "0a08080210"
            "80cab5ee01");
}

TEST(ResponseTest, StatusHoldsCodeMessageAndRetryInfo) {
  const std::string bytes = encode_status(8, "memory budget is full", 1s);
  protozero::pbf_reader status(bytes);
  ASSERT_TRUE(status.next(1));
  EXPECT_EQ(status.get_int32(), 8);
  ASSERT_TRUE(status.next(2));
  EXPECT_EQ(status.get_string(), "memory budget is full");
  ASSERT_TRUE(status.next(3));
  protozero::pbf_reader any = status.get_message();
  ASSERT_TRUE(any.next(1));
  EXPECT_EQ(any.get_string(), "type.googleapis.com/google.rpc.RetryInfo");
  ASSERT_TRUE(any.next(2));
  EXPECT_EQ(any.get_string(), encode_retry_info(1s));
  EXPECT_FALSE(status.next());
}

TEST(ResponseTest, StatusWithoutRetryHasNoDetails) {
  EXPECT_EQ(base::to_hex(encode_status(3, "no")), "080312026e6f");
}

}  // namespace
}  // namespace tripod::ingest::otlp
