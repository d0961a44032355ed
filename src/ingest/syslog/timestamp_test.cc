#include "ingest/syslog/timestamp.h"

#include <gtest/gtest.h>

#include "base/time_text.h"

namespace tripod::ingest::syslog {
namespace {

base::UnixNanos at(std::string_view text) { return base::parse_rfc3339(text).value(); }

base::TimeZone zone(const std::string& name) {
  const auto parsed = base::TimeZone::parse(name);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return parsed ? *parsed : base::TimeZone();
}

// The time of a header, and whether all of the text was it.
std::string read(std::string_view text, const std::string& zone_name = "UTC",
                 std::string_view received = "2026-11-22T12:00:00Z") {
  const auto parsed = parse_header_time(text, zone(zone_name), at(received));
  if (!parsed) return "none";
  return base::format_rfc3339(parsed->time) + (parsed->length == text.size() ? "" : " and more");
}

TEST(HeaderTimeTest, TheClassicForm) {
  EXPECT_EQ(read("Oct 11 22:14:15"), "2026-10-11T22:14:15.000000Z");
  EXPECT_EQ(read("Oct  1 22:14:15"), "2026-10-01T22:14:15.000000Z");
  EXPECT_EQ(read("Oct 1 22:14:15"), "2026-10-01T22:14:15.000000Z");
  EXPECT_EQ(read("Oct 11 22:14:15.123456"), "2026-10-11T22:14:15.123456Z");
  EXPECT_EQ(read("Oct 11 22:14:15 host"), "2026-10-11T22:14:15.000000Z and more");
}

TEST(HeaderTimeTest, WithAYear) {
  EXPECT_EQ(read("Oct 11 2019 22:14:15"), "2019-10-11T22:14:15.000000Z");
  EXPECT_EQ(read("2031 Oct 11 22:14:15"), "2031-10-11T22:14:15.000000Z");
  EXPECT_EQ(read("*Oct 11 2019 22:14:15.5:"), "2019-10-11T22:14:15.500000Z");
}

TEST(HeaderTimeTest, TheYearIsTheLatestThatIsNotAhead) {
  EXPECT_EQ(read("Nov 22 12:00:00"), "2026-11-22T12:00:00.000000Z");
  EXPECT_EQ(read("Nov 23 11:00:00"), "2026-11-23T11:00:00.000000Z");
  EXPECT_EQ(read("Nov 24 11:00:00"), "2025-11-24T11:00:00.000000Z");
  // Around new year, in either direction.
  EXPECT_EQ(read("Dec 31 23:59:58", "UTC", "2027-01-01T00:00:01Z"), "2026-12-31T23:59:58.000000Z");
  EXPECT_EQ(read("Jan  1 00:00:01", "UTC", "2026-12-31T23:59:58Z"), "2027-01-01T00:00:01.000000Z");
  EXPECT_EQ(read("Feb 29 08:00:00"), "2024-02-29T08:00:00.000000Z");
}

TEST(HeaderTimeTest, Rfc3339) {
  EXPECT_EQ(read("2026-11-22T16:44:39.827565+01:00"), "2026-11-22T15:44:39.827565Z");
  EXPECT_EQ(read("2026-11-22T16:44:39Z x"), "2026-11-22T16:44:39.000000Z and more");
  EXPECT_EQ(read("2026-11-22 16:44:39 x"), "2026-11-22T16:44:39.000000Z and more");
}

TEST(HeaderTimeTest, WithoutAZoneItIsInTheOneConfigured) {
  EXPECT_EQ(read("Oct 11 22:14:15", "+02:00"), "2026-10-11T20:14:15.000000Z");
  EXPECT_EQ(read("Oct 11 22:14:15", "-0530"), "2026-10-12T03:44:15.000000Z");
  EXPECT_EQ(read("Oct 11 22:14:15", "Europe/Berlin"), "2026-10-11T20:14:15.000000Z");
  EXPECT_EQ(read("Nov 11 22:14:15", "Europe/Berlin"), "2026-11-11T21:14:15.000000Z");
  EXPECT_EQ(read("2026-11-22T16:44:39", "Europe/Berlin"), "2026-11-22T15:44:39.000000Z");
  EXPECT_EQ(read("2026-11-22T16:44:39Z", "Europe/Berlin"), "2026-11-22T16:44:39.000000Z");
  // 25 October 2026 has 02:30 twice; 29 March has none.
  EXPECT_EQ(read("Oct 25 02:30:00", "Europe/Berlin"), "2026-10-25T00:30:00.000000Z");
  EXPECT_EQ(read("Mar 29 02:30:00", "Europe/Berlin"), "2026-03-29T01:30:00.000000Z");
}

TEST(HeaderTimeTest, WhatIsNone) {
  for (const char* text :
       {"", "Oct", "Oct 11", "Oct 32 22:14:15", "Oct 0 22:14:15", "Feb 30 22:14:15",
        "Okt 11 22:14:15", "Oct 11 24:00:00", "Oct 11 22:60:15", "Oct 11 2:14:15", "Oct 11 22:14",
        "Oct 11 1969 22:14:15", "2026-13-22T16:44:39Z", "2026-11-22", "1764 Oct 11 22:14:15",
        "oct 11 22:14:15"}) {
    EXPECT_EQ(read(text), "none") << text;
  }
}

TEST(TimeZoneTest, WhatIsNone) {
  for (const char* name :
       {"", "Europe/Nowhere", "+1", "+25:00", "+01:75", "+1:00", "CEST?",
        "/usr/share/zoneinfo/Europe/Berlin", "Europe/../Europe/Berlin", "libc:localtime"}) {
    EXPECT_FALSE(base::TimeZone::parse(name)) << name;
  }
}

}  // namespace
}  // namespace tripod::ingest::syslog
