#include "base/metrics.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/result.h"

namespace tripod::base {
namespace {

// Text format 0.0.4: HELP escapes backslash and line feed, label values the double quote too.
void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

void append_labels(std::string& out, const MetricLabels& labels) {
  if (labels.empty()) return;
  char before = '{';
  for (const auto& [name, value] : labels) {
    out += before;
    out += name;
    out += "=\"";
    append_escaped(out, value, true);
    out += '"';
    before = ',';
  }
  out += '}';
}

std::string gauge_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return std::string(buffer, end);
}

}  // namespace

MetricRegistry::Series& MetricRegistry::series(std::string_view family, std::string_view help,
                                               MetricLabels labels, bool is_gauge) {
  auto found = families_.find(family);
  if (found == families_.end()) {
    found = families_.try_emplace(std::string(family)).first;
    found->second.help = help;
    found->second.is_gauge = is_gauge;
  }
  Family& in = found->second;
  TRIPOD_CHECK(in.is_gauge == is_gauge);
  if (auto at = in.by_labels.find(labels); at != in.by_labels.end()) return *at->second;
  const auto made = in.series.emplace(in.series.end());
  made->labels = labels;
  in.by_labels.emplace(std::move(labels), made);
  return *made;
}

Counter& MetricRegistry::counter(std::string_view family, std::string_view help,
                                 MetricLabels labels) {
  std::lock_guard lock(mu_);
  return series(family, help, std::move(labels), false).counter;
}

void MetricRegistry::gauge(std::string_view family, std::string_view help, MetricLabels labels,
                           std::function<double()> read) {
  std::lock_guard lock(mu_);
  series(family, help, std::move(labels), true).gauge = std::move(read);
}

void MetricRegistry::remove_gauge(std::string_view family, const MetricLabels& labels) {
  std::lock_guard lock(mu_);
  const auto in = families_.find(family);
  if (in == families_.end()) return;
  TRIPOD_CHECK(in->second.is_gauge);
  const auto at = in->second.by_labels.find(labels);
  if (at == in->second.by_labels.end()) return;
  in->second.series.erase(at->second);
  in->second.by_labels.erase(at);
}

std::string MetricRegistry::expose() const {
  // Gauges are read outside the lock: they take locks of their own.
  struct Line {
    std::string before;  // HELP and TYPE of a family, or name and labels of one series
    std::function<double()> gauge;
    std::string value;
  };
  std::vector<Line> lines;
  {
    std::lock_guard lock(mu_);
    for (const auto& [name, family] : families_) {
      std::string head = "# HELP " + name + " ";
      append_escaped(head, family.help, false);
      head += "\n# TYPE " + name + (family.is_gauge ? " gauge\n" : " counter\n");
      lines.push_back({std::move(head), nullptr, ""});
      for (const Series& series : family.series) {
        std::string text = name;
        append_labels(text, series.labels);
        text += ' ';
        lines.push_back(
            {std::move(text), series.gauge, std::to_string(series.counter.value()) + "\n"});
      }
    }
  }
  std::string out;
  for (const Line& line : lines) {
    out += line.before;
    out += line.gauge ? gauge_text(line.gauge()) + "\n" : line.value;
  }
  return out;
}

std::vector<MetricRegistry::CounterValue> MetricRegistry::counters(std::string_view family) const {
  std::lock_guard lock(mu_);
  std::vector<CounterValue> out;
  auto found = families_.find(family);
  if (found == families_.end() || found->second.is_gauge) return out;
  for (const Series& series : found->second.series) {
    out.push_back({found->first, series.labels, series.counter.value()});
  }
  return out;
}

}  // namespace tripod::base
