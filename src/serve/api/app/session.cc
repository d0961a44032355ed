// Sign-in, sign-out, password, tokens.
#include <algorithm>
#include <charconv>

#include "base/json_writer.h"
#include "serve/api/app/routes.h"
#include "serve/api/json_body.h"

namespace tripod::serve::app {

using base::Code;
using base::JsonWriter;
using base::Result;

namespace {

struct ScopeName {
  Scope scope;
  std::string_view name;
};
constexpr ScopeName kScopeNames[] = {{kScopeRead, "read"}, {kScopeWrite, "write"}, {kScopeAdmin, "admin"}};

HttpResponse session_body(const Principal& principal, bool must_set_password) {
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("user").begin_object();
  w.field("id", principal.id).field("email", principal.name).field("role", principal.has(kScopeAdmin) ? "admin" : "member");
  w.end_object().field("csrf", principal.csrf).field("must_set_password", must_set_password).end_object();
  return HttpResponse::json(std::move(body));
}

// No Secure attribute: the listener speaks plain HTTP, usually on loopback or behind a proxy that ends TLS.
std::string cookie(std::string_view token, std::string_view life) {
  return "tripod_session=" + std::string(token) + "; Path=/; HttpOnly; SameSite=Lax; Max-Age=" + std::string(life);
}

Result<HttpResponse> sign_in(Authenticator& auth, const HttpRequest& request) {
  // A form of another site can not send this media type without asking first.
  if (request.media_type() != "application/json") return base::fail(Code::kUnsupported, "send application/json");
  const auto body = JsonBody::parse(request.body);
  if (!body) return base::fail(body.error());
  const auto token = body->text("token");
  auto signed_in = token ? auth.sign_in_with_link(*token, request.peer.address)
                         : auth.sign_in_with_password(body->text("email").value_or(""), body->text("password").value_or(""),
                                                      request.peer.address);
  if (!signed_in) return base::fail(std::move(signed_in.error()));
  return session_body(signed_in->principal, signed_in->must_set_password)
      .with("Set-Cookie", cookie(signed_in->cookie_token, "2592000"));
}

Result<HttpResponse> list_tokens(const Authenticator& auth) {
  auto tokens = auth.tokens();
  std::ranges::sort(tokens, {}, &store::ApiToken::id);
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("tokens").begin_array();
  for (const store::ApiToken& token : tokens) {
    w.begin_object().field("id", token.id).field("name", token.name).key("scopes").begin_array();
    for (const ScopeName& s : kScopeNames) {
      if ((token.scopes & s.scope) != 0) w.string(s.name);
    }
    w.end_array().key("created_ns").int64_string(token.created).key("last_used_ns");
    if (token.last_used == 0) w.null();
    else w.int64_string(token.last_used);
    w.end_object();
  }
  w.end_array().end_object();
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> create_token(Authenticator& auth, const HttpRequest& request) {
  const auto body = JsonBody::parse(request.body);
  if (!body) return base::fail(body.error());
  uint8_t scopes = 0;
  for (const std::string& name : body->list("scopes")) {
    const auto* found = std::ranges::find(kScopeNames, name, &ScopeName::name);
    if (found == std::end(kScopeNames)) return base::fail(Code::kInvalidArgument, "unknown scope \"" + name + "\": read, write, admin");
    scopes = static_cast<uint8_t>(scopes | found->scope);
  }
  auto token = auth.add_token(body->text("name").value_or(""), scopes);
  if (!token) return base::fail(std::move(token.error()));
  std::string out;
  JsonWriter(out).begin_object().field("id", token->id).field("token", token->token).end_object();
  return HttpResponse::json(std::move(out), 201);
}

Result<HttpResponse> delete_token(Authenticator& auth, const HttpRequest& request) {
  const std::string_view text = request.path_parameter("id");
  int64_t id = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), id).ec != std::errc()) {
    return base::fail(Code::kNotFound, "no such token");
  }
  if (auto ok = auth.remove_token(id); !ok) return base::fail(std::move(ok.error()));
  return HttpResponse::empty(204);
}

}  // namespace

void add_session_routes(Router& router, const Api& api) {
  Authenticator& auth = api.auth;
  add(router, Method::kPost, "/session", Access::kPublic, [&auth](const HttpRequest& r) { return sign_in(auth, r); });
  add(router, Method::kGet, "/session", Access::kRead, [&auth](const HttpRequest& r) -> Result<HttpResponse> {
    return session_body(r.principal, r.principal.kind == Principal::Kind::kUser && auth.must_set_password(r.principal));
  });
  add(router, Method::kDelete, "/session", Access::kWrite, [&auth](const HttpRequest& r) -> Result<HttpResponse> {
    if (auto ok = auth.sign_out(r); !ok) return base::fail(std::move(ok.error()));
    return HttpResponse::empty(204).with("Set-Cookie", cookie("", "0"));
  });
  add(router, Method::kPost, "/password", Access::kWrite, [&auth](const HttpRequest& r) -> Result<HttpResponse> {
    const auto body = JsonBody::parse(r.body);
    if (!body) return base::fail(body.error());
    if (auto ok = auth.set_password(r.principal, body->text("current"), body->text("new").value_or("")); !ok) {
      return base::fail(std::move(ok.error()));
    }
    return HttpResponse::empty(204);
  });
  add(router, Method::kGet, "/tokens", Access::kAdmin, [&auth](const HttpRequest&) { return list_tokens(auth); });
  add(router, Method::kPost, "/tokens", Access::kAdmin, [&auth](const HttpRequest& r) { return create_token(auth, r); });
  add(router, Method::kDelete, "/tokens/{id}", Access::kAdmin, [&auth](const HttpRequest& r) { return delete_token(auth, r); });
}

}  // namespace tripod::serve::app
