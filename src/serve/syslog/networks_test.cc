#include "serve/syslog/networks.h"

#include <gtest/gtest.h>

namespace tripod::serve {
namespace {

bool contain(const std::vector<std::string>& networks, const char* address) {
  const auto parsed = Networks::parse(networks);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return parsed && parsed->contain(boost::asio::ip::make_address(address));
}

TEST(NetworksTest, ByPrefix) {
  EXPECT_TRUE(contain({"10.0.0.0/8"}, "10.255.1.2"));
  EXPECT_FALSE(contain({"10.0.0.0/8"}, "11.0.0.1"));
  EXPECT_TRUE(contain({"172.16.0.0/12"}, "172.31.255.255"));
  EXPECT_FALSE(contain({"172.16.0.0/12"}, "172.32.0.0"));
  EXPECT_TRUE(contain({"0.0.0.0/0"}, "203.0.113.9"));
  EXPECT_TRUE(contain({"fd00::/9"}, "fd7f::1"));
  EXPECT_FALSE(contain({"fd00::/9"}, "fd80::1"));
  EXPECT_FALSE(contain({"::/0"}, "127.0.0.1"));
  EXPECT_FALSE(contain({}, "127.0.0.1"));
}

TEST(NetworksTest, ByAddress) {
  EXPECT_TRUE(contain({"192.0.2.1", "2001:db8::1"}, "192.0.2.1"));
  EXPECT_FALSE(contain({"192.0.2.1"}, "192.0.2.2"));
  EXPECT_TRUE(contain({"2001:db8::1"}, "2001:db8::1"));
  EXPECT_FALSE(contain({"2001:db8::1"}, "2001:db8::2"));
}

TEST(NetworksTest, Ipv4WithinIpv6IsIpv4) {
  EXPECT_TRUE(contain({"192.0.2.0/24"}, "::ffff:192.0.2.7"));
  EXPECT_TRUE(contain({"::ffff:192.0.2.7"}, "192.0.2.7"));
}

TEST(NetworksTest, Loopback) {
  const Networks loopback = Networks::loopback();
  for (const char* address : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(loopback.contain(boost::asio::ip::make_address(address))) << address;
  }
  for (const char* address : {"10.0.0.1", "::2", "128.0.0.1"}) {
    EXPECT_FALSE(loopback.contain(boost::asio::ip::make_address(address))) << address;
  }
}

TEST(NetworksTest, WhatIsNone) {
  for (const char* text : {"", "10.0.0.0/33", "10.0.0/8", "host", "10.0.0.0/", "10.0.0.0/x", "::/129", "/8", "10.0.0.0/8/8",
                           "10.0.0.0/-1"}) {
    EXPECT_FALSE(Networks::parse(std::vector<std::string>{text})) << text;
  }
}

}  // namespace
}  // namespace tripod::serve
