// Decides who calls and whether a route lets them: keys, tokens, sessions, loopback.
#pragma once

#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/result.h"
#include "serve/auth/principal.h"
#include "serve/auth/throttle.h"
#include "serve/http/message.h"
#include "store/meta/meta_store.h"

namespace tripod::serve {

// What a client offered, wherever it put it.
struct Credentials {
  std::string bearer;     // Authorization: Bearer / Basic password, x-tripod-key, ...
  std::string sentry_key; // X-Sentry-Auth or ?sentry_key=
  std::string session;    // cookie tripod_session
};
Credentials credentials_of(const HttpRequest& request);

// Thread-safe. Credentials are looked up in memory; the meta store holds what survives a restart.
class Authenticator {
 public:
  Authenticator(store::MetaStore& meta, const base::Clock& clock);

  // Reads keys, tokens and sessions. `fixed_admin_token` (may be empty) is a token given by the environment.
  base::Result<> load(std::string_view fixed_admin_token);

  // Looks at the header only. kUnauthenticated without or with unknown credentials, kPermissionDenied without the right.
  base::Result<Principal> authorize(Access access, const HttpRequest& request) const;
  // The same rules for a key alone (gRPC metadata, envelope headers).
  base::Result<Principal> authorize_ingest(std::string_view key, const Peer& peer) const;
  bool project_exists(uint64_t project) const;
  std::string default_key() const;   // of project 1

  struct SignedIn {
    std::string cookie_token;
    Principal principal;
    bool must_set_password = false;
  };
  // A one-time link's token. Throttled by peer.
  base::Result<SignedIn> sign_in_with_link(std::string_view token, std::string_view peer);
  base::Result<SignedIn> sign_in_with_password(std::string_view email, std::string_view password, std::string_view peer);
  base::Result<> sign_out(const HttpRequest& request);
  base::Result<> set_password(const Principal& user, std::optional<std::string> current, std::string_view password);
  bool must_set_password(const Principal& user) const;

  // Whether somebody can sign in with a password; until then a link is the only way in.
  bool has_any_password() const;
  // A link for the admin, valid for an hour, once. Answers the token.
  base::Result<std::string> make_sign_in_link();

  struct NewToken {
    int64_t id;
    std::string token;   // shown once
  };
  base::Result<NewToken> add_token(std::string_view name, uint8_t scopes);
  base::Result<> remove_token(int64_t id);
  std::vector<store::ApiToken> tokens() const;

 private:
  base::Result<Principal> identify(const HttpRequest& request) const;
  base::Result<SignedIn> start_session(int64_t user);
  std::optional<Principal> find_token(std::string_view token) const;
  std::optional<Principal> find_key(std::string_view key) const;
  std::optional<Principal> find_session(std::string_view cookie) const;

  store::MetaStore& meta_;
  const base::Clock& clock_;
  Throttle throttle_;
  const std::string decoy_phc_;    // a password nobody has
  std::string fixed_admin_hash_;   // constant after load()

  mutable std::shared_mutex mu_;
  // guarded by mu_
  std::unordered_map<std::string, store::ProjectKey> keys_;
  std::unordered_map<std::string, store::ApiToken> tokens_;       // by hash
  std::unordered_map<std::string, store::Session> sessions_;      // by hash
  std::unordered_map<int64_t, store::User> users_;
  std::unordered_map<int64_t, store::Project> projects_;
};

}  // namespace tripod::serve
