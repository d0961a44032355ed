// Finds targets beside those that the configuration names: in files and behind URLs.
// https://prometheus.io/docs/prometheus/latest/configuration/configuration/#file_sd_config and #http_sd_config
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "scrape/config.h"
#include "scrape/fetch.h"
#include "scrape/target.h"

namespace tripod::scrape {

// A source of targets as people see it.
struct DiscoveryStatus {
  std::string job;
  std::string source;              // the patterns of files, or the URL
  base::UnixNanos last_refresh = 0;  // 0: never
  std::string last_error;          // the targets are those of the last time that it worked
  uint64_t targets = 0;
};

// What each source said last. Files are looked at every few seconds and read when they changed; a file or URL that cannot be read keeps
// what it said before, a file that is gone takes its targets with it. Thread-safe; one caller at a time refreshes.
class Discovery {
 public:
  // All outlive it.
  Discovery(base::Fs& fs, Fetcher& fetcher, base::Logger& logger) : fs_(fs), fetcher_(fetcher), logger_(logger) {}

  // From now on these sources; those that are configured as before keep what they said.
  void configure(const ScrapeConfig& config);
  // Asks the sources that are due; true where what is found changed. Waits for URLs as long as their job's timeout.
  bool refresh(base::UnixNanos now, std::stop_token stop);
  // When the next one is due; INT64_MAX: there is none.
  base::UnixNanos next_due() const;

  DiscoveredGroups groups() const;
  std::vector<DiscoveryStatus> status() const;

 private:
  struct KnownFile;
  struct Source;
  using SourcePtr = std::shared_ptr<Source>;
  using FileGroups = std::map<std::string, std::vector<TargetGroup>>;  // by path or URL

  std::vector<TargetGroup> read_file(const Source& source, const std::string& path, KnownFile& file);
  // Whether what is found changed.
  bool read_files(Source& source);
  bool ask_url(Source& source, std::stop_token stop);
  base::Result<std::vector<TargetGroup>> fetch(const Source& source, std::stop_token stop);
  void note(Source& source, const std::string& error);
  bool take(Source& source, FileGroups found);

  base::Fs& fs_;
  Fetcher& fetcher_;
  base::Logger& logger_;
  mutable std::mutex mu_;  // never held while a file or URL is read
  std::vector<SourcePtr> sources_;  // guarded by mu_
};

}  // namespace tripod::scrape
