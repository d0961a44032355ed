// How many records a second reach the disk, alone and in groups, on the file system of the
// temporary folder.
#include <benchmark/benchmark.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "base/wal.h"

namespace tripod::base {
namespace {

class BenchmarkDir {
 public:
  BenchmarkDir()
      : path_((std::filesystem::temp_directory_path() / "tripod-bench-XXXXXX").string()) {
    TRIPOD_CHECK(::mkdtemp(path_.data()) != nullptr);
  }
  BenchmarkDir(const BenchmarkDir&) = delete;
  BenchmarkDir& operator=(const BenchmarkDir&) = delete;
  ~BenchmarkDir() { std::filesystem::remove_all(path_); }
  std::unique_ptr<Wal> open(RealFs& fs) const {
    WalOptions options;
    options.dir = path_ + "/wal";
    auto wal = Wal::open(fs, options, [](WalSequence, std::string_view) -> Result<> { return {}; });
    TRIPOD_CHECK(wal.has_value());
    return std::move(*wal);
  }

 private:
  std::string path_;
};

void set_rates(benchmark::State& state, int64_t records, size_t bytes) {
  state.SetItemsProcessed(records);
  state.SetBytesProcessed(records * static_cast<int64_t>(bytes));
}

// Range 0: bytes of a record; range 1: threads that each wait for their sync.
void append_and_wait(benchmark::State& state) {
  const BenchmarkDir dir;
  RealFs fs;
  auto wal = dir.open(fs);
  const std::string record(static_cast<size_t>(state.range(0)), 'r');
  const auto threads = static_cast<int>(state.range(1));
  constexpr int kPerThread = 50;
  int64_t records = 0;
  for (auto _ : state) {
    {
      std::vector<std::jthread> running;
      for (int t = 0; t < threads; ++t) {
        running.emplace_back([&] {
          for (int i = 0; i < kPerThread; ++i) TRIPOD_CHECK(wal->append_sync(record).has_value());
        });
      }
    }
    records += threads * kPerThread;
    wal->release(wal->last_sequence());
  }
  set_rates(state, records, record.size());
}
BENCHMARK(append_and_wait)
    ->ArgsProduct({{1024, 256 << 10}, {1, 8, 64}})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

// One producer that does not wait: what the committer itself can take.
void append_without_waiting(benchmark::State& state) {
  const BenchmarkDir dir;
  RealFs fs;
  auto wal = dir.open(fs);
  const std::string record(static_cast<size_t>(state.range(0)), 'r');
  int64_t records = 0;
  for (auto _ : state) {
    const int count = static_cast<int>((32 << 20) / record.size());
    for (int i = 0; i < count; ++i) {
      while (!wal->append(record, nullptr)) std::this_thread::yield();
    }
    TRIPOD_CHECK(wal->append_sync(record).has_value());
    records += count + 1;
    wal->release(wal->last_sequence());
  }
  set_rates(state, records, record.size());
}
BENCHMARK(append_without_waiting)
    ->Arg(256)
    ->Arg(4096)
    ->Arg(1 << 20)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void replay(benchmark::State& state) {
  const BenchmarkDir dir;
  RealFs fs;
  const std::string record(static_cast<size_t>(state.range(0)), 'r');
  const int count = static_cast<int>((32 << 20) / record.size());
  {
    auto wal = dir.open(fs);
    for (int i = 0; i < count; ++i) TRIPOD_CHECK(wal->append(record, nullptr).has_value());
  }
  for (auto _ : state) dir.open(fs);
  set_rates(state, state.iterations() * count, record.size());
}
BENCHMARK(replay)->Arg(256)->Arg(1 << 20)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tripod::base
