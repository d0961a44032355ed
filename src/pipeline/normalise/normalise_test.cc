#include "pipeline/normalise/normalise.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "pipeline/normalise/names.h"

namespace tripod::pipeline::normalise {
namespace {

using model::Attribute;
using model::Value;

std::string shown(const Value& value) {
  switch (value.type()) {
    case model::ValueType::kInt64:
      return std::to_string(value.as_int64());
    case model::ValueType::kString:
      return std::string(value.text());
    default:
      return "?";
  }
}

std::map<std::string, std::string> normalised(std::vector<Attribute> attributes,
                                              model::SpanKind kind = model::SpanKind::kClient) {
  model::Batch batch;
  model::Span span;
  span.kind = kind;
  span.attributes = attributes;
  batch.spans.push_back(span);
  normalise_batch(batch);
  std::map<std::string, std::string> out;
  for (const Attribute& a : batch.spans[0].attributes) {
    EXPECT_TRUE(out.emplace(a.key, shown(a.value)).second) << a.key << " twice";
  }
  return out;
}

using Map = std::map<std::string, std::string>;
Attribute text(std::string_view key, std::string_view value) { return {key, Value::string(value)}; }
Attribute number(std::string_view key, int64_t value) { return {key, Value::int64(value)}; }

TEST(Normalise, DatabaseSpanOfPsycopg2) {
  EXPECT_EQ(normalised({text("db.system", "postgresql"), text("db.name", "shop"),
                        text("db.statement", "SELECT %s"), text("db.user", "app"),
                        text("net.peer.name", "127.0.0.1"), number("net.peer.port", 15432)}),
            (Map{{"db.system.name", "postgresql"},
                 {"db.namespace", "shop"},
                 {"db.query.text", "SELECT %s"},
                 {"db.user", "app"},
                 {"server.address", "127.0.0.1"},
                 {"server.port", "15432"}}));
}

TEST(Normalise, RedisSpan) {
  EXPECT_EQ(
      normalised({text("db.system", "redis"), number("db.redis.database_index", 1),
                  text("net.transport", "ip_tcp")}),
      (Map{{"db.system.name", "redis"}, {"db.namespace", "1"}, {"network.transport", "tcp"}}));
}

TEST(Normalise, ServerSpanOfWsgi) {
  EXPECT_EQ(normalised({text("http.method", "GET"), text("http.server_name", "vm"),
                        text("http.scheme", "http"), number("net.host.port", 8000),
                        text("http.host", "shop.example:8000"),
                        text("http.target", "/orders/7/?q=a%20b#x"),
                        text("net.peer.ip", "10.0.0.9"), number("net.peer.port", 4711),
                        text("net.peer.name", "client.example"), text("http.user_agent", "curl"),
                        text("http.flavor", "1.1"), number("http.status_code", 200),
                        text("http.route", "orders/<int:pk>/"), text("net.host.name", "x")},
                       model::SpanKind::kServer),
            (Map{{"http.request.method", "GET"},
                 {"server.address", "vm"},
                 {"url.scheme", "http"},
                 {"server.port", "8000"},
                 {"url.path", "/orders/7/"},
                 {"url.query", "q=a%20b"},
                 {"network.peer.address", "10.0.0.9"},
                 {"client.port", "4711"},
                 {"client.address", "client.example"},
                 {"user_agent.original", "curl"},
                 {"network.protocol.version", "1.1"},
                 {"http.response.status_code", "200"},
                 {"http.route", "orders/<int:pk>/"}}));
}

TEST(Normalise, NewNameWinsOverOld) {
  EXPECT_EQ(normalised({text("http.method", "GET"), text("http.request.method", "POST"),
                        text("db.query.text", "new"), text("db.statement", "old")}),
            (Map{{"http.request.method", "POST"}, {"db.query.text", "new"}}));
}

TEST(Normalise, WordsOfValues) {
  EXPECT_EQ(normalised({text("db.system", "mssql"), text("http.flavor", "2.0"),
                        text("net.sock.family", "inet6")}),
            (Map{{"db.system.name", "microsoft.sql_server"},
                 {"network.protocol.version", "2"},
                 {"network.type", "ipv6"}}));
  EXPECT_EQ(normalised({text("db.system.name", "mssql")}), (Map{{"db.system.name", "mssql"}}))
      << "current names are not looked into";
}

TEST(Normalise, Hosts) {
  EXPECT_EQ(normalised({text("http.host", "[::1]:8080")}),
            (Map{{"server.address", "::1"}, {"server.port", "8080"}}));
  EXPECT_EQ(normalised({text("http.host", "[::1]")}), (Map{{"server.address", "::1"}}));
  EXPECT_EQ(normalised({text("http.host", "h")}), (Map{{"server.address", "h"}}));
  EXPECT_EQ(normalised({text("http.host", "h:99999")}), (Map{{"server.address", "h"}}));
  EXPECT_EQ(normalised({text("http.host", "")}), Map{});
}

TEST(Normalise, PathOfTheUrl) {
  const auto path = [](const char* url) {
    Map all = normalised({text("url.full", url)});
    return all.contains("url.path") ? all["url.path"] : "none";
  };
  EXPECT_EQ(path("https://h:1/a/b?c=/d#e"), "/a/b");
  EXPECT_EQ(path("https://h/"), "/");
  EXPECT_EQ(path("https://h"), "none");
  EXPECT_EQ(path("https://h?a=/b"), "none");
  EXPECT_EQ(path("mailto:x"), "none");
  EXPECT_EQ(normalised({text("http.url", "http://h/p")}),
            (Map{{"url.full", "http://h/p"}, {"url.path", "/p"}}));
  EXPECT_EQ(normalised({text("url.full", "http://h/p"), text("url.path", "/q")}),
            (Map{{"url.full", "http://h/p"}, {"url.path", "/q"}}));
}

TEST(Normalise, CodeFunction) {
  EXPECT_EQ(normalised({text("code.namespace", "shop.views"), text("code.function", "checkout"),
                        number("code.lineno", 7)}),
            (Map{{"code.function.name", "shop.views.checkout"}, {"code.line.number", "7"}}));
  EXPECT_EQ(normalised({text("code.function", "f")}), (Map{{"code.function.name", "f"}}));
  EXPECT_EQ(normalised({text("code.namespace", "n")}), (Map{{"code.namespace", "n"}}));
}

TEST(Normalise, ExceptionOfTheLastEvent) {
  model::Batch batch;
  std::vector<Attribute> first = {text("exception.type", "KeyError"),
                                  text("exception.message", "a")};
  std::vector<Attribute> second = {text("exception.type", "ValueError"),
                                   text("exception.message", "b"),
                                   text("exception.stacktrace", "…")};
  std::vector<model::SpanEvent> events(3);
  events[0] = {1, "exception", first};
  events[1] = {2, "exception", second};
  events[2] = {3, "log", {}};
  model::Span span;
  span.events = events;
  batch.spans.push_back(span);
  std::vector<Attribute> own = {text("exception.type", "Mine")};
  span.attributes = own;
  batch.spans.push_back(span);
  normalise_batch(batch);
  EXPECT_EQ(model::find_text(batch.spans[0].attributes, "exception.type"), "ValueError");
  EXPECT_EQ(model::find_text(batch.spans[0].attributes, "exception.message"), "b");
  EXPECT_EQ(batch.spans[0].attributes.size(), 2u);
  EXPECT_EQ(batch.spans[1].attributes.size(), 1u);
}

TEST(Normalise, ResourcesLogsEventsAndErrors) {
  model::Batch batch;
  std::vector<Attribute> resource = {text("service.name", "s"),
                                     text("deployment.environment", "production")};
  std::vector<Attribute> log = {text("http.method", "GET")};
  std::vector<Attribute> event = {text("db.statement", "x")};
  std::vector<Attribute> error = {text("enduser.id", "u")};
  std::vector<model::SpanEvent> events = {{1, "e", event}};
  batch.resources.push_back({resource});
  batch.logs.emplace_back().attributes = log;
  batch.spans.emplace_back().events = events;
  batch.errors.emplace_back().attributes = error;
  normalise_batch(batch);
  EXPECT_EQ(model::find_text(batch.resources[0].attributes, "deployment.environment.name"),
            "production");
  EXPECT_EQ(model::find_text(batch.resources[0].attributes, "service.name"), "s");
  EXPECT_EQ(model::find_text(batch.logs[0].attributes, "http.request.method"), "GET");
  EXPECT_EQ(model::find_text(batch.spans[0].events[0].attributes, "db.query.text"), "x");
  EXPECT_EQ(model::find_text(batch.errors[0].attributes, "user.id"), "u");
}

TEST(Normalise, CurrentAttributesAreLeftInPlace) {
  std::vector<Attribute> attributes = {text("http.request.method", "GET"), text("url.path", "/"),
                                       text("custom", "x")};
  model::Batch batch;
  batch.spans.emplace_back().attributes = attributes;
  normalise_batch(batch);
  EXPECT_EQ(batch.spans[0].attributes.data(), attributes.data());
  EXPECT_EQ(batch.spans[0].attributes[2].key, "custom");
}

TEST(Names, EveryOldNameIsFoundAndNoCurrentOneIsOld) {
  for (const char* old : {"http.method", "db.system", "net.peer.name", "code.function",
                          "messaging.destination", "deployment.environment"}) {
    ASSERT_NE(find_rule(old), nullptr) << old;
    EXPECT_NE(current_name(old), old);
    EXPECT_EQ(find_rule(current_name(old)), nullptr) << old;
  }
  for (const char* key : {"", "x", "http.metho", "http.methods", "service.name", "url.full"}) {
    EXPECT_EQ(find_rule(key), nullptr) << key;
    EXPECT_EQ(current_name(key), key);
  }
}

}  // namespace
}  // namespace tripod::pipeline::normalise
