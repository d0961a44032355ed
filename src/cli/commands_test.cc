#include "cli/commands.h"

#include <gtest/gtest.h>

namespace tripod::cli {
namespace {

constexpr base::UnixNanos kNow = 1'795'364'762 * base::kNanosPerSecond;

TEST(DefaultStep, ARangeHas250Steps) {
  EXPECT_EQ(default_step("now-1h", "now", kNow).value(), "14s");
  EXPECT_EQ(default_step("2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z", kNow).value(), "345s");
  EXPECT_EQ(default_step("1795364000", "1795364250.9", kNow).value(), "1s");
}

TEST(DefaultStep, IsASecondAtLeast) {
  EXPECT_EQ(default_step("now-5s", "now", kNow).value(), "1s");
  EXPECT_EQ(default_step("now", "now-1h", kNow).value(), "1s") << "the server says what is wrong";
}

TEST(DefaultStep, TakesTheWidestRange) {
  EXPECT_EQ(default_step("1677-09-22T00:00:00Z", "2262-04-11T00:00:00Z", kNow).value(), "73786291s");
}

TEST(DefaultStep, NamesWhatIsNoTime) {
  EXPECT_EQ(default_step("yesterday", "now", kNow).error().message.substr(0, 9), "--start: ");
  EXPECT_EQ(default_step("now", "yesterday", kNow).error().message.substr(0, 7), "--end: ");
}

TEST(Address, TheUrlMayEndWithSlashes) {
  for (const char* url : {"http://host:8700", "http://host:8700/", "http://host:8700//"}) {
    EXPECT_EQ(address_of({.url = url, .token = ""}, "/api/app/issues"), "http://host:8700/api/app/issues") << url;
  }
  EXPECT_EQ(address_of({.url = "https://host/tripod/", .token = ""}, "/api"), "https://host/tripod/api");
}

}  // namespace
}  // namespace tripod::cli
