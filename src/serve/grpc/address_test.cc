#include "serve/grpc/address.h"

#include <gtest/gtest.h>

namespace tripod::serve {
namespace {

TEST(ListenAddress, TakesIpAddressesAndPorts) {
  const auto v4 = parse_listen_address("127.0.0.1:4317");
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->text(), "127.0.0.1:4317");
  EXPECT_TRUE(v4->is_loopback);

  const auto v6 = parse_listen_address("[::1]:0");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->text(), "[::1]:0");
  EXPECT_TRUE(v6->is_loopback);

  const auto any = parse_listen_address(":4317");
  ASSERT_TRUE(any);
  EXPECT_EQ(any->text(), "0.0.0.0:4317");
  EXPECT_FALSE(any->is_loopback);

  EXPECT_EQ(parse_listen_address("localhost:1")->text(), "127.0.0.1:1");
  EXPECT_FALSE(parse_listen_address("192.0.2.1:1")->is_loopback);
}

TEST(ListenAddress, SaysWhatIsWrong) {
  EXPECT_EQ(parse_listen_address("4317").error().message, "address without a port: 4317");
  EXPECT_EQ(parse_listen_address("example.org:1").error().message, "not an IP address: example.org");
  EXPECT_EQ(parse_listen_address("127.0.0.1:65536").error().message, "not a port: 65536");
  EXPECT_EQ(parse_listen_address("127.0.0.1:").error().message, "not a port: ");
  EXPECT_EQ(parse_listen_address("::1:4317").error().code, base::Code::kInvalidArgument);
}

TEST(GrpcPeer, ReadsBothSpellings) {
  const Peer v4 = parse_grpc_peer("ipv4:127.0.0.1:50342", true);
  EXPECT_EQ(v4.address, "127.0.0.1");
  EXPECT_TRUE(v4.is_loopback && v4.is_private && v4.listener_is_loopback);

  for (const char* uri : {"ipv6:%5B::1%5D:50342", "ipv6:[::1]:50342"}) {
    const Peer v6 = parse_grpc_peer(uri, false);
    EXPECT_EQ(v6.address, "::1") << uri;
    EXPECT_TRUE(v6.is_loopback && v6.is_private) << uri;
    EXPECT_FALSE(v6.listener_is_loopback) << uri;
  }
}

TEST(GrpcPeer, KnowsPrivateNetworks) {
  const auto is_private = [](const char* uri) { return parse_grpc_peer(uri, false).is_private; };
  EXPECT_TRUE(is_private("ipv4:10.1.2.3:1"));
  EXPECT_TRUE(is_private("ipv4:172.31.0.1:1"));
  EXPECT_FALSE(is_private("ipv4:172.32.0.1:1"));
  EXPECT_TRUE(is_private("ipv4:192.168.0.1:1"));
  EXPECT_FALSE(is_private("ipv4:192.0.2.1:1"));
  EXPECT_TRUE(is_private("ipv6:%5Bfd00::1%5D:1"));
  EXPECT_TRUE(is_private("ipv6:%5Bfe80::1%25eth0%5D:1"));
  EXPECT_FALSE(is_private("ipv6:%5B2001:db8::1%5D:1"));
}

TEST(GrpcPeer, MappedIpv4IsWhatItIs) {
  const Peer loopback = parse_grpc_peer("ipv6:%5B::ffff:127.0.0.1%5D:1", false);
  EXPECT_EQ(loopback.address, "127.0.0.1");
  EXPECT_TRUE(loopback.is_loopback);
  EXPECT_FALSE(parse_grpc_peer("ipv6:%5B::ffff:192.0.2.1%5D:1", false).is_private);
}

TEST(GrpcPeer, AnythingElseIsNobodyNear) {
  for (const char* uri : {"", "unix:/run/x", "ipv4:", "ipv4:127.0.0.1", "ipv6:%5B%5D:1", "ipv4:nowhere:1"}) {
    const Peer peer = parse_grpc_peer(uri, true);
    EXPECT_FALSE(peer.is_loopback) << uri;
    EXPECT_FALSE(peer.is_private) << uri;
  }
}

}  // namespace
}  // namespace tripod::serve
