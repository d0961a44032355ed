// Who sends: DSN, X-Sentry-Auth header, query string.
// https://develop.sentry.dev/sdk/overview/#authentication
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tripod::ingest::sentry {

// What a client says of itself. An empty key: it said none.
struct SentryAuth {
  std::string key;      // public key, as sent
  std::string client;   // "sentry.python.django/2.75.0"
  std::string version;  // "7"
};

// http://<key>[:<secret>]@<host>[:<port>][/<prefix>]/<project>
struct Dsn {
  std::string key;
  std::string host;         // with its port, where it has one
  std::string path_prefix;  // "/errors", without a slash at the end; usually empty
  uint64_t project = 0;
};

// kInvalidArgument when there is no scheme, key, host or decimal project id.
base::Result<Dsn> parse_dsn(std::string_view dsn);

// "Sentry sentry_key=…, sentry_version=7, sentry_client=…"; the word Sentry may be missing, unknown
// pairs are ignored. nullopt when there is no sentry_key.
std::optional<SentryAuth> parse_auth_header(std::string_view header);

// "sentry_key=…&sentry_version=7&sentry_client=…", percent-decoded. nullopt when there is no
// sentry_key.
std::optional<SentryAuth> parse_auth_query(std::string_view query);

}  // namespace tripod::ingest::sentry
