// What the load program sends: endless bodies of one signal, each with fresh times and ids, so that nothing compresses or is
// deduplicated better than real traffic would.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tripod::bench {

// xoshiro256** by Blackman and Vigna (public domain algorithm). Small, fast, the same everywhere for the same seed.
class Random {
 public:
  explicit Random(uint64_t seed) {
    for (uint64_t& word : state_) {
      // splitmix64
      seed += 0x9e3779b97f4a7c15ULL;
      uint64_t z = seed;
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
      z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
      word = z ^ (z >> 31);
    }
  }
  uint64_t next() {
    const uint64_t result = rotate(state_[1] * 5, 7) * 9;
    const uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = rotate(state_[3], 45);
    return result;
  }
  // 0 .. n-1
  uint64_t below(uint64_t n) { return next() % n; }
  bool one_in(uint64_t n) { return below(n) == 0; }

 private:
  static uint64_t rotate(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }
  uint64_t state_[4];
};

// One request's body; without units there are no more. `wire` is valid until the next call of next().
struct Body {
  std::string_view wire;
  uint64_t units = 0;      // lines, spans, samples or events
  uint64_t raw_bytes = 0;  // before compression
};

// Bodies of one connection; one thread at a time.
class Source {
 public:
  virtual ~Source() = default;
  virtual Body next() = 0;
  // What follows "Host:" on each request: Content-Type, Content-Encoding, key; lines ending in \r\n.
  virtual std::string_view headers() const = 0;
  virtual std::string_view path() const = 0;
};

struct SourceOptions {
  std::string key;      // project key
  uint64_t seed = 1;
  int connection = 0;   // of `connections`; metrics divide their series among them
  int connections = 1;
  uint64_t lines = 0;   // logs-large: of all connections together; metrics-large: steps
  int64_t end = 0;      // of the large ones: time of the last line or sample, Unix nanoseconds
};

std::unique_ptr<Source> make_logs(const SourceOptions& options);
std::unique_ptr<Source> make_large_logs(const SourceOptions& options);
std::unique_ptr<Source> make_traces(const SourceOptions& options);
std::unique_ptr<Source> make_metrics(const SourceOptions& options);
std::unique_ptr<Source> make_large_metrics(const SourceOptions& options);
std::unique_ptr<Source> make_errors(const SourceOptions& options);
std::unique_ptr<Source> make_sessions(const SourceOptions& options);
std::unique_ptr<Source> make_transactions(const SourceOptions& options);

int64_t now_nanos();
// "2026-11-22T16:41:06.702482Z"
void append_rfc3339(std::string& out, int64_t nanos);
// `digits` hexadecimal digits.
void append_hex(std::string& out, Random& random, int digits);
// UUID version 4.
void append_uuid(std::string& out, Random& random);

}  // namespace tripod::bench
