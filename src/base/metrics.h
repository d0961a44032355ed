// The program's own metrics, shown at /metrics in the Prometheus text format. No global registry:
// pass it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tripod::base {

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

// Thread-safe; lock-free to add.
class Counter {
 public:
  void add(uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

// Thread-safe. Families and counters live as long as the registry; references stay valid.
// Label values that come from outside must be bounded by the caller.
class MetricRegistry {
 public:
  // The series with these labels, made at the first call. `help` of the first call stays.
  Counter& counter(std::string_view family, std::string_view help, MetricLabels labels = {});
  // A gauge read at every exposition, outside the registry's lock; a second call with the same
  // labels replaces `read`. What `read` uses must be thread-safe and outlive the registry's use.
  void gauge(std::string_view family, std::string_view help, MetricLabels labels,
             std::function<double()> read);
  // Of what is no more. An exposition that is under way may still read it.
  void remove_gauge(std::string_view family, const MetricLabels& labels);
  // Text format 0.0.4.
  std::string expose() const;
  // Every counter series: for the status page. Family, labels, value.
  struct CounterValue {
    std::string family;
    MetricLabels labels;
    uint64_t value;
  };
  std::vector<CounterValue> counters(std::string_view family) const;

 private:
  struct Series {
    MetricLabels labels;
    Counter counter;
    std::function<double()> gauge;
  };
  struct Family {
    std::string help;
    bool is_gauge = false;
    std::list<Series> series;  // list: references stay valid
    std::map<MetricLabels, std::list<Series>::iterator> by_labels;
  };
  // The series, made when new; requires mu_. A family is all counters or all gauges.
  Series& series(std::string_view family, std::string_view help, MetricLabels labels,
                 bool is_gauge);

  mutable std::mutex mu_;
  std::map<std::string, Family, std::less<>> families_;  // guarded by mu_
};

}  // namespace tripod::base
