#include "ingest/sentry/session.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/time_text.h"
#include "ingest/sentry/decode.h"
#include "ingest/testing/corpus.h"

namespace tripod::ingest::sentry {
namespace {

using model::SessionUpdate;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const base::UnixNanos kReceived = *base::parse_rfc3339("2026-11-22T16:50:00Z");

std::unique_ptr<model::Batch> decode(const std::string& body) {
  auto batch = std::make_unique<model::Batch>();
  const SentryContext context{.project = 7, .public_key = {}, .service_name = "shop", .received_time = kReceived};
  EXPECT_TRUE(decode_envelope(std::make_shared<const std::string>(body), context, *batch));
  return batch;
}

std::unique_ptr<model::Batch> decode_item(std::string_view type, const std::string& payload) {
  return decode(fmt::format("{{}}\n{{\"type\":\"{}\"}}\n{}\n", type, payload));
}

// "begun errored crashed abnormal"
std::string counts(const SessionUpdate& s) { return fmt::format("{} {} {} {}", s.begun, s.errored, s.crashed, s.abnormal); }

std::string attribute(const model::Batch& batch, uint32_t resource, std::string_view key) {
  const model::Attribute* found = model::find_attribute(batch.resources[resource].attributes, key);
  return found == nullptr ? "" : std::string(found->value.text());
}

std::vector<std::string> rejections(const model::Batch& batch) {
  std::vector<std::string> out;
  for (const model::Rejection& r : batch.rejections) out.push_back(fmt::format("{} {}", r.reason, r.count));
  return out;
}

TEST(Sessions, CountsOfANodeServer) {
  const auto batch = decode(*ingest::testing::corpus_file("sentry/node-sessions.envelope"));
  ASSERT_THAT(batch->sessions, SizeIs(1));
  const SessionUpdate& session = batch->sessions[0];
  EXPECT_EQ(counts(session), "11 5 3 0");
  EXPECT_EQ(session.project, 7u);
  EXPECT_EQ(session.started, *base::parse_rfc3339("2026-11-22T16:36:00Z"));
  EXPECT_EQ(session.id, "");
  EXPECT_EQ(attribute(*batch, session.resource, "service.version"), "9f8c2ab4d1e07c3355a6be21f0d94c7781e5aa30");
  EXPECT_EQ(attribute(*batch, session.resource, "deployment.environment.name"), "production");
}

struct StateCase {
  const char* members;
  const char* counts;
};

class States : public ::testing::TestWithParam<StateCase> {};

TEST_P(States, AreCounts) {
  const auto batch = decode_item("session", fmt::format(R"({{"sid":"a","started":"2026-11-22T16:49:00Z",{},"attrs":{{"release":"r1"}}}})", GetParam().members));
  ASSERT_THAT(batch->sessions, SizeIs(1));
  EXPECT_EQ(counts(batch->sessions[0]), GetParam().counts);
}

INSTANTIATE_TEST_SUITE_P(Session, States,
                         ::testing::Values(StateCase{R"("init":true,"status":"ok","errors":0)", "1 0 0 0"}, StateCase{R"("init":false,"status":"exited")", "0 0 0 0"},
                                           StateCase{R"("status":"ok","errors":2)", "0 1 0 0"}, StateCase{R"("init":true,"status":"exited","errors":1)", "1 1 0 0"},
                                           StateCase{R"("init":true,"status":"crashed","errors":1)", "1 1 1 0"}, StateCase{R"("status":"abnormal")", "0 1 0 1"},
                                           StateCase{R"("status":"errored")", "0 1 0 0"}, StateCase{R"("status":"unhandled")", "0 1 0 0"},
                                           StateCase{R"("status":"newfangled","init":true)", "1 0 0 0"}, StateCase{R"("status":7,"init":"yes","errors":null)", "0 0 0 0"}));

TEST(Session, SaysWhoseItIsAndOfWhichRelease) {
  const auto batch = decode_item("session", R"({"sid":"c0ffee","did":42,"init":true,"started":"2026-11-22T16:49:00Z","status":"ok","attrs":{"release":"shop@1.2","environment":"none"}})");
  ASSERT_THAT(batch->sessions, SizeIs(1));
  EXPECT_EQ(batch->sessions[0].id, "c0ffee");
  EXPECT_EQ(batch->sessions[0].user_id, "42");
  EXPECT_EQ(attribute(*batch, 0, "service.version"), "shop@1.2");
  EXPECT_EQ(attribute(*batch, 0, "deployment.environment.name"), "") << "\"none\" is no environment";
}

TEST(Sessions, EachBadElementIsNamedAndTheOthersStay) {
  const auto batch = decode_item("sessions", R"({"aggregates":[{"started":"2026-11-22T16:49:00Z","exited":1},7,{"exited":1},)"
                                              R"({"started":"2026-11-22T16:52:00Z","exited":1},{"started":"2026-11-10T16:49:00Z","exited":1},{"started":"2026-11-22T16:49:00Z","exited":-1},)"
                                              R"({"started":"2026-11-22T16:49:00Z","crashed":4294967296},{"started":"2026-11-22T16:49:00Z"},{"started":"2026-11-22T16:48:00Z","did":"ada","unhandled":2,"errored":null}],)"
                                              R"("attrs":{"release":"r1"}})");
  ASSERT_THAT(batch->sessions, SizeIs(2));
  EXPECT_EQ(counts(batch->sessions[0]), "1 0 0 0");
  EXPECT_EQ(counts(batch->sessions[1]), "2 2 0 0");
  EXPECT_EQ(batch->sessions[1].user_id, "ada");
  EXPECT_THAT(rejections(*batch), ElementsAre("invalid_sessions 1", "invalid_timestamp 1", "timestamp_too_new 1", "timestamp_too_old 1", "invalid_count 1", "invalid_count 1"));
}

class BadItems : public ::testing::TestWithParam<std::tuple<const char*, const char*, const char*>> {};

TEST_P(BadItems, AreRejectedByName) {
  const auto& [type, payload, reason] = GetParam();
  const auto batch = decode_item(type, payload);
  EXPECT_THAT(batch->sessions, IsEmpty());
  ASSERT_THAT(batch->rejections, SizeIs(1));
  EXPECT_EQ(batch->rejections[0].reason, reason);
}

INSTANTIATE_TEST_SUITE_P(
    Session, BadItems,
    ::testing::Values(std::tuple{"session", "[]", "not_an_object"}, std::tuple{"session", "{", "invalid_json"},
                      std::tuple{"session", R"({"started":"2026-11-22T16:49:00Z"})", "missing_release"},
                      std::tuple{"session", R"({"started":"2026-11-22T16:49:00Z","attrs":{"release":"Latest"}})", "invalid_release"},
                      std::tuple{"session", R"({"started":"2026-11-22T16:49:00Z","attrs":{"release":"a/b"}})", "invalid_release"},
                      std::tuple{"session", R"({"attrs":{"release":"r"}})", "invalid_timestamp"},
                      std::tuple{"session", R"({"started":9e30,"attrs":{"release":"r"}})", "invalid_timestamp"},
                      std::tuple{"session", R"({"started":"2026-11-22T17:49:00Z","attrs":{"release":"r"}})", "timestamp_too_new"},
                      std::tuple{"sessions", R"({"attrs":{"release":"r"}})", "invalid_sessions"},
                      std::tuple{"sessions", R"({"aggregates":[{"started":"2026-11-22T16:49:00Z","exited":1}]})", "missing_release"}));

TEST(Sessions, AnEnvelopeHasRoomForAHundredItems) {
  std::string body = "{}\n";
  for (int i = 0; i < 103; ++i) body += "{\"type\":\"session\"}\n{\"started\":\"2026-11-22T16:49:00Z\",\"init\":true,\"attrs\":{\"release\":\"r1\"}}\n";
  const auto batch = decode(body);
  EXPECT_THAT(batch->sessions, SizeIs(100));
  EXPECT_THAT(rejections(*batch), ElementsAre("too_many_sessions 3"));
  EXPECT_THAT(batch->resources, SizeIs(1));
}

TEST(Sessions, AnEnvelopeHasRoomForTenThousandCounts) {
  std::string body = "{}\n{\"type\":\"sessions\"}\n{\"attrs\":{\"release\":\"r1\"},\"aggregates\":[";
  for (int i = 0; i < 10'002; ++i) body += std::string(i == 0 ? "" : ",") + R"({"started":"2026-11-22T16:49:00Z","exited":1})";
  const auto batch = decode(body + "]}\n");
  EXPECT_THAT(batch->sessions, SizeIs(10'000));
  EXPECT_THAT(rejections(*batch), ElementsAre("too_many_sessions 1", "too_many_sessions 1"));
}

TEST(Sessions, AClockThatIsHoursWrongIsCorrected) {
  const auto batch = decode("{\"sent_at\":\"2026-11-22T13:50:00Z\"}\n{\"type\":\"session\"}\n{\"started\":\"2026-11-22T13:49:00Z\",\"init\":true,\"attrs\":{\"release\":\"r1\"}}\n");
  ASSERT_THAT(batch->sessions, SizeIs(1));
  EXPECT_EQ(batch->sessions[0].started, *base::parse_rfc3339("2026-11-22T16:49:00Z"));
}

TEST(ClockDrift, OfLessThanAnHourIsNone) {
  EXPECT_EQ(clock_drift("2026-11-22T16:00:00Z", kReceived), 0);
  EXPECT_EQ(clock_drift("2026-11-22T15:50:00Z", kReceived), base::kNanosPerHour);
  EXPECT_EQ(clock_drift("2026-11-22T17:50:00Z", kReceived), -base::kNanosPerHour);
  EXPECT_EQ(clock_drift("", kReceived), 0);
  EXPECT_EQ(clock_drift("soon", kReceived), 0);
}

}  // namespace
}  // namespace tripod::ingest::sentry
