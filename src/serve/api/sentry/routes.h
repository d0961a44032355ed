// What routes of /api/0 share, and the parts that are about releases, each in its own file.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "serve/api/context.h"
#include "store/meta/releases.h"

namespace tripod::serve::sentry {

using Answer = std::function<base::Result<HttpResponse>(const HttpRequest&)>;
inline constexpr size_t kLargeBody = 20u << 20;   // of commits with the files that they change, and of uploads that are told what they are
struct Place {
  Method method = Method::kGet;
  std::string pattern;              // behind /api/0
  Access access = Access::kRead;
  size_t most_body = 1u << 20;      // bytes, before and after decompression
};
// A route of Sentry's API, which says no as that does.
void add(Router& router, Place place, Answer answer);

inline constexpr int64_t kProject = 1;
inline constexpr std::string_view kSlug = "default";   // of the organisation and of its project
// kNotFound where the path names another organisation, or another project where it names one (by slug or id).
base::Result<> check_names(const HttpRequest& request);
// The time as Sentry writes it; null for 0.
void write_time(base::JsonWriter& w, std::string_view name, base::UnixNanos time);

void add_release_routes(Router& router, const Api& api);   // releases, commits, deploys, repos
void add_session_routes(Router& router, const Api& api);   // sessions
void add_cli_routes(Router& router, const Api& api);       // who one is, organisations, projects; what is not kept

}  // namespace tripod::serve::sentry
