// Hundreds of random lives: programs write and rotate, the server fails and loses answers, disks
// fail at any operation, the shipper is killed. Each line is found once.
#include <algorithm>
#include <random>

#include "ship/testing/shipper_fixture.h"

namespace tripod::ship::testing {
namespace {

class SimulationTest : public ShipperTest {
 protected:
  // Rotated names match too: a file that is made and moved away while nobody looks is then found.
  SimulationTest() { config_.inputs[0].paths = {*base::Glob::parse("/log/*.log*")}; }

  struct Log {
    std::string name;
    uint64_t rotations = 0;
    std::string partial;  // a line without its end
  };

  uint64_t below(uint64_t n) { return random_() % n; }
  bool chance(uint64_t percent) { return below(100) < percent; }

  void write_lines(Log& log) {
    std::string bytes = log.partial.empty() ? "" : " rest\n";
    log.partial.clear();
    for (uint64_t i = below(30); i > 0; --i) bytes += next_line() + "\n";
    if (chance(20)) {
      log.partial = "part " + std::to_string(written_.size());
      written_.push_back(log.partial + " rest");
      bytes += log.partial;
    }
    write(path_of(log), bytes);
  }
  std::string next_line() {
    std::string line = chance(50) ? "{\"n\":" + std::to_string(written_.size()) + "}"
                                  : "line " + std::to_string(written_.size());
    written_.push_back(line);
    return line;
  }
  static std::string path_of(const Log& log) { return "/log/" + log.name + ".log"; }

  void rotate(Log& log) {
    if (!fs_.exists(path_of(log)) || !log.partial.empty()) return;
    rename(path_of(log), path_of(log) + "." + std::to_string(++log.rotations));
  }

  void fail_disk_after(uint64_t operations) {
    fs_.set_fault_hook([this, left = operations](
                           base::MemFs::Op op,
                           const std::string& path) mutable -> std::optional<base::MemFs::Fault> {
      if (op == base::MemFs::Op::kRead || !path.starts_with("/state")) return std::nullopt;
      if (left > 0) {
        --left;
        return std::nullopt;
      }
      return base::MemFs::Fault{{base::Code::kIo, "EIO"}, below(100)};
    });
  }

  void upset_server() {
    const int statuses[] = {0, 0, 503, 429, 401, 500};
    server_.told.push_back({.status = statuses[below(6)], .kept = chance(50)});
  }

  void live(uint64_t seed) {
    random_.seed(seed);
    config_.output.batch_bytes = 256 + below(4096);
    // One limit for all of a seed's lives: a batch that was taken whole is not found too large
    // later.
    server_.most_records = chance(20) ? 3 + below(20) : SIZE_MAX;
    config_.inputs[0].lines.join = chance(50) ? Join::kOff : Join::kAuto;
    std::vector<Log> logs = {{.name = "a"}, {.name = "b"}};
    for (int action = 0; action < 80; ++action) {
      Log& log = logs[below(2)];
      const uint64_t what = below(10);
      if (what < 5)
        write_lines(log);
      else if (what < 6)
        rotate(log);
      else if (what < 7)
        upset_server();
      if (chance(15)) fail_disk_after(below(6));
      run_for(static_cast<int64_t>(below(900)) * base::kNanosPerMilli);
      if (chance(20)) {
        kill();
        fs_.set_fault_hook({});
      }
    }
    kill();
    fs_.set_fault_hook({});
    for (Log& log : logs) {
      if (!log.partial.empty()) write(path_of(log), " rest\n");
    }
    server_.told.clear();
    for (int i = 0; i < 60 && server_.records.size() < written_.size(); ++i) settle();
    settle();  // what would come twice
  }

  std::mt19937_64 random_;
  std::vector<std::string> written_;
};

class Seeds : public SimulationTest, public ::testing::WithParamInterface<int> {};

TEST_P(Seeds, EveryLineArrivesOnce) {
  for (uint64_t i = 0; i < 20; ++i) {
    const uint64_t seed = static_cast<uint64_t>(GetParam()) * 1000 + i;
    kill();
    server_ = {};
    written_.clear();
    for (const char* folder : {"/log", "/state"}) ASSERT_TRUE(fs_.remove_all(folder));
    ASSERT_TRUE(fs_.create_dirs("/log"));
    live(seed);
    auto found = server_.texts();
    std::ranges::sort(found);
    std::ranges::sort(written_);
    std::vector<std::string> missing;
    std::vector<std::string> more;
    std::ranges::set_difference(written_, found, std::back_inserter(missing));
    std::ranges::set_difference(found, written_, std::back_inserter(more));
    ASSERT_THAT(missing, ::testing::IsEmpty()) << "seed " << seed;
    ASSERT_THAT(more, ::testing::IsEmpty()) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(OfSimulations, Seeds, ::testing::Range(0, 10));

}  // namespace
}  // namespace tripod::ship::testing
