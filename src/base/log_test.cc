#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

namespace tripod::base {
namespace {

using ::testing::MatchesRegex;

TEST(Logger, WritesOneJsonObjectPerLine) {
  ::testing::internal::CaptureStderr();
  auto logger = make_stderr_logger(Logger::Level::kInfo);
  logger->debug("too small to be shown");
  logger->info("started {braces} %v", {{"port", int64_t{8700}}, {"ok", true}});
  logger->error("bad", {{"why", std::string_view("a\nb\"c\xff")}, {"ratio", 0.25}});
  const std::string time = "\\{\"time\":\"[0-9T:.-]+Z\",";
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              MatchesRegex(time +
                           "\"level\":\"info\",\"event\":\"started \\{braces\\} %v\","
                           "\"port\":8700,\"ok\":true\\}\n" +
                           time +
                           "\"level\":\"error\",\"event\":\"bad\",\"why\":\"a\\\\nb\\\\\"c\uFFFD\","
                           "\"ratio\":0.25\\}\n"));
}

TEST(Logger, NullLoggerIsSilent) {
  ::testing::internal::CaptureStderr();
  make_null_logger()->error("nothing", {{"a", int64_t{1}}});
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace tripod::base
