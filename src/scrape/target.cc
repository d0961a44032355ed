#include "scrape/target.h"

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <set>

#include "base/time_text.h"

namespace tripod::scrape {

using base::Code;
using base::fail;
using base::Result;

namespace {

std::string duration_text(int64_t nanos) {
  return std::to_string(nanos / base::kNanosPerMilli) + "ms";
}

LabelSet discovered(const JobConfig& job, const StaticConfig& group, const std::string& address) {
  LabelSet out = group.labels;
  if (!out.has("job")) out.set("job", job.job_name);
  out.set("__address__", address);
  out.set("__scheme__", job.scheme);
  out.set("__metrics_path__", job.metrics_path);
  out.set("__scrape_interval__", duration_text(job.scrape_interval_ns));
  out.set("__scrape_timeout__", duration_text(job.scrape_timeout_ns));
  for (const auto& [name, values] : job.params) {
    if (!values.empty()) out.set("__param_" + name, values.front());
  }
  return out;
}

void add_parameter(std::string& query, std::string_view name, std::string_view value) {
  const auto encode = [](std::string_view text) {
    return boost::urls::encode({text.data(), text.size()}, boost::urls::unreserved_chars);
  };
  query += query.empty() ? "?" : "&";
  query += encode(name);
  query += "=";
  query += encode(value);
}

// Relabelling may set a parameter's first value through __param_<name>.
std::string query_of(const JobConfig& job, const LabelSet& labels) {
  constexpr std::string_view kPrefix = "__param_";
  std::string query;
  std::set<std::string_view> done;
  for (const auto& [name, values] : job.params) {
    done.insert(name);
    const std::string_view first = labels.get(std::string(kPrefix) + name);
    for (size_t i = 0; i < values.size(); ++i)
      add_parameter(query, name, i == 0 ? first : values[i]);
  }
  for (const auto& [name, value] : labels.pairs()) {
    const std::string_view label = name;
    if (!label.starts_with(kPrefix) || done.contains(label.substr(kPrefix.size()))) continue;
    add_parameter(query, label.substr(kPrefix.size()), value);
  }
  return query;
}

Result<Target> finish_target(const std::shared_ptr<const JobConfig>& job, LabelSet labels) {
  const auto wrong = [&](const std::string& why) {
    return fail(Code::kInvalidArgument, "job " + job->job_name + ": target \"" +
                                            std::string(labels.get("__address__")) + "\": " + why);
  };
  Target out;
  out.job = job;
  const std::string address(labels.get("__address__"));
  const std::string scheme(labels.get("__scheme__"));
  const std::string path(labels.get("__metrics_path__"));
  if (address.empty()) return wrong("relabelling left no __address__");
  if (address.contains('/') || address.contains('@')) return wrong("the address is not host:port");
  if (scheme != "http" && scheme != "https") return wrong("the scheme is neither http nor https");
  if (!path.starts_with('/')) return wrong("the path does not begin with /");
  auto interval = base::parse_duration(labels.get("__scrape_interval__"));
  auto timeout = base::parse_duration(labels.get("__scrape_timeout__"));
  if (!interval || !timeout || *interval <= 0 || *timeout <= 0 || *timeout > *interval) {
    return wrong("relabelling left no usable scrape interval and timeout");
  }
  out.interval_ns = *interval;
  out.timeout_ns = *timeout;
  out.url = scheme + "://" + address + path + query_of(*job, labels);
  labels.remove_if([](std::string_view name) { return name.starts_with("__"); });
  if (!labels.has("instance")) labels.set("instance", address);
  out.labels = std::move(labels);
  return out;
}

}  // namespace

std::string Target::identity() const {
  std::string out = job->fingerprint + "\n" + url;
  for (const auto& [name, value] : labels.pairs()) out += "\n" + name + "=" + value;
  return out;
}

Result<std::vector<Target>> make_targets(const ScrapeConfig& config) {
  std::vector<Target> out;
  for (const auto& job : config.jobs) {
    std::set<std::string> seen;
    for (const StaticConfig& group : job->static_configs) {
      for (const std::string& address : group.targets) {
        LabelSet labels = discovered(*job, group, address);
        const LabelSet before = labels;
        if (!relabel(job->relabel_rules, labels)) continue;
        auto target = finish_target(job, std::move(labels));
        if (!target) return fail(std::move(target.error()));
        target->discovered_labels = before;
        if (seen.insert(target->identity()).second) out.push_back(std::move(*target));
      }
    }
  }
  return out;
}

}  // namespace tripod::scrape
