// The parts of /api/0 that are about releases, each in its own file.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "serve/api/context.h"
#include "store/meta/releases.h"

namespace tripod::serve::sentry {

using Answer = std::function<base::Result<HttpResponse>(const HttpRequest&)>;
void add(Router& router, Method method, std::string pattern, Access access, Answer answer);

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
