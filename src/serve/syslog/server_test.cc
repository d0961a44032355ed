#include "serve/syslog/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/write.hpp>
#include <condition_variable>
#include <mutex>
#include <set>

namespace tripod::serve {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using base::Code;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Stands for the pipeline: keeps what it is given, and answers as it is told.
class Sink {
 public:
  void submit(model::Batch batch, const pipeline::Source& source, pipeline::Pipeline::Done done) {
    std::unique_lock lock(mu_);
    changed_.wait(lock, [&] { return !held_; });
    if (refusals_ > 0) {
      --refusals_;
      ++refused_;
      changed_.notify_all();
      lock.unlock();
      return done(base::fail(refusal_, "refused"));
    }
    for (const auto& log : batch.logs) {
      texts_.emplace_back(log.body.text());
      hosts_.emplace(model::find_text(batch.resources[log.resource].attributes, "host.name"));
    }
    for (const auto& r : batch.rejections) rejections_.push_back(r.reason + " " + std::to_string(r.count));
    peers_.insert(source.peer);
    changed_.notify_all();
    lock.unlock();
    done(pipeline::Outcome{});
  }

  void hold() { std::lock_guard lock(mu_); held_ = true; }
  void release() {
    std::lock_guard lock(mu_);
    held_ = false;
    changed_.notify_all();
  }
  void refuse(int times, Code code) {
    std::lock_guard lock(mu_);
    refusals_ = times;
    refusal_ = code;
  }

  std::vector<std::string> await_texts(size_t count) {
    std::unique_lock lock(mu_);
    EXPECT_TRUE(changed_.wait_for(lock, seconds(20), [&] { return texts_.size() >= count; })) << texts_.size() << " of " << count;
    return texts_;
  }
  std::vector<std::string> await_rejections(size_t count) {
    std::unique_lock lock(mu_);
    EXPECT_TRUE(changed_.wait_for(lock, seconds(20), [&] { return rejections_.size() >= count; }));
    return rejections_;
  }
  std::vector<std::string> texts() { std::lock_guard lock(mu_); return texts_; }
  std::set<std::string> hosts() { std::lock_guard lock(mu_); return hosts_; }
  std::set<std::string> peers() { std::lock_guard lock(mu_); return peers_; }
  void await_refusal() {
    std::unique_lock lock(mu_);
    EXPECT_TRUE(changed_.wait_for(lock, seconds(20), [&] { return refused_ > 0; }));
  }
  // Until something that nobody announces is so.
  template <class Probe>
  bool eventually(Probe&& probe) {
    std::unique_lock lock(mu_);
    for (int i = 0; i < 10'000; ++i) {
      if (probe()) return true;
      changed_.wait_for(lock, milliseconds(1));
    }
    return false;
  }

 private:
  std::mutex mu_;
  std::condition_variable changed_;
  // guarded by mu_
  std::vector<std::string> texts_;
  std::vector<std::string> rejections_;
  std::set<std::string> hosts_;
  std::set<std::string> peers_;
  size_t refused_ = 0;
  bool held_ = false;
  int refusals_ = 0;
  Code refusal_ = Code::kUnavailable;
};

class SyslogServerTest : public ::testing::Test {
 protected:
  void start(SyslogOptions options = {.tcp = "127.0.0.1:0", .udp = "127.0.0.1:0"}, SyslogLimits limits = {}) {
    auto made = make(options, limits);
    ASSERT_TRUE(made) << made.error().message;
    server_ = std::move(*made);
    auto bound = server_->bind();
    ASSERT_TRUE(bound) << bound.error().message;
    addresses_ = *bound;
    server_->start();
  }
  base::Result<std::unique_ptr<SyslogServer>> make(const SyslogOptions& options, SyslogLimits limits = {}) {
    return SyslogServer::make({.workers = workers_,
                               .memory = memory_,
                               .metrics = metrics_,
                               .clock = clock_,
                               .ledger = ledger_,
                               .submit = [this](model::Batch batch, pipeline::Source source,
                                                pipeline::Pipeline::Done done) { sink_.submit(std::move(batch), source, std::move(done)); },
                               .limits = limits},
                              options);
  }
  void stop() {
    if (!server_) return;
    server_->stop(seconds(5));
    workers_.drain();
    server_.reset();
  }
  void TearDown() override {
    sink_.release();
    stop();
  }

  static uint16_t port(const std::string& address) {
    return static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }
  tcp::socket connect() {
    tcp::socket socket(io_);
    socket.connect({asio::ip::make_address("127.0.0.1"), port(addresses_.tcp)});
    return socket;
  }
  static void send(tcp::socket& socket, std::string_view text) { asio::write(socket, asio::buffer(text)); }
  void send_datagram(std::string_view text) {
    sender_.send_to(asio::buffer(text), {asio::ip::make_address("127.0.0.1"), port(addresses_.udp)});
  }
  // "reason count" by reason, as the ledger has counted.
  std::vector<std::string> rejected() const {
    std::vector<std::string> out;
    for (const auto& total : ledger_.rejection_totals()) out.push_back(total.reason + " " + std::to_string(total.count));
    return out;
  }
  uint64_t rejected(const std::string& reason) const {
    for (const auto& total : ledger_.rejection_totals()) {
      if (total.protocol == "syslog" && total.reason == reason) return total.count;
    }
    return 0;
  }
  // The other side has closed.
  static bool is_closed(tcp::socket& socket) {
    std::array<char, 1> byte;
    boost::system::error_code ec;
    socket.read_some(asio::buffer(byte), ec);
    return ec == asio::error::eof || ec == asio::error::connection_reset;
  }

  const base::ManualClock clock_{1'795'365'900'000'000'000};
  base::MetricRegistry metrics_;
  base::MemoryBudget memory_{size_t{256} << 20};
  pipeline::IntakeLedger ledger_{clock_, metrics_};
  Workers workers_{2, 64};
  Sink sink_;
  std::unique_ptr<SyslogServer> server_;
  SyslogServer::Addresses addresses_;
  asio::io_context io_;
  udp::socket sender_{io_, udp::v4()};
};

TEST_F(SyslogServerTest, BothFramingsOnOneConnection) {
  start();
  auto socket = connect();
  send(socket, "<13>1 - web-1 shop - - - one\n11 <13>two\nt");
  send(socket, std::string_view("wo<14>three\0", 12));
  EXPECT_THAT(sink_.await_texts(3), ElementsAre("one", "two\ntwo", "three"));
  EXPECT_THAT(sink_.hosts(), ElementsAre("127.0.0.1", "web-1"));
  EXPECT_THAT(sink_.peers(), ElementsAre("127.0.0.1"));
}

TEST_F(SyslogServerTest, Datagrams) {
  start();
  send_datagram("<13>1 - web-1 shop - - - one");
  sink_.await_texts(1);
  send_datagram(std::string_view("<13>two\nlines\n\0", 15));
  sink_.await_texts(2);
  send_datagram("\n");
  send_datagram(std::string("<13>") + std::string(65'000, 'x'));
  EXPECT_THAT(sink_.await_texts(3), ElementsAre("one", "two\nlines", std::string(65'000, 'x')));
}

TEST_F(SyslogServerTest, AMessageWithoutItsEndIsRejectedWhenItsSenderGoes) {
  start();
  auto socket = connect();
  send(socket, "<13>whole\n<13>cut");
  socket.close();
  EXPECT_THAT(sink_.await_rejections(1), ElementsAre("incomplete_frame 1"));
  EXPECT_THAT(sink_.texts(), ElementsAre("whole"));
  auto counted = connect();
  send(counted, "9 <13>whole500 <13>cut");
  counted.close();
  EXPECT_THAT(sink_.await_rejections(2), ElementsAre("incomplete_frame 1", "incomplete_frame 1"));
}

TEST_F(SyslogServerTest, OrWhenItStaysSilent) {
  start({.tcp = "127.0.0.1:0"}, {.frame = milliseconds(30)});
  auto socket = connect();
  send(socket, "<13>before\n<13>never");
  EXPECT_THAT(sink_.await_rejections(1), ElementsAre("incomplete_frame 1"));
  send(socket, " ended\n<13>after\n");
  EXPECT_THAT(sink_.await_texts(2), ElementsAre("before", "after"));
}

TEST_F(SyslogServerTest, WhatIsTooLongIsRejectedAlone) {
  start();
  auto socket = connect();
  send(socket, "<13>before\n" + std::string(3 << 20, 'x') + "\n<13>after\n");
  EXPECT_THAT(sink_.await_texts(2), ElementsAre("before", "after"));
  EXPECT_THAT(sink_.await_rejections(1), ElementsAre("message_too_long 1"));
}

TEST_F(SyslogServerTest, IdleConnectionsAreClosed) {
  start({.tcp = "127.0.0.1:0"}, {.idle = milliseconds(30)});
  auto socket = connect();
  EXPECT_TRUE(is_closed(socket));
}

TEST_F(SyslogServerTest, NothingMoreIsReadWhileThePipelineIsBusy) {
  start();
  sink_.hold();
  auto socket = connect();
  socket.non_blocking(true);
  const std::string chunk = "<13>" + std::string(95, 'x') + "\n";
  // Until the kernel's buffers are full on both sides: the server has stopped to read.
  size_t sent = 0;
  const size_t most = size_t{200} << 20;
  int in_vain = 0;
  const bool blocked = sink_.eventually([&] {
    boost::system::error_code ec;
    const size_t before = sent;
    while (!ec && sent < most) sent += socket.write_some(asio::buffer(chunk.data() + sent % 100, 100 - sent % 100), ec);
    in_vain = sent == before ? in_vain + 1 : 0;
    return in_vain == 100;
  });
  EXPECT_TRUE(blocked);
  EXPECT_LT(sent, most);
  EXPECT_TRUE(sink_.texts().empty());
  sink_.release();
  socket.non_blocking(false);
  send(socket, std::string_view(chunk).substr(sent % 100, 100 - sent % 100));
  const size_t messages = sent / 100 + 1;
  EXPECT_EQ(sink_.await_texts(messages).size(), messages);
}

TEST_F(SyslogServerTest, WhatIsRefusedForATimeIsTriedAgain) {
  start();
  sink_.refuse(3, Code::kResourceExhausted);
  auto socket = connect();
  send(socket, "<13>one\n");
  EXPECT_THAT(sink_.await_texts(1), ElementsAre("one"));
  EXPECT_THAT(rejected(), ElementsAre());
}

TEST_F(SyslogServerTest, WhatIsRefusedForGoodIsCounted) {
  start();
  sink_.refuse(1, Code::kInternal);
  auto socket = connect();
  send(socket, "<13>one\n<13>two\n");
  EXPECT_TRUE(sink_.eventually([&] { return rejected("internal") == 2; }));
  send(socket, "<13>three\n");
  EXPECT_THAT(sink_.await_texts(1), ElementsAre("three"));
}

TEST_F(SyslogServerTest, OthersMayNotSend) {
  start({.tcp = "127.0.0.1:0", .udp = "127.0.0.1:0", .allow_from = {"10.0.0.0/8", "fd00::/8"}});
  auto socket = connect();
  EXPECT_TRUE(is_closed(socket));
  for (int i = 0; i < 5; ++i) send_datagram("<13>refused");
  EXPECT_TRUE(sink_.eventually([&] { return rejected("peer_not_allowed") == 6; })) << rejected("peer_not_allowed");
  EXPECT_TRUE(sink_.texts().empty());
  const auto listed = ledger_.recent_rejections();
  ASSERT_FALSE(listed.empty());
  EXPECT_EQ(listed[0].peer, "127.0.0.1");
}

TEST_F(SyslogServerTest, ConnectionsAreBounded) {
  start({.tcp = "127.0.0.1:0"}, {.connections = 1});
  auto first = connect();
  send(first, "<13>one\n");
  sink_.await_texts(1);
  auto second = connect();
  EXPECT_TRUE(is_closed(second));
  stop();
  EXPECT_THAT(rejected(), ElementsAre("too_many_connections 1"));
}

TEST_F(SyslogServerTest, DatagramsThatFindNoRoomAreCountedOneByOne) {
  start({.udp = "127.0.0.1:0"}, {.udp_queue_bytes = 20'000});
  sink_.hold();
  constexpr size_t kSent = 3000;
  for (size_t i = 0; i < kSent; ++i) send_datagram("<13>" + std::string(96, 'x'));
  EXPECT_TRUE(sink_.eventually([&] { return rejected("udp_queue_full") > 0; }));
  sink_.release();
  stop();
  const size_t dropped = rejected("udp_queue_full") + rejected("udp_receive_buffer_full");
  EXPECT_EQ(sink_.texts().size() + dropped, kSent);
  EXPECT_GT(sink_.texts().size(), 0u);
}

TEST_F(SyslogServerTest, StoppingStoresWhatHasCome) {
  start();
  auto socket = connect();
  send(socket, "<13>first\n");
  sink_.await_texts(1);
  sink_.hold();
  send(socket, "<13>held\n");
  std::string lines;
  for (int i = 0; i < 2000; ++i) lines += "<13>line " + std::to_string(i) + "\n";
  send(socket, lines + "<13>half");
  for (int i = 0; i < 10; ++i) send_datagram("<13>datagram");
  sink_.release();
  stop();
  EXPECT_EQ(sink_.texts().size(), 2012u);
  EXPECT_THAT(sink_.await_rejections(1), ElementsAre("incomplete_frame 1"));
  EXPECT_TRUE(is_closed(socket));
}

TEST_F(SyslogServerTest, StoppingDoesNotWaitForAStoreThatRefuses) {
  start();
  sink_.refuse(1'000'000, Code::kUnavailable);
  auto socket = connect();
  send(socket, "<13>one\n");
  const auto before = std::chrono::steady_clock::now();
  sink_.await_refusal();
  stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, seconds(4));
}

TEST_F(SyslogServerTest, WithoutMemoryItWaits) {
  auto all = memory_.charge(memory_.limit());
  start({.tcp = "127.0.0.1:0"});
  auto socket = connect();
  send(socket, "<13>one\n");
  all = {};
  EXPECT_THAT(sink_.await_texts(1), ElementsAre("one"));
}

TEST_F(SyslogServerTest, WhatOthersCanReachNeedsNetworks) {
  const auto error_of = [&](const SyslogOptions& options) {
    const auto made = make(options);
    return made ? std::string() : made.error().message;
  };
  EXPECT_THAT(error_of({.tcp = "0.0.0.0:0"}), HasSubstr("syslog.allow_from"));
  EXPECT_THAT(error_of({.udp = "[::]:0"}), HasSubstr("syslog.udp: others can reach"));
  EXPECT_EQ(error_of({.tcp = "0.0.0.0:0", .allow_from = {"10.0.0.0/8"}}), "");
  EXPECT_EQ(error_of({.tcp = "[::1]:0", .udp = "127.0.0.1:0"}), "");
  EXPECT_THAT(error_of({.tcp = "127.0.0.1"}), HasSubstr("syslog.tcp"));
  EXPECT_THAT(error_of({.tcp = "127.0.0.1:0", .allow_from = {"everybody"}}), HasSubstr("syslog.allow_from: \"everybody\""));
  EXPECT_THAT(error_of({.tcp = "127.0.0.1:0", .time_zone = "Mars/Olympus"}), HasSubstr("syslog.time_zone"));
}

}  // namespace
}  // namespace tripod::serve
