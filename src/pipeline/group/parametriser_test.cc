#include "pipeline/group/parametriser.h"

#include <gtest/gtest.h>

namespace tripod::pipeline::group {
namespace {

TEST(Parametriser, NamesWhatDiffers) {
  const Parametriser parametriser;
  const std::pair<const char*, const char*> kCases[] = {
      {"user 17 not found", "user <int> not found"},
      {"at -3 degrees, 2.5 or -0.1", "at <int> degrees, <float> or <float>"},
      {"mail to bob@example.com bounced", "mail to <email> bounced"},
      {"GET https://example.com/a?b=c failed", "GET <url> failed"},
      {"cannot reach db-1.prod.example.com now", "cannot reach <hostname> now"},
      {"peer 10.0.0.12:5432 closed", "peer <ip>:<int> closed"},
      {"peer fe80::1 closed", "peer <ip> closed"},
      {"peer 2001:db8:0:0:0:0:2:1 closed", "peer <ip> closed"},
      {"trace 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 x", "trace <traceparent> x"},
      {"order f00d51ce-d807-482a-916b-7bc221cecd44 lost", "order <uuid> lost"},
      {"commit 9f8c2ab4d1e07c3355a6be21f0d94c7781e5aa30", "commit <sha1>"},
      {"trace d3e70dc0109244319e95d81c5f34787e", "trace <md5>"},
      {"at 2026-11-22T16:38:29.460804Z it broke", "at <date> it broke"},
      {"at 2026-11-22 16:38:29,460 it broke", "at <date> it broke"},
      {"on 2026-11-22 only", "on <date> only"},
      {"on Mon Jan 5 10:11:12 2026", "on <date>"},
      {"Thu, 01 Jan 1970 00:00:00 GMT", "<date>"},
      {"datetime.datetime(2026, 1, 2, 3, 4)", "<date>"},
      {"took 45ms and 1.5s", "took <duration> and <duration>"},
      {"object at 0x7f694995b510", "object at <hex>"},
      {"span b7ad6b7169203331 gone", "span <hex> gone"},
      {"rev a1b2c3d deployed", "rev <git_sha> deployed"},
      {"feedback facade defaced deadbeef", "feedback facade defaced deadbeef"},
      {"order 1234567 and 123456789", "order <int> and <int>"},
      {"Order(name='big one', id=\"x y\") flag=True other=false",
       "Order(name=<quoted_str>, id=<quoted_str>) flag=<bool> other=<bool>"},
      {"it's True that 'quoted' stays", "it's True that 'quoted' stays"},
      {"v2 utf8 x86", "v2 utf8 x86"},
      {"", ""},
      {"\xc3\xbcn\xc3\xaf"
       "code 5",
       "\xc3\xbcn\xc3\xaf"
       "code <int>"},
  };
  for (const auto& [text, expected] : kCases)
    EXPECT_EQ(parametriser.replace(text), expected) << text;
}

TEST(Parametriser, LongTextIsCutAndStaysLinear) {
  const Parametriser parametriser;
  EXPECT_LE(parametriser.replace(std::string(1 << 20, 'a')).size(), Parametriser::kMostBytes);
  EXPECT_FALSE(parametriser.replace(std::string(1 << 20, ':')).empty());
}

TEST(NormaliseMessage, KeepsTwoLines) {
  const Parametriser parametriser;
  EXPECT_EQ(normalise_message("one", parametriser), "one");
  EXPECT_EQ(normalise_message("one\ntwo", parametriser), "one\ntwo");
  EXPECT_EQ(normalise_message("\n  \none 1\r\n\ntwo\nthree", parametriser), "one <int>\ntwo...");
  EXPECT_EQ(normalise_message("", parametriser), "");
}

}  // namespace
}  // namespace tripod::pipeline::group
