// The table of attribute names that semantic conventions have replaced.
// https://opentelemetry.io/docs/specs/semconv/non-normative/http-migration/, …/db-migration/,
// …/registry/attributes/
#pragma once

#include <cstdint>
#include <string_view>

namespace tripod::pipeline::normalise {

// What becomes of an attribute under an old name.
enum class Change : uint8_t {
  kRename,
  kTarget,         // "/a?b" → url.path and url.query
  kHost,           // "h:1" → server.address and server.port
  kTransport,      // ip_tcp → tcp
  kFamily,         // inet → ipv4
  kHttpVersion,    // 2.0 → 2
  kDbSystem,       // oracle → oracle.db, …
  kText,           // a number becomes text
  kCodeFunction,   // joined with code.namespace
  kCodeNamespace,  // stays where there is no function to join it with
};

struct Rule {
  std::string_view old_name;
  Change change = Change::kRename;
  std::string_view name;  // current name
  std::string_view
      server_name;  // on SERVER spans, where that differs: the peer is the client there
};

// nullptr when `key` is no old name. Constant time.
const Rule* find_rule(std::string_view key);

// The value in current words, where the conventions changed the words too; else the value itself.
std::string_view current_word(Change change, std::string_view value);

}  // namespace tripod::pipeline::normalise
