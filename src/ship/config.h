// What `tripod ship` runs with: out of a YAML file, or of the command line.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/glob.h"
#include "base/result.h"
#include "ship/batch.h"
#include "ship/lines.h"

namespace tripod::ship {

struct Input {
  std::vector<base::Glob> paths;  // none: standard input
  std::vector<base::Glob> exclude;
  Labels labels;  // of every record: service_name, host_name, and what was configured
  LineRules lines;
  int64_t join_wait_ns = base::kNanosPerSecond;  // quiet for so long, a record is complete
  enum class Start : uint8_t { kBeginning, kEnd };
  Start start =
      Start::kBeginning;  // of files that are there when the shipper starts for the first time
};

struct Output {
  std::string url = "http://127.0.0.1:8700";
  std::string key;       // of key_file or the environment; never logged
  std::string key_file;  // read again when the server refuses the key
  std::string ca_file;
  bool compress = true;  // zstd
  int64_t timeout_ns = 30 * base::kNanosPerSecond;
  int64_t linger_ns = 200 * base::kNanosPerMilli;  // how long a batch that is not full waits
  uint64_t batch_bytes = 1u << 20;                 // of text
  int64_t first_retry_ns = base::kNanosPerSecond / 2;
  int64_t most_retry_ns = 30 * base::kNanosPerSecond;
};

struct Config {
  std::vector<Input> inputs;
  bool read_stdin = false;  // the last of the inputs, which has no paths
  Output output;
  std::string state_dir = "./tripod-ship";
  uint64_t spool_bytes =
      256u << 20;  // of lines that have no file (any more) while the server is away
  uint64_t rejected_bytes = 64u << 20;  // of batches that the server does not take
  int64_t poll_interval_ns = 250 * base::kNanosPerMilli;
  int64_t rotated_wait_ns =
      5 *
      base::kNanosPerMinute;  // a file that was moved away is left when nothing came for so long
  int64_t drain_ns = 30 * base::kNanosPerSecond;  // after the end of standard input
  uint64_t most_files = 10'000;
  std::string log_level = "info";
};

// What the command line gave: names without "--" and values, in order, several of a name where it
// may be repeated; and paths.
struct Options {
  std::vector<std::pair<std::string, std::string>> values;
  std::vector<std::string> paths;
};

// Where values come from besides the options.
struct Surroundings {
  std::function<base::Result<std::string>(const std::string& path)> read_file;
  std::function<const char*(const char* name)> environment;
  std::string host_name;  // "" : records get no host.name
};

// With --config the file says everything but what --state, --to, --key-file and --log-level say.
// kInvalidArgument: file, line and what is wrong there. The key is never part of an error.
base::Result<Config> make_config(const Options& options, const Surroundings& surroundings);

// The YAML text alone; errors begin with "line N: ". Used by make_config.
base::Result<Config> parse_config(const std::string& yaml, const Surroundings& surroundings);

}  // namespace tripod::ship
