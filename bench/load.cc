// tripod_load KIND --address HOST:PORT --key KEY [--seconds 20] [--connections 4] [--seed 1] [--rate N] [--lines N --end NANOS]
//
// Sends bodies of one kind (logs, logs-large, traces, metrics, metrics-large, errors, sessions, transactions) over keep-alive connections for a bounded time (the
// large ones: so many lines or steps up to that time) and prints what was acknowledged as one JSON object. 429 and 503 are tried again with the same body; any other refusal ends the run.
// With --rate so many units per second are sent, evenly; an answer's time then counts from when its request was due, so that a pause of the
// server is counted for every request that had to wait for it.
#include "load.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "connection.h"

namespace tripod::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kBusyPause{20};

struct Options {
  std::string kind;
  std::string address;
  double seconds = 20;
  double rate = 0;  // units per second of all connections together; 0: as many as are acknowledged
  SourceOptions source{.key = {}, .seed = 1, .connection = 0, .connections = 4, .lines = 0, .end = 0};
};

struct Totals {
  uint64_t requests = 0;
  uint64_t units = 0;
  uint64_t raw_bytes = 0;
  uint64_t wire_bytes = 0;
  uint64_t busy = 0;               // answers 429 and 503
  std::vector<uint32_t> micros;    // of each acknowledged request
  std::string error;
};

std::unique_ptr<Source> make_source(const std::string& kind, const SourceOptions& options) {
  static const std::map<std::string, std::unique_ptr<Source> (*)(const SourceOptions&)> kKinds = {
      {"logs", make_logs}, {"logs-large", make_large_logs}, {"traces", make_traces}, {"metrics", make_metrics}, {"metrics-large", make_large_metrics}, {"errors", make_errors}, {"sessions", make_sessions}, {"transactions", make_transactions}};
  const auto found = kKinds.find(kind);
  if (found == kKinds.end()) throw std::runtime_error("unknown kind: " + kind + " (logs, logs-large, traces, metrics, metrics-large, errors, sessions, transactions)");
  return found->second(options);
}

// When a connection's next request is due.
class Pace {
 public:
  Pace(Clock::time_point begin, double units_per_second) : due_(begin), rate_(units_per_second) {}

  // Waits until it is time to send; the time from which the answer counts.
  Clock::time_point next(uint64_t units) {
    if (rate_ == 0) return Clock::now();
    const auto due = due_;
    due_ += std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(static_cast<double>(units) / rate_));
    std::this_thread::sleep_until(due);
    return due;
  }

 private:
  Clock::time_point due_;
  double rate_;
};

// One connection's work.
void send_until(Clock::time_point end, Pace pace, Source& source, Connection& connection, Totals& out) {
  while (Clock::now() < end) {
    const Body body = source.next();
    if (body.units == 0) return;
    const auto sent = pace.next(body.units);
    for (;;) {
      const int status = connection.post(source.path(), source.headers(), body.wire);
      if (status >= 200 && status < 300) {
        out.micros.push_back(static_cast<uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - sent).count()));
        break;
      }
      if (status != 429 && status != 503) throw std::runtime_error(fmt::format("status {}: {:.300}", status, connection.body()));
      ++out.busy;
      if (Clock::now() >= end) return;
      std::this_thread::sleep_for(kBusyPause);
    }
    ++out.requests;
    out.units += body.units;
    out.raw_bytes += body.raw_bytes;
    out.wire_bytes += body.wire.size();
  }
}

Totals sum(std::vector<Totals> parts) {
  Totals out;
  for (Totals& part : parts) {
    out.requests += part.requests;
    out.units += part.units;
    out.raw_bytes += part.raw_bytes;
    out.wire_bytes += part.wire_bytes;
    out.busy += part.busy;
    out.micros.insert(out.micros.end(), part.micros.begin(), part.micros.end());
    if (out.error.empty()) out.error = part.error;
  }
  std::ranges::sort(out.micros);
  return out;
}

double quantile_ms(const std::vector<uint32_t>& sorted, double q) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<size_t>(q * static_cast<double>(sorted.size() - 1))] / 1000.0;
}

int run(const Options& options) {
  const auto connections = static_cast<size_t>(options.source.connections);
  std::vector<Totals> totals(connections);
  std::vector<std::unique_ptr<Source>> sources;
  for (size_t i = 0; i < connections; ++i) {
    SourceOptions own = options.source;
    own.connection = static_cast<int>(i);
    sources.push_back(make_source(options.kind, own));
  }
  const auto begin = Clock::now();
  const auto end = begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options.seconds));
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < connections; ++i) {
      threads.emplace_back([&, i] {
        try {
          Connection connection(options.address);
          // Connections begin one after the other, so that their requests do not come all at once.
          const double share = options.rate / static_cast<double>(connections);
          const auto first = begin + std::chrono::milliseconds(share == 0 ? 0 : 7 * i);
          send_until(end, Pace(first, share), *sources[i], connection, totals[i]);
        } catch (const std::exception& e) {
          totals[i].error = e.what();
        }
      });
    }
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  const Totals all = sum(std::move(totals));
  if (!all.error.empty()) {
    fmt::print(stderr, "tripod_load: {}\n", all.error);
    return 1;
  }
  fmt::print(R"({{"seconds": {:.3f}, "requests": {}, "units": {}, "raw_bytes": {}, "wire_bytes": {}, "busy": {}, "p50_ms": {:.2f}, "p99_ms": {:.2f}}})"
             "\n",
             seconds, all.requests, all.units, all.raw_bytes, all.wire_bytes, all.busy, quantile_ms(all.micros, 0.5), quantile_ms(all.micros, 0.99));
  return 0;
}

Options parse(int argc, char** argv) {
  Options out;
  if (argc < 2) throw std::runtime_error("usage: tripod_load KIND --address HOST:PORT --key KEY [--seconds S] [--connections N] [--seed N] [--rate N] [--lines N] [--end NANOS]");
  out.kind = argv[1];
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--address") out.address = value;
    else if (name == "--key") out.source.key = value;
    else if (name == "--seconds") out.seconds = std::stod(value);
    else if (name == "--rate") out.rate = std::stod(value);
    else if (name == "--connections") out.source.connections = std::max(1, std::stoi(value));
    else if (name == "--seed") out.source.seed = std::stoull(value);
    else if (name == "--lines") out.source.lines = std::stoull(value);
    else if (name == "--end") out.source.end = std::stoll(value);
    else throw std::runtime_error("unknown option " + name);
  }
  return out;
}

}  // namespace
}  // namespace tripod::bench

int main(int argc, char** argv) {
  try {
    return tripod::bench::run(tripod::bench::parse(argc, argv));
  } catch (const std::exception& e) {
    fmt::print(stderr, "tripod_load: {}\n", e.what());
    return 2;
  }
}
