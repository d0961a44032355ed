// A metric store in a folder of its own, below the temporary one, for benchmarks.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/memory_budget.h"
#include "base/result.h"
#include "store/metrics/embedded_metric_store.h"

namespace tripod {

inline constexpr int64_t kStartMs = 1'795'364'762'000;
inline constexpr int64_t kIntervalMs = 15'000;

// Not thread-safe but for what the store itself is. Removes the folder.
class BenchStore {
 public:
  explicit BenchStore(store::MetricStoreOptions options = {}, size_t memory = size_t{4} << 30)
      : path_((std::filesystem::temp_directory_path() / "tripod-bench-XXXXXX").string()), options_(std::move(options)), budget_(memory) {
    TRIPOD_CHECK(::mkdtemp(path_.data()) != nullptr);
    options_.dir = path_;
    options_.maintenance = store::MetricStoreOptions::Maintenance::kManual;
    reopen();
  }
  BenchStore(const BenchStore&) = delete;
  BenchStore& operator=(const BenchStore&) = delete;
  ~BenchStore() {
    store_.reset();
    std::filesystem::remove_all(path_);
  }
  store::EmbeddedMetricStore& operator*() { return *store_; }
  store::EmbeddedMetricStore* operator->() { return store_.get(); }
  // What a restart does: memory is not written as a block, the log has it.
  void close() { store_.reset(); }
  void reopen() {
    close();
    auto opened = store::EmbeddedMetricStore::open(fs_, clock_, budget_, *logger_, options_);
    TRIPOD_CHECK(opened.has_value());
    store_ = std::move(*opened);
  }
  void set_time(int64_t time_ms) { clock_.set(time_ms * base::kNanosPerMilli); }
  // Bytes of the files of the blocks with this ending.
  uint64_t block_bytes(const std::string& suffix) const {
    uint64_t out = 0;
    for (const auto& file : std::filesystem::directory_iterator(path_ + "/blocks")) {
      if (file.path().string().ends_with(suffix)) out += file.file_size();
    }
    return out;
  }

 private:
  std::string path_;
  store::MetricStoreOptions options_;
  base::RealFs fs_;
  base::ManualClock clock_{kStartMs * base::kNanosPerMilli};
  base::MemoryBudget budget_;
  std::unique_ptr<base::Logger> logger_ = base::make_null_logger();
  std::unique_ptr<store::EmbeddedMetricStore> store_;
};

}  // namespace tripod
