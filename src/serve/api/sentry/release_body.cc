#include "serve/api/sentry/release_body.h"

#include <simdjson.h>

#include <algorithm>
#include <utility>

#include "base/time_text.h"

namespace tripod::serve::sentry {

using base::Code;
using base::Result;
namespace dom = simdjson::dom;

namespace {

constexpr size_t kMostReleaseBytes = 250;
constexpr size_t kMostNameBytes = 250;
constexpr size_t kMostUrlBytes = 2000;
constexpr size_t kMostMessageBytes = 8192;
constexpr size_t kMostPathBytes = 1000;

std::unexpected<base::Error> wrong(std::string_view member, std::string_view what) {
  return base::fail(Code::kInvalidArgument, std::string(member) + ": " + std::string(what));
}

// Cut where a character begins.
std::string cut(std::string_view text, size_t most) {
  if (text.size() <= most) return std::string(text);
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
  return std::string(text.substr(0, most));
}

// Members of one object by their names. A member of null is as if it were not there.
class Members {
 public:
  explicit Members(dom::object object) : object_(object) {}

  std::optional<dom::element> find(std::string_view name) const {
    dom::element element;
    if (object_[name].get(element) != simdjson::SUCCESS || element.is_null()) return std::nullopt;
    return element;
  }
  Result<std::optional<std::string>> text(std::string_view name, size_t most) const {
    const auto element = find(name);
    if (!element) return std::nullopt;
    std::string_view value;
    if (element->get(value) != simdjson::SUCCESS) return wrong(name, "must be a string");
    return cut(value, most);
  }
  Result<std::string> text_or_empty(std::string_view name, size_t most) const {
    auto found = text(name, most);
    if (!found) return base::fail(std::move(found.error()));
    return std::move(*found).value_or(std::string());
  }
  Result<std::optional<base::UnixNanos>> time(std::string_view name) const {
    auto found = text(name, 64);
    if (!found) return base::fail(std::move(found.error()));
    if (!*found || (*found)->empty()) return std::nullopt;
    const auto parsed = base::parse_rfc3339(**found);
    if (!parsed) return wrong(name, "must be a time such as 2026-11-23T12:00:00Z");
    return *parsed;
  }
  // nullopt: not there.
  Result<std::optional<dom::array>> list(std::string_view name) const {
    const auto element = find(name);
    if (!element) return std::nullopt;
    dom::array array;
    if (element->get(array) != simdjson::SUCCESS) return wrong(name, "must be a list");
    return array;
  }

 private:
  dom::object object_;
};

// Reads several members into their places; the first error stays.
class Reader {
 public:
  explicit Reader(const Members& members) : members_(members) {}
  Reader& text(std::string_view name, size_t most, std::string& to) { return take(members_.text_or_empty(name, most), to); }
  Reader& text(std::string_view name, size_t most, std::optional<std::string>& to) { return take(members_.text(name, most), to); }
  Reader& time(std::string_view name, std::optional<base::UnixNanos>& to) { return take(members_.time(name), to); }
  Reader& time(std::string_view name, base::UnixNanos& to) {
    std::optional<base::UnixNanos> found;
    time(name, found);
    to = found.value_or(0);
    return *this;
  }
  Result<> done() { return std::move(result_); }

 private:
  template <class T>
  Reader& take(Result<T> found, T& to) {
    if (found) to = std::move(*found);
    else if (result_) result_ = base::fail(std::move(found.error()));
    return *this;
  }

  const Members& members_;
  Result<> result_;
};

Result<Members> object_of(dom::element element, std::string_view what) {
  dom::object object;
  if (element.get(object) != simdjson::SUCCESS) return wrong(what, "must be a JSON object");
  return Members(object);
}

Result<Members> parse(dom::parser& parser, std::string_view json) {
  dom::element element;
  if (parser.parse(json.data(), json.size()).get(element) != simdjson::SUCCESS) return base::fail(Code::kInvalidArgument, "JSON parse error");
  return object_of(element, "body");
}

Result<std::vector<store::PatchedFile>> files_of(const Members& commit) {
  std::vector<store::PatchedFile> out;
  const auto list = commit.list("patch_set");
  if (!list) return base::fail(list.error());
  if (!*list) return out;
  for (const dom::element element : **list) {
    const auto members = object_of(element, "patch_set");
    if (!members) return base::fail(members.error());
    store::PatchedFile file;
    std::string type;
    if (auto read = Reader(*members).text("path", kMostPathBytes, file.path).text("type", 16, type).done(); !read) return base::fail(std::move(read.error()));
    if (file.path.empty()) return wrong("patch_set", "an entry has no path");
    if (type != "A" && type != "M" && type != "D") return wrong("patch_set", "type must be A, M or D");
    file.type = type[0];
    if (out.size() < store::kMostFilesOfCommit) out.push_back(std::move(file));
  }
  return out;
}

Result<store::Commit> commit_of(dom::element element) {
  const auto members = object_of(element, "commits");
  if (!members) return base::fail(members.error());
  store::Commit out;
  auto read = Reader(*members)
                  .text("id", kMostNameBytes, out.id)
                  .text("repository", kMostNameBytes, out.repository)
                  .text("message", kMostMessageBytes, out.message)
                  .text("author_name", kMostNameBytes, out.author_name)
                  .text("author_email", kMostNameBytes, out.author_email)
                  .time("timestamp", out.time)
                  .done();
  if (!read) return base::fail(std::move(read.error()));
  if (out.id.empty()) return wrong("commits", "a commit has no id");
  auto files = files_of(*members);
  if (!files) return base::fail(std::move(files.error()));
  out.files = std::move(*files);
  return out;
}

// Only the head is told; nobody can be asked for what lies behind it.
Result<store::Commit> head_of(dom::element element) {
  const auto members = object_of(element, "refs");
  if (!members) return base::fail(members.error());
  store::Commit out;
  if (auto read = Reader(*members).text("commit", kMostNameBytes, out.id).text("repository", kMostNameBytes, out.repository).done(); !read) {
    return base::fail(std::move(read.error()));
  }
  if (out.id.empty() || out.repository.empty()) return wrong("refs", "a repository and a commit are needed");
  return out;
}

Result<std::optional<std::vector<store::Commit>>> commits_of(const Members& members) {
  for (const auto& [name, read] : {std::pair{std::string_view("commits"), &commit_of}, std::pair{std::string_view("refs"), &head_of}}) {
    const auto list = members.list(name);
    if (!list) return base::fail(list.error());
    if (!*list) continue;
    if ((*list)->size() > store::kMostCommitsOfRelease) return base::fail(Code::kTooLarge, "more than 1000 commits of one release");
    std::vector<store::Commit> out;
    for (const dom::element element : **list) {
      auto commit = read(element);
      if (!commit) return base::fail(std::move(commit.error()));
      out.push_back(std::move(*commit));
    }
    return out;
  }
  return std::nullopt;
}

Result<std::vector<std::string>> projects_of(const Members& members) {
  std::vector<std::string> out;
  const auto list = members.list("projects");
  if (!list) return base::fail(list.error());
  if (!*list) return out;
  for (const dom::element element : **list) {
    std::string_view slug;
    int64_t id = 0;
    if (element.get(slug) == simdjson::SUCCESS) out.emplace_back(slug);
    else if (element.get(id) == simdjson::SUCCESS) out.push_back(std::to_string(id));
    else return wrong("projects", "must be a list of slugs or ids");
  }
  return out;
}

}  // namespace

bool is_release_name(std::string_view version) {
  if (version.empty() || version.size() > kMostReleaseBytes || version == "." || version == "..") return false;
  if (version.find_first_of("\r\n\t\f\v/\\") != std::string_view::npos || version.find_first_not_of(' ') == std::string_view::npos) return false;
  return !std::ranges::equal(version, std::string_view("latest"), [](char a, char b) { return (a | 0x20) == b; });
}

Result<ReleaseBody> parse_release_body(std::string_view json) {
  dom::parser parser;
  const auto members = parse(parser, json);
  if (!members) return base::fail(members.error());
  ReleaseBody out;
  std::optional<std::string> status;
  auto read = Reader(*members)
                  .text("version", kMostReleaseBytes + 1, out.version)
                  .text("ref", kMostNameBytes, out.update.ref)
                  .text("url", kMostUrlBytes, out.update.url)
                  .time("dateStarted", out.update.date_started)
                  .time("dateReleased", out.update.date_released)
                  .text("status", 16, status)
                  .done();
  if (!read) return base::fail(std::move(read.error()));
  if (status && *status != "open" && *status != "archived") return wrong("status", "must be open or archived");
  if (status) out.update.archived = *status == "archived";
  auto projects = projects_of(*members);
  if (!projects) return base::fail(std::move(projects.error()));
  out.projects = std::move(*projects);
  auto commits = commits_of(*members);
  if (!commits) return base::fail(std::move(commits.error()));
  out.commits = std::move(*commits);
  return out;
}

Result<store::Deploy> parse_deploy_body(std::string_view json) {
  dom::parser parser;
  const auto members = parse(parser, json);
  if (!members) return base::fail(members.error());
  store::Deploy out;
  auto read = Reader(*members)
                  .text("environment", 64, out.environment)
                  .text("name", 64, out.name)
                  .text("url", kMostUrlBytes, out.url)
                  .time("dateStarted", out.started)
                  .time("dateFinished", out.finished)
                  .done();
  if (!read) return base::fail(std::move(read.error()));
  if (out.environment.empty()) return wrong("environment", "This field is required.");
  return out;
}

Result<store::Repository> parse_repository_body(std::string_view json) {
  dom::parser parser;
  const auto members = parse(parser, json);
  if (!members) return base::fail(members.error());
  store::Repository out;
  auto read = Reader(*members).text("name", kMostNameBytes, out.name).text("url", kMostUrlBytes, out.url).text("provider", 64, out.provider).done();
  if (!read) return base::fail(std::move(read.error()));
  if (out.name.empty()) return wrong("name", "This field is required.");
  return out;
}

}  // namespace tripod::serve::sentry
