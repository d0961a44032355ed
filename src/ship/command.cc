#include "ship/command.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <random>

#include "base/file_lock.h"
#include "base/random.h"
#include "ship/curl_transport.h"
#include "ship/shipper.h"
#include "ship/watch.h"

namespace tripod::ship {

namespace {

constexpr size_t kIdBytes = 16;
constexpr size_t kInputBytes = 256u << 10;
// Hints of a busy folder come all the time: files are not looked at more often than this.
constexpr int64_t kLeastLookNs = 20 * base::kNanosPerMilli;

int64_t count_of(uint64_t n) { return static_cast<int64_t>(n); }

// SIGTERM and SIGINT as something to read.
class Signals {
 public:
  Signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT}) sigaddset(&set, signal);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ,
                SIG_IGN);  // a file over the process's limit is a failed write, as on a full disk
    descriptor_ = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  }
  ~Signals() { ::close(descriptor_); }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  int descriptor() const { return descriptor_; }
  bool take() {
    signalfd_siginfo info{};
    return ::read(descriptor_, &info, sizeof(info)) > 0;
  }

 private:
  int descriptor_ = -1;
};

// Every followed file is open.
void allow_many_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data())
                                                          : std::string();
}

base::Logger::Level level_of(const std::string& name) {
  using Level = base::Logger::Level;
  if (name == "debug") return Level::kDebug;
  if (name == "warn") return Level::kWarn;
  return name == "error" ? Level::kError : Level::kInfo;
}

class Loop {
 public:
  Loop(Shipper& shipper, CurlTransport& transport, Signals& signals, const base::Clock& clock)
      : shipper_(shipper), transport_(transport), signals_(signals), clock_(clock) {}

  void run() {
    while (true) {
      const int64_t due = shipper_.step();
      if (shipper_.finished()) return;
      watch_folders();
      wait(due);
    }
  }

 private:
  // New ones come with new files, which are found without hints too.
  void watch_folders() {
    const int64_t now = clock_.steady();
    if (watched_at_ != 0 && now - watched_at_ < base::kNanosPerSecond) return;
    watched_at_ = now;
    watch_.add(shipper_.folders());
  }

  void wait(int64_t due) {
    const int64_t now = clock_.steady();
    // After a hint was taken the next is waited for only some time later.
    const bool hints = watch_.descriptor() >= 0 && now - hinted_at_ >= kLeastLookNs;
    std::vector<int> readable = {signals_.descriptor()};
    if (hints) readable.push_back(watch_.descriptor());
    const bool input = shipper_.wants_input();
    if (input) readable.push_back(STDIN_FILENO);
    int64_t most = due - now;
    if (!hints) most = std::min(most, kLeastLookNs);
    const uint64_t ready = transport_.wait(readable, most);
    if ((ready & 1) != 0 && signals_.take()) shipper_.stop();
    if (hints && (ready & 2) != 0) {
      watch_.drain();
      hinted_at_ = clock_.steady();
      shipper_.look_now();
    }
    if (input && (ready & (uint64_t{1} << (readable.size() - 1))) != 0) read_input();
  }

  void read_input() {
    buffer_.resize(kInputBytes);
    const ssize_t got = ::read(STDIN_FILENO, buffer_.data(), buffer_.size());
    if (got > 0)
      shipper_.input({buffer_.data(), static_cast<size_t>(got)});
    else if (got == 0 || (errno != EINTR && errno != EAGAIN))
      shipper_.input_ended();
  }

  Shipper& shipper_;
  CurlTransport& transport_;
  Signals& signals_;
  const base::Clock& clock_;
  Watch watch_;
  int64_t hinted_at_ = 0;
  int64_t watched_at_ = 0;
  std::string buffer_;
};

int run_shipper(const Config& config, base::Fs& fs) {
  const auto log = base::make_stderr_logger(level_of(config.log_level));
  if (auto ok = fs.create_dirs(config.state_dir); !ok) {
    fmt::print(stderr, "tripod: {}\n", ok.error().message);
    return 1;
  }
  auto lock = base::FileLock::take(config.state_dir + "/lock");
  if (!lock) {
    fmt::print(stderr, "tripod: the state folder is in use: {}\n", lock.error().message);
    return 1;
  }
  Signals signals;
  const base::SystemClock clock;
  CurlTransport transport(config.output);
  std::mt19937_64 random{std::random_device{}()};
  auto shipper = Shipper::open(
      {.fs = fs,
       .clock = clock,
       .log = *log,
       .transport = transport,
       .random_id = [] { return base::random_hex(kIdBytes); },
       .random = [&] { return std::uniform_real_distribution<double>(0, 1)(random); }},
      config);
  if (!shipper) {
    fmt::print(stderr, "tripod: {}\n", shipper.error().message);
    return 1;
  }
  log->info("shipping", {{"to", std::string_view(config.output.url)},
                         {"state", std::string_view(config.state_dir)}});
  Loop(**shipper, transport, signals, clock).run();
  (*shipper)->report();
  const uint64_t left = (*shipper)->lines_left();
  if (left > 0)
    log->warn("lines_left_in_spool",
              {{"lines", count_of(left)}, {"when_sent", "at the next start"}});
  log->info("stopped");
  return left > 0 ? 1 : 0;
}

}  // namespace

int run_command(const Options& options, const char* (*environment)(const char* name)) {
  base::RealFs fs;
  const Surroundings surroundings{
      .read_file = [&](const std::string& path) { return fs.read_all(path); },
      .environment = environment,
      .host_name = host_name()};
  const auto config = make_config(options, surroundings);
  if (!config) {
    fmt::print(stderr, "tripod: {}\n", config.error().message);
    return 2;
  }
  const bool check = std::ranges::any_of(
      options.values, [](const auto& option) { return option.first == "check"; });
  if (check) {
    fmt::print(stderr, "tripod: the configuration is right\n");
    return 0;
  }
  umask(077);  // what is kept is for this user alone
  allow_many_files();
  return run_shipper(*config, fs);
}

}  // namespace tripod::ship
