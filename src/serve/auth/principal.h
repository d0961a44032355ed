// Who a request speaks for, and who may call a route.
#pragma once

#include <cstdint>
#include <string>

namespace tripod::serve {

// What a token or session may do. Bits.
enum Scope : uint8_t {
  kScopeRead = 1,    // every query
  kScopeWrite = 2,   // change issues, views ...
  kScopeAdmin = 4,   // projects, keys, users, tokens, reload
};

struct Principal {
  enum class Kind : uint8_t {
    kNone,
    kLoopback,    // no credentials, loopback peer on a loopback listener: may ingest
    kIngestKey,   // a project's key: may ingest, never read
    kToken,
    kUser,        // a session cookie
  };
  Kind kind = Kind::kNone;
  uint8_t scopes = 0;
  uint64_t project = 0;   // kIngestKey: the key's; otherwise the default project
  int64_t id = 0;         // user or token id
  std::string name;       // e-mail or token name
  std::string csrf;       // kUser: what X-CSRF-Token must say on writes

  bool has(Scope scope) const { return (scopes & scope) != 0; }
};

// Declared by every route. A route that declares nothing is open to nobody.
enum class Access : uint8_t {
  kNobody,
  kPublic,         // anybody: health, static assets, sign-in
  kLocalNetwork,   // loopback and private peers, or kRead
  kIngest,         // an ingest key, or nothing from a loopback peer on a loopback listener, or a token with write
  kIngestOrDsn,    // as kIngest, or a key inside the body (Sentry tunnels), which the handler must check: kind is then kNone
  kRead,           // a user or a token with read
  kWrite,          // a user (CSRF-checked) or a token with write
  kAdmin,          // an admin user (CSRF-checked) or a token with admin
};

}  // namespace tripod::serve
