// A shipper over files in memory, a clock that is turned by hand and a fake server; it can be
// killed and started again.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem_fs.h"
#include "ship/shipper.h"
#include "ship/testing/fake_server.h"

namespace tripod::ship::testing {

class ShipperTest : public ::testing::Test {
 protected:
  ShipperTest() : clock_(1'795'365'600 * base::kNanosPerSecond), log_(base::make_null_logger()) {
    EXPECT_TRUE(fs_.create_dirs("/log"));
    Input input;
    input.paths.push_back(*base::Glob::parse("/log/*.log"));
    config_.inputs.push_back(std::move(input));
    config_.state_dir = "/state";
    config_.output.key = "k";
  }

  void start() {
    transport_ = std::make_unique<FakeTransport>(server_);
    auto shipper = Shipper::open({.fs = fs_,
                                  .clock = clock_,
                                  .log = *log_,
                                  .transport = *transport_,
                                  .random_id = [this] { return random_id(); },
                                  .random = [] { return 1.0; }},
                                 config_);
    ASSERT_TRUE(shipper) << shipper.error().message;
    shipper_ = std::move(*shipper);
  }
  // As by SIGKILL: nothing is said or saved.
  void kill() {
    shipper_.reset();
    transport_.reset();
  }
  void restart() {
    kill();
    start();
  }

  // Steps, each at the time the shipper asked for, until so much time has passed.
  void run_for(int64_t nanos) {
    if (!shipper_) start();
    const int64_t end = clock_.steady() + nanos;
    while (clock_.steady() <= end) {
      const int64_t due = shipper_->step();
      clock_.set(std::max(std::min(due, end + 1), clock_.steady() + base::kNanosPerMilli));
    }
  }
  // Long enough for everything that is there to be sent.
  void settle() { run_for(5 * base::kNanosPerSecond); }

  void write(const std::string& path, std::string_view bytes) {
    auto file = fs_.open_append(path, base::Fs::Open::kAppend);
    ASSERT_TRUE(file) << file.error().message;
    ASSERT_TRUE((*file)->append(bytes));
  }
  void rename(const std::string& from, const std::string& to) { ASSERT_TRUE(fs_.rename(from, to)); }

  std::string random_id() {
    std::string digits = std::to_string(++ids_);
    return std::string(32 - digits.size(), '0') + digits;
  }

  base::MemFs fs_;
  base::ManualClock clock_;
  std::unique_ptr<base::Logger> log_;
  Config config_;
  FakeServer server_;
  std::unique_ptr<FakeTransport> transport_;
  std::unique_ptr<Shipper> shipper_;
  uint64_t ids_ = 0;
};

}  // namespace tripod::ship::testing
