#include "serve/auth/authenticator.h"

#include <algorithm>

#include "serve/auth/secrets.h"

namespace tripod::serve {

using base::Code;
using base::Result;

namespace {

constexpr int64_t kSessionLife = 30 * base::kNanosPerDay;
constexpr int64_t kLinkLife = base::kNanosPerHour;
constexpr int kFailures = 5;
constexpr int64_t kFailureWindow = base::kNanosPerMinute;
constexpr size_t kLeastPassword = 10;
constexpr size_t kMostPassword = 1024;
constexpr uint8_t kAllScopes = kScopeRead | kScopeWrite | kScopeAdmin;

bool changes_state(Method method) { return method != Method::kGet && method != Method::kHead; }

}  // namespace

Authenticator::Authenticator(store::MetaStore& meta, const base::Clock& clock)
    : meta_(meta), clock_(clock), throttle_(clock, kFailures, kFailureWindow), decoy_phc_(hash_password(make_token("")).value_or("")) {}

Result<> Authenticator::load(std::string_view fixed_admin_token) {
  if (!fixed_admin_token.empty()) fixed_admin_hash_ = hash_token(fixed_admin_token);
  auto projects = meta_.projects();
  auto keys = meta_.project_keys();
  auto users = meta_.users();
  auto tokens = meta_.tokens();
  auto sessions = meta_.sessions(clock_.now());
  if (!projects) return base::fail(std::move(projects.error()));
  if (!keys) return base::fail(std::move(keys.error()));
  if (!users) return base::fail(std::move(users.error()));
  if (!tokens) return base::fail(std::move(tokens.error()));
  if (!sessions) return base::fail(std::move(sessions.error()));
  std::unique_lock lock(mu_);
  for (auto& p : *projects) projects_.emplace(p.id, p);
  for (auto& k : *keys) keys_.emplace(k.public_key, k);
  for (auto& u : *users) users_.emplace(u.id, u);
  for (auto& t : *tokens) tokens_.emplace(t.token_hash, t);
  for (auto& s : *sessions) sessions_.emplace(s.token_hash, s);
  return {};
}

std::optional<Principal> Authenticator::find_token(std::string_view token) const {
  const std::string hash = hash_token(token);
  if (!fixed_admin_hash_.empty() && equal_secrets(hash, fixed_admin_hash_)) {
    return Principal{.kind = Principal::Kind::kToken, .scopes = kAllScopes, .project = 1, .name = "TRIPOD_ADMIN_TOKEN"};
  }
  std::shared_lock lock(mu_);
  const auto it = tokens_.find(hash);
  if (it == tokens_.end()) return std::nullopt;
  return Principal{.kind = Principal::Kind::kToken, .scopes = it->second.scopes, .project = 1, .id = it->second.id, .name = it->second.name};
}

std::optional<Principal> Authenticator::find_key(std::string_view key) const {
  std::shared_lock lock(mu_);
  const auto it = keys_.find(std::string(key));
  if (it == keys_.end() || !it->second.active) return std::nullopt;
  return Principal{.kind = Principal::Kind::kIngestKey, .project = static_cast<uint64_t>(it->second.project)};
}

std::optional<Principal> Authenticator::find_session(std::string_view cookie) const {
  std::shared_lock lock(mu_);
  const auto it = sessions_.find(hash_token(cookie));
  if (it == sessions_.end() || it->second.expires <= clock_.now()) return std::nullopt;
  const auto user = users_.find(it->second.user);
  if (user == users_.end()) return std::nullopt;
  const bool admin = user->second.role == "admin";
  return Principal{.kind = Principal::Kind::kUser,
                   .scopes = static_cast<uint8_t>(kScopeRead | kScopeWrite | (admin ? kScopeAdmin : 0)),
                   .project = 1,
                   .id = user->second.id,
                   .name = user->second.email,
                   .csrf = it->second.csrf};
}

// A credential that is offered and unknown is an error, also where none would have been needed.
Result<Principal> Authenticator::identify(const HttpRequest& request) const {
  const Credentials offered = credentials_of(request);
  if (!offered.bearer.empty()) {
    if (auto token = find_token(offered.bearer)) return *token;
    if (auto key = find_key(offered.bearer)) return *key;
    return base::fail(Code::kUnauthenticated, "unknown key or token");
  }
  if (!offered.sentry_key.empty()) {
    if (auto key = find_key(offered.sentry_key)) return *key;
    return base::fail(Code::kPermissionDenied, "unknown DSN public key");
  }
  if (!offered.session.empty()) {
    if (auto user = find_session(offered.session)) return *user;
  }
  const Peer& peer = request.peer;
  if (peer.is_loopback && peer.listener_is_loopback) return Principal{.kind = Principal::Kind::kLoopback, .project = 1};
  return Principal{};
}

Result<Principal> Authenticator::authorize(Access access, const HttpRequest& request) const {
  if (access == Access::kNobody) return base::fail(Code::kPermissionDenied, "closed");
  if (access == Access::kLocalNetwork && request.peer.is_private) return Principal{};
  auto caller = identify(request);
  if (access == Access::kPublic) return caller ? std::move(*caller) : Principal{};
  if (!caller) return base::fail(std::move(caller.error()));
  using Kind = Principal::Kind;
  const bool known = caller->kind == Kind::kToken || caller->kind == Kind::kUser;
  if (access == Access::kIngest || access == Access::kIngestOrDsn) {
    if (caller->kind == Kind::kIngestKey || caller->kind == Kind::kLoopback) return caller;
    if (caller->kind == Kind::kToken && caller->has(kScopeWrite)) return caller;
    if (caller->kind == Kind::kUser && request.peer.is_loopback && request.peer.listener_is_loopback) return caller;
    if (caller->kind == Kind::kNone && access == Access::kIngestOrDsn) return caller;
    return base::fail(known ? Code::kPermissionDenied : Code::kUnauthenticated, "an ingest key is needed to send here");
  }
  if (caller->kind == Kind::kIngestKey) return base::fail(Code::kPermissionDenied, "an ingest key can not read");
  if (!known) return base::fail(Code::kUnauthenticated, "sign in or send a token");
  const Scope needed = access == Access::kAdmin ? kScopeAdmin : access == Access::kWrite ? kScopeWrite : kScopeRead;
  if (!caller->has(needed)) return base::fail(Code::kPermissionDenied, "not allowed for " + caller->name);
  if (caller->kind == Kind::kUser && changes_state(request.method) &&
      !equal_secrets(request.header("x-csrf-token"), caller->csrf)) {
    return base::fail(Code::kPermissionDenied, "missing or wrong X-CSRF-Token");
  }
  return caller;
}

Result<Principal> Authenticator::authorize_ingest(std::string_view key, const Peer& peer) const {
  if (!key.empty()) {
    if (auto found = find_key(key)) return *found;
    if (auto token = find_token(key); token && token->has(kScopeWrite)) return *token;
    return base::fail(Code::kUnauthenticated, "unknown key or token");
  }
  if (peer.is_loopback && peer.listener_is_loopback) return Principal{.kind = Principal::Kind::kLoopback, .project = 1};
  return base::fail(Code::kUnauthenticated, "an ingest key is needed to send here");
}

bool Authenticator::project_exists(uint64_t project) const {
  std::shared_lock lock(mu_);
  return projects_.contains(static_cast<int64_t>(project));
}

std::string Authenticator::default_key() const {
  std::shared_lock lock(mu_);
  for (const auto& [key, row] : keys_) {
    if (row.project == 1 && row.active) return key;
  }
  return {};
}

Result<Authenticator::SignedIn> Authenticator::start_session(int64_t user) {
  SignedIn out;
  out.cookie_token = make_token("trs_");
  store::Session session{.token_hash = hash_token(out.cookie_token),
                         .user = user,
                         .csrf = make_token(""),
                         .created = clock_.now(),
                         .expires = clock_.now() + kSessionLife};
  if (auto ok = meta_.add_session(session); !ok) return base::fail(std::move(ok.error()));
  {
    std::unique_lock lock(mu_);
    std::erase_if(sessions_, [&](const auto& entry) { return entry.second.expires <= clock_.now(); });
    sessions_.emplace(session.token_hash, session);
  }
  auto principal = find_session(out.cookie_token);
  if (!principal) return base::fail(Code::kInternal, "the user of this sign-in is gone");
  out.principal = std::move(*principal);
  out.must_set_password = must_set_password(out.principal);
  return out;
}

Result<Authenticator::SignedIn> Authenticator::sign_in_with_link(std::string_view token, std::string_view peer) {
  if (!throttle_.allowed(peer)) return base::fail(Code::kResourceExhausted, "too many failed sign-ins, wait a minute");
  auto user = meta_.take_sign_in_link(hash_token(token), clock_.now());
  if (!user) {
    throttle_.failed(peer);
    if (user.error().code != Code::kNotFound) return base::fail(std::move(user.error()));
    return base::fail(Code::kUnauthenticated, "this sign-in link was used or has ended");
  }
  return start_session(*user);
}

Result<Authenticator::SignedIn> Authenticator::sign_in_with_password(std::string_view email, std::string_view password,
                                                                     std::string_view peer) {
  const std::string account = "account:" + std::string(email);
  if (!throttle_.allowed(peer) || !throttle_.allowed(account)) {
    return base::fail(Code::kResourceExhausted, "too many failed sign-ins, wait a minute");
  }
  int64_t user = 0;
  {
    std::shared_lock lock(mu_);
    for (const auto& [id, row] : users_) {
      if (row.email == email) user = id;
    }
  }
  std::string phc;
  if (user != 0) {
    auto stored = meta_.password_hash(user);
    if (!stored) return base::fail(std::move(stored.error()));
    phc = std::move(*stored);
  }
  // Where there is no such user, or no password, the check takes as long: an answer that came sooner would tell.
  const bool verified = verify_password(phc.empty() ? decoy_phc_ : phc, password.substr(0, kMostPassword));
  if (phc.empty() || password.size() > kMostPassword || !verified) {
    throttle_.failed(peer);
    throttle_.failed(account);
    return base::fail(Code::kUnauthenticated, "wrong e-mail or password");
  }
  throttle_.succeeded(account);
  return start_session(user);
}

Result<> Authenticator::sign_out(const HttpRequest& request) {
  const std::string hash = hash_token(credentials_of(request).session);
  {
    std::unique_lock lock(mu_);
    sessions_.erase(hash);
  }
  return meta_.remove_session(hash);
}

bool Authenticator::must_set_password(const Principal& user) const {
  std::shared_lock lock(mu_);
  const auto it = users_.find(user.id);
  return it != users_.end() && !it->second.has_password;
}

Result<> Authenticator::set_password(const Principal& user, std::optional<std::string> current, std::string_view password) {
  if (user.kind != Principal::Kind::kUser) return base::fail(Code::kPermissionDenied, "only a signed-in user has a password");
  if (password.size() < kLeastPassword) return base::fail(Code::kInvalidArgument, "a password needs at least 10 characters");
  if (password.size() > kMostPassword) return base::fail(Code::kInvalidArgument, "a password has at most 1024 characters");
  if (!must_set_password(user)) {
    const std::string account = "account:" + user.name;
    if (!throttle_.allowed(account)) return base::fail(Code::kResourceExhausted, "too many failed tries, wait a minute");
    auto stored = meta_.password_hash(user.id);
    if (!stored) return base::fail(std::move(stored.error()));
    if (!current || !verify_password(*stored, *current)) {
      throttle_.failed(account);
      return base::fail(Code::kPermissionDenied, "the current password is wrong");
    }
  }
  auto phc = hash_password(password);
  if (!phc) return base::fail(std::move(phc.error()));
  if (auto ok = meta_.set_password_hash(user.id, *phc); !ok) return ok;
  std::unique_lock lock(mu_);
  users_[user.id].has_password = true;
  return {};
}

bool Authenticator::has_any_password() const {
  std::shared_lock lock(mu_);
  return std::ranges::any_of(users_, [](const auto& entry) { return entry.second.has_password; });
}

Result<std::string> Authenticator::make_sign_in_link() {
  int64_t admin = 0;
  {
    std::shared_lock lock(mu_);
    for (const auto& [id, user] : users_) {
      if (user.role == "admin" && (admin == 0 || id < admin)) admin = id;
    }
  }
  if (admin == 0) return base::fail(Code::kNotFound, "there is no admin");
  std::string token = make_token("");
  if (auto ok = meta_.add_sign_in_link(hash_token(token), admin, clock_.now() + kLinkLife); !ok) {
    return base::fail(std::move(ok.error()));
  }
  return token;
}

Result<Authenticator::NewToken> Authenticator::add_token(std::string_view name, uint8_t scopes) {
  if (name.empty() || name.size() > 100) return base::fail(Code::kInvalidArgument, "a token needs a name of 1 to 100 bytes");
  if (scopes == 0) return base::fail(Code::kInvalidArgument, "a token needs at least one scope: read, write, admin");
  NewToken out{.id = 0, .token = make_token("trp_")};
  store::ApiToken row{.name = std::string(name), .token_hash = hash_token(out.token), .scopes = scopes, .created = clock_.now()};
  auto id = meta_.add_token(row);
  if (!id) return base::fail(std::move(id.error()));
  out.id = row.id = *id;
  std::unique_lock lock(mu_);
  tokens_.emplace(row.token_hash, row);
  return out;
}

Result<> Authenticator::remove_token(int64_t id) {
  if (auto ok = meta_.remove_token(id); !ok) return ok;
  std::unique_lock lock(mu_);
  std::erase_if(tokens_, [&](const auto& entry) { return entry.second.id == id; });
  return {};
}

std::vector<store::ApiToken> Authenticator::tokens() const {
  std::shared_lock lock(mu_);
  std::vector<store::ApiToken> out;
  for (const auto& [hash, token] : tokens_) out.push_back(token);
  return out;
}

}  // namespace tripod::serve
