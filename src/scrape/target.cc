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

LabelSet discovered(const JobConfig& job, const TargetGroup& group, const std::string& address) {
  LabelSet out = group.labels;
  out.set("__address__", address);
  // What a list of targets says of itself goes before what its job says.
  const auto set_default = [&](const std::string& name, std::string_view value) {
    if (!out.has(name)) out.set(name, value);
  };
  set_default("job", job.job_name);
  set_default("__scheme__", job.scheme);
  set_default("__metrics_path__", job.metrics_path);
  set_default("__scrape_interval__", duration_text(job.scrape_interval_ns));
  set_default("__scrape_timeout__", duration_text(job.scrape_timeout_ns));
  for (const auto& [name, values] : job.params) {
    if (!values.empty()) set_default("__param_" + name, values.front());
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
  std::string out = job->fingerprint + "\n" + url + "\n" + refused + "\n" + std::to_string(interval_ns) + " " + std::to_string(timeout_ns);
  for (const auto& [name, value] : labels.pairs()) out += "\n" + name + "=" + value;
  return out;
}

namespace {

// The targets of one job.
class JobTargets {
 public:
  JobTargets(const std::shared_ptr<const JobConfig>& job, TargetList& out) : job_(job), out_(out), first_(out.targets.size()) {}

  Result<> add(const TargetGroup& group, bool is_static) {
    for (const std::string& address : group.targets) {
      LabelSet labels = discovered(*job_, group, address);
      const LabelSet before = labels;
      if (!relabel(job_->relabel_rules, labels)) continue;
      auto target = finish_target(job_, std::move(labels));
      if (!target && is_static) return fail(std::move(target.error()));
      if (!target) {
        out_.unusable.push_back(target.error().message);
        continue;
      }
      target->discovered_labels = before;
      if (seen_.insert(target->identity()).second) out_.targets.push_back(std::move(*target));
    }
    return {};
  }

  // As Prometheus does: with too many none is scraped, so that it is noticed.
  void limit() {
    const size_t count = out_.targets.size() - first_;
    if (job_->target_limit == 0 || count <= job_->target_limit) return;
    for (size_t i = first_; i < out_.targets.size(); ++i) {
      out_.targets[i].refused = "target_limit " + std::to_string(job_->target_limit) + " exceeded: the job has " + std::to_string(count) + " targets";
    }
  }

 private:
  const std::shared_ptr<const JobConfig>& job_;
  TargetList& out_;
  const size_t first_;
  std::set<std::string> seen_;
};

}  // namespace

Result<TargetList> make_targets(const ScrapeConfig& config, const DiscoveredGroups& found) {
  TargetList out;
  for (const auto& job : config.jobs) {
    JobTargets targets(job, out);
    for (const TargetGroup& group : job->static_configs) {
      if (auto ok = targets.add(group, true); !ok) return fail(std::move(ok.error()));
    }
    if (const auto at = found.find(job.get()); at != found.end()) {
      for (const TargetGroup& group : at->second) {
        if (auto ok = targets.add(group, false); !ok) return fail(std::move(ok.error()));
      }
    }
    targets.limit();
  }
  return out;
}

}  // namespace tripod::scrape
