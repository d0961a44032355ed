#include "ingest/syslog/message.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/time_text.h"

namespace tripod::ingest::syslog {
namespace {

const base::UnixNanos kReceived = base::parse_rfc3339("2026-11-22T12:00:00Z").value();

// "<34> 2026-10-11T22:14:15.000000Z host=h app=a pid=p id=i sd=[...] | text": what it does not say
// is left out.
std::string read(std::string_view text) {
  const Message m = parse_message(text, base::TimeZone(), kReceived);
  std::string out;
  if (m.priority >= 0) out += fmt::format("<{}> ", m.priority);
  if (m.time != 0) out += base::format_rfc3339(m.time) + " ";
  for (const auto& [name, value] : {std::pair("host", m.hostname),
                                    {"app", m.app_name},
                                    {"pid", m.procid},
                                    {"id", m.msgid},
                                    {"sd", m.structured_data}}) {
    if (!value.empty()) out += fmt::format("{}={} ", name, value);
  }
  return out + "| " + std::string(m.text);
}

std::vector<std::string> parameters(std::string_view structured_data) {
  std::vector<std::string> out;
  ParameterReader reader(structured_data);
  while (const auto p = reader.next()) {
    out.push_back(
        fmt::format("{}.{}={}{}", p->id, p->name, p->value, p->has_escapes ? " escaped" : ""));
  }
  return out;
}

// The examples of RFC 5424, 6.5.
TEST(MessageTest, Rfc5424) {
  EXPECT_EQ(read("<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - "
                 "\xef\xbb\xbf'su root' failed for lonvick on /dev/pts/8"),
            "<34> 2003-10-11T22:14:15.003000Z host=mymachine.example.com app=su id=ID47 | "
            "'su root' failed for lonvick on /dev/pts/8");
  EXPECT_EQ(read("<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time "
                 "to make the do-nuts."),
            "<165> 2003-08-24T12:14:15.000003Z host=192.0.2.1 app=myproc pid=8710 | %% It's time "
            "to make the do-nuts.");
  EXPECT_EQ(read("<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 "
                 "[exampleSDID@32473 iut=\"3\" eventSource=\"Application\" eventID=\"1011\"]"
                 "[examplePriority@32473 class=\"high\"]"),
            "<165> 2003-10-11T22:14:15.003000Z host=mymachine.example.com app=evntslog id=ID47 "
            "sd=[exampleSDID@32473 iut=\"3\" eventSource=\"Application\" eventID=\"1011\"]"
            "[examplePriority@32473 class=\"high\"] | ");
  EXPECT_EQ(read("<0>1 - - - - - -"), "<0> | ");
  EXPECT_EQ(read("<0>1 - - - - - -  rsyslog's blank"), "<0> | rsyslog's blank");
  EXPECT_EQ(read("<0>1 - - - - - -   indented"), "<0> |   indented");
  EXPECT_EQ(read("<191>12 - - - - - - text"), "<191> | text");
}

TEST(MessageTest, BrokenStructuredDataStaysInTheText) {
  for (const char* broken : {"[id", "[id a=b] x", "[id a=\"b] x", "[] x", "[id a=\"b\"x] y",
                             "[id a] x", "[id =\"b\"] x", "[id a=\"b\"]x", "no data at all"}) {
    EXPECT_EQ(read(std::string("<13>1 - h a - - ") + broken),
              std::string("<13> host=h app=a | ") + broken);
  }
}

TEST(MessageTest, ParametersOfStructuredData) {
  EXPECT_EQ(parameters("[a x=\"1\" y=\"a\\\"b\\]c\\\\\"][b][c z=\"\" ]"),
            (std::vector<std::string>{"a.x=1", "a.y=a\\\"b\\]c\\\\ escaped", "c.z="}));
  EXPECT_EQ(parameters(""), std::vector<std::string>{});
}

TEST(MessageTest, Rfc3164) {
  EXPECT_EQ(read("<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8"),
            "<34> 2026-10-11T22:14:15.000000Z host=mymachine app=su | 'su root' failed for lonvick "
            "on /dev/pts/8");
  EXPECT_EQ(read("<13>Feb  5 17:32:18 10.0.0.99 Use the BFG!"),
            "<13> 2026-02-05T17:32:18.000000Z host=10.0.0.99 | Use the BFG!");
  EXPECT_EQ(read("<30>Oct 11 22:14:15 web-1 sshd[1234]: Accepted"),
            "<30> 2026-10-11T22:14:15.000000Z host=web-1 app=sshd pid=1234 | Accepted");
  EXPECT_EQ(read("<30>Oct 11 22:14:15 fe80::1%eth0 postfix/smtpd[12]: connect from x[1]: y"),
            "<30> 2026-10-11T22:14:15.000000Z host=fe80::1%eth0 app=postfix/smtpd pid=12 | connect "
            "from x[1]: y");
  EXPECT_EQ(read("<30>Oct 11 22:14:15 web-1 app:"),
            "<30> 2026-10-11T22:14:15.000000Z host=web-1 app=app | ");
  EXPECT_EQ(read("<30>Oct 11 22:14:15 web-1"), "<30> 2026-10-11T22:14:15.000000Z | web-1");
  EXPECT_EQ(read("<30>Oct 11 22:14:15"), "<30> 2026-10-11T22:14:15.000000Z | ");
}

TEST(MessageTest, TheFormsThatAreSentInItsName) {
  // rsyslog's forward format
  EXPECT_EQ(read("<30>2026-11-22T16:44:39.827565+00:00 web-1 djzen[7]: hello"),
            "<30> 2026-11-22T16:44:39.827565Z host=web-1 app=djzen pid=7 | hello");
  // the local socket's: no host
  EXPECT_EQ(read("<38>Oct 11 22:14:15 su[3]: no host"),
            "<38> 2026-10-11T22:14:15.000000Z app=su pid=3 | no host");
  // Python's SysLogHandler: no header at all, with and without an ident
  EXPECT_EQ(read("<14>plain text: with a colon"), "<14> | plain text: with a colon");
  EXPECT_EQ(read("<14>shop[9]: hello"), "<14> app=shop pid=9 | hello");
  // a file of a syslog daemon
  EXPECT_EQ(read("Oct 11 22:14:15 web-1 cron[5]: (root) CMD"),
            "2026-10-11T22:14:15.000000Z host=web-1 app=cron pid=5 | (root) CMD");
  EXPECT_EQ(read("<189>Oct 11 22:14:15 sw1 %SYS-5-CONFIG_I: Configured"),
            "<189> 2026-10-11T22:14:15.000000Z host=sw1 app=%SYS-5-CONFIG_I | Configured");
}

TEST(MessageTest, WhatIsNoHeaderIsText) {
  EXPECT_EQ(read("hello"), "| hello");
  EXPECT_EQ(read(""), "| ");
  EXPECT_EQ(read("<>x"), "| <>x");
  EXPECT_EQ(read("<192>x"), "| <192>x");
  EXPECT_EQ(read("<1234>x"), "| <1234>x");
  EXPECT_EQ(read("<13"), "| <13");
  EXPECT_EQ(read("<13>"), "<13> | ");
  EXPECT_EQ(read("<13>1 yesterday h a - - - x"), "<13> | 1 yesterday h a - - - x");
  EXPECT_EQ(read("<13>1 2003-10-11T22:14:15.003Z h a"), "<13> | 1 2003-10-11T22:14:15.003Z h a");
  EXPECT_EQ(read("<13>Oct 11 22:14:15 http://x: y"),
            "<13> 2026-10-11T22:14:15.000000Z | http://x: y");
  EXPECT_EQ(read("<13>app[]: x"), "<13> | app[]: x");
}

}  // namespace
}  // namespace tripod::ingest::syslog
