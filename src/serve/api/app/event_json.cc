#include "serve/api/app/event_json.h"

#include <simdjson.h>

#include <cmath>

#include "base/clock.h"
#include "base/time_text.h"
#include "serve/api/thinned.h"

namespace tripod::serve::app {

using base::JsonWriter;
namespace dom = simdjson::dom;

namespace {

// A default-constructed element has no document behind it: every look-up goes through here.
class Node {
 public:
  Node() = default;
  explicit Node(dom::element e) : element_(e), valid_(!e.is_null()) {}

  Node operator[](std::string_view key) const {
    dom::element out;
    if (!is_object() || element_.get_object().value_unsafe().at_key(key).get(out) != simdjson::SUCCESS) return {};
    return Node(out);
  }
  bool is_object() const { return valid_ && element_.is_object(); }
  bool is_array() const { return valid_ && element_.is_array(); }
  bool is_string() const { return valid_ && element_.is_string(); }
  explicit operator bool() const { return valid_; }
  std::string_view text() const { return is_string() ? element_.get_string().value_unsafe() : std::string_view(); }
  dom::array array() const { return element_.get_array().value_unsafe(); }
  dom::object object() const { return element_.get_object().value_unsafe(); }
  std::string minified() const { return simdjson::minify(element_); }
  const dom::element& element() const { return element_; }

 private:
  dom::element element_;
  bool valid_ = false;
};

void put_text(JsonWriter& w, std::string_view key, std::string_view text) { w.field(key, text); }

void put_raw(JsonWriter& w, std::string_view key, const Node& node, std::string_view fallback) {
  w.key(key).raw(node ? node.minified() : std::string(fallback));
}

void write_lines(JsonWriter& w, std::string_view key, const Node& lines) {
  w.key(key).begin_array();
  if (lines.is_array()) {
    for (const dom::element line : lines.array()) w.string(Node(line).text());
  }
  w.end_array();
}

void write_frame(JsonWriter& w, const Node& frame) {
  w.begin_object();
  for (std::string_view key : {"module", "filename", "abs_path", "function", "context_line"}) put_text(w, key, frame[key].text());
  put_raw(w, "lineno", frame["lineno"], "null");
  put_raw(w, "in_app", frame["in_app"], "null");
  write_lines(w, "pre_context", frame["pre_context"]);
  write_lines(w, "post_context", frame["post_context"]);
  put_raw(w, "vars", frame["vars"], "{}");
  w.end_object();
}

void write_frames(JsonWriter& w, const Node& stacktrace) {
  w.key("frames").begin_array();
  if (const Node frames = stacktrace["frames"]; frames.is_array()) {
    for (const dom::element frame : frames.array()) write_frame(w, Node(frame));
  }
  w.end_array();
}

void write_exception(JsonWriter& w, const Node& e) {
  const Node mechanism = e["mechanism"];
  w.begin_object();
  for (std::string_view key : {"type", "value", "module"}) put_text(w, key, e[key].text());
  put_raw(w, "handled", mechanism["handled"], "null");
  put_text(w, "mechanism", mechanism["type"].text());
  write_frames(w, e["stacktrace"]);
  w.end_object();
}

// {"values":[…]}, a bare list, or one object.
Node values_of(const Node& node) {
  const Node values = node["values"];
  return values ? values : node;
}

void write_exceptions(JsonWriter& w, const Node& payload) {
  w.key("exceptions").begin_array();
  const Node values = values_of(payload["exception"]);
  if (values.is_array()) {
    for (const dom::element e : values.array()) {
      if (e.is_object()) write_exception(w, Node(e));
    }
  } else if (values.is_object()) {
    write_exception(w, values);
  }
  w.end_array();
}

base::UnixNanos time_of(const Node& node) {
  double seconds = 0;
  if (node && node.element().get(seconds) == simdjson::SUCCESS) {
    const double nanos = seconds * static_cast<double>(base::kNanosPerSecond);
    return std::abs(nanos) < 9.2e18 ? static_cast<base::UnixNanos>(nanos) : 0;
  }
  const auto parsed = base::parse_rfc3339(node.text());
  return parsed ? *parsed : 0;
}

void write_breadcrumbs(JsonWriter& w, const Node& payload) {
  w.key("breadcrumbs").begin_array();
  if (const Node values = values_of(payload["breadcrumbs"]); values.is_array()) {
    for (const dom::element e : values.array()) {
      const Node crumb(e);
      w.begin_object().key("time_ns").int64_string(time_of(crumb["timestamp"]));
      for (std::string_view key : {"type", "category", "level", "message"}) put_text(w, key, crumb[key].text());
      put_raw(w, "data", crumb["data"], "{}");
      w.end_object();
    }
  }
  w.end_array();
}

void write_tags(JsonWriter& w, const Node& tags) {
  w.key("tags").begin_array();
  auto pair = [&](std::string_view key, const Node& value) {
    w.begin_array().string(key).string(value.is_string() ? std::string(value.text()) : value ? value.minified() : "").end_array();
  };
  if (tags.is_object()) {
    for (const auto [key, value] : tags.object()) pair(key, Node(value));
  } else if (tags.is_array()) {
    for (const dom::element e : tags.array()) {
      if (!e.is_array()) continue;
      const dom::array two = e.get_array().value_unsafe();
      if (two.size() == 2) pair(Node(two.at(0).value_unsafe()).text(), Node(two.at(1).value_unsafe()));
    }
  }
  w.end_array();
}

// Headers come as an object or as pairs; the UI wants an object.
void write_request(JsonWriter& w, const Node& request) {
  w.key("request");
  if (!request.is_object()) {
    w.null();
    return;
  }
  w.begin_object();
  for (std::string_view key : {"method", "url"}) put_text(w, key, request[key].text());
  put_raw(w, "query_string", request["query_string"], "null");
  put_raw(w, "data", request["data"], "null");
  w.key("headers").begin_object();
  const Node headers = request["headers"];
  if (headers.is_object()) {
    for (const auto [key, value] : headers.object()) w.field(key, Node(value).text());
  } else if (headers.is_array()) {
    for (const dom::element e : headers.array()) {
      if (!e.is_array() || e.get_array().value_unsafe().size() != 2) continue;
      w.field(Node(e.get_array().value_unsafe().at(0).value_unsafe()).text(),
              Node(e.get_array().value_unsafe().at(1).value_unsafe()).text());
    }
  }
  w.end_object().end_object();
}

void write_id(JsonWriter& w, std::string_view key, std::string_view id) {
  w.key(key);
  if (id.empty()) w.null();
  else w.string(id);
}

void write_columns(JsonWriter& w, const store::EventRow& row) {
  w.field("event_id", row.text("event_id")).key("issue_id").raw(row.text("issue.id"));
  w.key("time_ns").int64_string(row.time).field("received_ns", row.text("received_ns"));
  for (std::string_view key : {"level", "platform", "transaction", "logger", "message", "title", "culprit"}) w.field(key, row.text(key));
  w.field("release", row.text("service.version")).field("environment", row.text("deployment.environment.name"));
  w.field("server_name", row.text("host.name"));
  write_id(w, "trace_id", row.text("trace_id"));
  write_id(w, "span_id", row.text("span_id"));
  write_id(w, "request_id", row.text("request_id"));
}

}  // namespace

std::string event_json(const store::EventRow& row, const Neighbours& neighbours) {
  const std::string text = row.text("payload");
  dom::parser parser;
  dom::element root;
  const bool parsed = parser.parse(text).get(root) == simdjson::SUCCESS;
  const Node payload = parsed ? Node(root) : Node();
  std::string body;
  JsonWriter w(body);
  w.begin_object();
  write_columns(w, row);
  write_exceptions(w, payload);
  write_breadcrumbs(w, payload);
  write_tags(w, payload["tags"]);
  write_request(w, payload["request"]);
  for (std::string_view key : {"contexts", "user", "modules", "extra"}) put_raw(w, key, payload[key], "{}");
  const Node sdk = payload["sdk"];
  w.key("sdk").begin_object().field("name", sdk["name"].text()).field("version", sdk["version"].text()).end_object();
  write_id(w, "previous_event_id", neighbours.previous);
  write_id(w, "next_event_id", neighbours.next);
  dom::parser scrubbed_parser;
  dom::element scrubbed;
  const bool told = scrubbed_parser.parse(row.text("scrubbed")).get(scrubbed) == simdjson::SUCCESS && scrubbed.is_object();
  put_raw(w, "scrubbed", told ? Node(scrubbed) : Node(), "{}");
  put_raw(w, "payload", payload, "null");
  w.field("thinned", is_thinned(row)).end_object();
  return body;
}

}  // namespace tripod::serve::app
