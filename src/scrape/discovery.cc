#include "scrape/discovery.h"

#include <algorithm>
#include <optional>

#include "base/glob.h"

namespace tripod::scrape {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr int64_t kFilePoll = 5 * base::kNanosPerSecond;
constexpr size_t kMostFiles = 10'000;           // of one pattern
constexpr uint64_t kMostBytes = 64ull << 20;    // of one file or answer
constexpr int64_t kHttpTimeout = 30 * base::kNanosPerSecond;

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out;
}

void set_all(std::vector<TargetGroup>& groups, std::string_view name, std::string_view value) {
  for (TargetGroup& group : groups) group.labels.set(name, value);
}

}  // namespace

struct Discovery::KnownFile {
  // By which a file that changed is told from one that did not.
  struct Mark {
    uint64_t inode = 0, size = 0;
    int64_t modified = 0;
    friend bool operator==(const Mark&, const Mark&) = default;
  };
  Mark mark;
  std::string error;  // why it could not be read; empty: it could
};

struct Discovery::Source {
  std::shared_ptr<const JobConfig> job;
  std::optional<FileDiscovery> files;
  std::optional<HttpDiscovery> http;
  std::string name;
  std::string key;  // equal for sources that are configured alike
  int64_t interval_ns = 0;
  std::map<std::string, KnownFile> files_read;  // touched by who refreshes alone

  // guarded by mu_
  base::UnixNanos due = 0;
  base::UnixNanos last_refresh = 0;
  std::string last_error;
  FileGroups found;
};

void Discovery::configure(const ScrapeConfig& config) {
  std::vector<SourcePtr> next;
  std::lock_guard lock(mu_);
  const auto add = [&](Source&& source) {
    source.key = source.job->job_name + "\n" + source.name;
    const auto known = std::ranges::find(sources_, source.key, [](const SourcePtr& s) { return s->key; });
    if (known != sources_.end()) {
      source.found = (*known)->found;
      source.last_refresh = (*known)->last_refresh;
      source.last_error = (*known)->last_error;
    }
    next.push_back(std::make_shared<Source>(std::move(source)));
  };
  for (const auto& job : config.jobs) {
    for (const FileDiscovery& files : job->file_discoveries) {
      Source source{.job = job, .files = files, .http = {}, .name = joined(files.files)};
      source.interval_ns = std::min(files.refresh_interval_ns, kFilePoll);
      add(std::move(source));
    }
    for (const HttpDiscovery& http : job->http_discoveries) {
      Source source{.job = job, .files = {}, .http = http, .name = http.url};
      source.interval_ns = http.refresh_interval_ns;
      add(std::move(source));
    }
  }
  sources_ = std::move(next);
}

base::UnixNanos Discovery::next_due() const {
  std::lock_guard lock(mu_);
  base::UnixNanos out = INT64_MAX;
  for (const SourcePtr& source : sources_) out = std::min(out, source->due);
  return out;
}

bool Discovery::refresh(base::UnixNanos now, std::stop_token stop) {
  std::vector<SourcePtr> due;
  {
    std::lock_guard lock(mu_);
    std::ranges::copy_if(sources_, std::back_inserter(due), [&](const SourcePtr& s) { return s->due <= now; });
  }
  bool changed = false;
  for (const SourcePtr& source : due) {
    if (stop.stop_requested()) break;
    changed |= source->files ? read_files(*source) : ask_url(*source, stop);
    std::lock_guard lock(mu_);
    source->due = now + source->interval_ns;
    source->last_refresh = now;
  }
  return changed;
}

bool Discovery::take(Source& source, FileGroups found) {
  std::lock_guard lock(mu_);
  if (source.found == found) return false;
  source.found = std::move(found);
  return true;
}

void Discovery::note(Source& source, const std::string& error) {
  {
    std::lock_guard lock(mu_);
    if (source.last_error == error) return;  // said already
    source.last_error = error;
  }
  if (error.empty()) return;
  logger_.warn("discovery_failed", {{"job", std::string_view(source.job->job_name)}, {"source", std::string_view(source.name)}, {"error", std::string_view(error)}});
}

// What a file holds now, or what it held when it could be read last.
std::vector<TargetGroup> Discovery::read_file(const Source& source, const std::string& path, KnownFile& file) {
  const auto before = source.found.find(path);
  std::vector<TargetGroup> out = before == source.found.end() ? std::vector<TargetGroup>() : before->second;
  const auto known = source.files_read.find(path);
  const auto status = fs_.status(path);
  if (status) file.mark = {status->inode, status->size, status->modified};
  if (status && known != source.files_read.end() && known->second.mark == file.mark) {
    file.error = known->second.error;
    return out;
  }
  auto text = !status                     ? Result<std::string>(fail(status.error()))
              : status->size > kMostBytes ? Result<std::string>(fail(Code::kTooLarge, "is larger than 64 MiB"))
                                          : fs_.read_all(path);
  if (!text) file.mark = {};  // it is tried again, changed or not
  auto groups = text ? parse_target_groups(*text) : Result<std::vector<TargetGroup>>(fail(std::move(text.error())));
  if (!groups) {
    file.error = path + ": " + groups.error().message;
    return out;
  }
  set_all(*groups, "__meta_filepath", path);
  return std::move(*groups);
}

bool Discovery::read_files(Source& source) {
  std::vector<std::string> paths;
  for (const std::string& pattern : source.files->files) {
    if (const auto glob = base::Glob::parse(pattern)) glob->expand(fs_, kMostFiles, paths);
  }
  FileGroups found;
  std::map<std::string, KnownFile> read;
  std::string error = paths.empty() ? "no file matches" : "";
  for (const std::string& path : paths) {
    found[path] = read_file(source, path, read[path]);
    if (error.empty()) error = read[path].error;
  }
  source.files_read = std::move(read);
  note(source, error);
  return take(source, std::move(found));
}

Result<std::vector<TargetGroup>> Discovery::fetch(const Source& source, std::stop_token stop) {
  FetchRequest request;
  request.url = source.http->url;
  request.timeout_ns = std::min(kHttpTimeout, source.interval_ns);
  request.max_body_bytes = kMostBytes;
  request.headers = {{"Accept", "application/json"},
                     {"X-Prometheus-Refresh-Interval-Seconds", std::to_string(source.interval_ns / base::kNanosPerSecond)}};
  if (auto ok = apply(source.http->http, fs_, request); !ok) return fail(std::move(ok.error()));
  auto response = fetcher_.fetch(request, std::move(stop));
  if (!response) return fail(std::move(response.error()));
  if (response->status != 200) return fail(Code::kUnavailable, "server returned HTTP status " + std::to_string(response->status));
  if (!response->content_type.starts_with("application/json")) {
    return fail(Code::kInvalidArgument, "the answer is \"" + response->content_type.substr(0, 100) + "\" and not application/json");
  }
  return parse_target_groups(*response->body);
}

bool Discovery::ask_url(Source& source, std::stop_token stop) {
  auto groups = fetch(source, std::move(stop));
  if (!groups && groups.error().code == Code::kCancelled) return false;
  note(source, groups ? std::string() : groups.error().message);
  if (!groups) return false;
  set_all(*groups, "__meta_url", source.http->url);
  return take(source, {{source.http->url, std::move(*groups)}});
}

DiscoveredGroups Discovery::groups() const {
  DiscoveredGroups out;
  std::lock_guard lock(mu_);
  for (const SourcePtr& source : sources_) {
    for (const auto& [where, groups] : source->found) std::ranges::copy(groups, std::back_inserter(out[source->job.get()]));
  }
  return out;
}

std::vector<DiscoveryStatus> Discovery::status() const {
  std::vector<DiscoveryStatus> out;
  std::lock_guard lock(mu_);
  for (const SourcePtr& source : sources_) {
    uint64_t targets = 0;
    for (const auto& [where, groups] : source->found) {
      for (const TargetGroup& group : groups) targets += group.targets.size();
    }
    out.push_back({source->job->job_name, source->name, source->last_refresh, source->last_error, targets});
  }
  return out;
}

}  // namespace tripod::scrape
