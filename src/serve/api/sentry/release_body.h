// Bodies of Sentry's endpoints of releases, as sentry-cli and scripts send them. simdjson stays inside release_body.cc.
// https://docs.sentry.io/api/releases/
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/meta/releases.h"

namespace tripod::serve::sentry {

// Whether a release may be called so, as in Sentry: at most 250 bytes, no slash, backslash or line break, neither "latest" nor dots alone.
bool is_release_name(std::string_view version);

struct ReleaseBody {
  std::string version;
  std::vector<std::string> projects;
  store::ReleaseUpdate update;
  std::optional<std::vector<store::Commit>> commits;  // of "commits", or the heads of "refs"
};

// kInvalidArgument says which member is wrong; kTooLarge: more commits, or files of one, than are kept. Members that are not known are ignored.
base::Result<ReleaseBody> parse_release_body(std::string_view json);
// {"environment", "name", "url", "dateStarted", "dateFinished"}: an environment is needed.
base::Result<store::Deploy> parse_deploy_body(std::string_view json);
// {"name", "url", "provider"}: a name is needed.
base::Result<store::Repository> parse_repository_body(std::string_view json);

}  // namespace tripod::serve::sentry
