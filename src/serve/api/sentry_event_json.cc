// An error event as Sentry's web API writes it.
#include <simdjson.h>

#include "base/time_text.h"
#include "serve/api/sentry_issues.h"

namespace tripod::serve {

using base::JsonWriter;
namespace dom = simdjson::dom;

namespace {

void write_tag(JsonWriter& w, std::string_view key, const std::string& value) {
  if (!value.empty()) w.begin_object().field("key", key).field("value", value).end_object();
}

// The start of an event's object, which stays open.
void write_columns(JsonWriter& w, const store::EventRow& row, std::string_view issue) {
  const std::string id = row.text("event_id");
  w.begin_object().field("id", id).field("eventID", id).field("groupID", issue).field("projectID", row.text("project"));
  w.field("title", row.text("title")).field("message", row.text("message")).field("culprit", row.text("culprit"));
  w.field("platform", row.text("platform")).field("dateCreated", base::format_rfc3339(row.time)).field("type", "error");
  w.field("event.type", "error").field("location", row.text("transaction")).key("tags").begin_array();
  write_tag(w, "environment", row.text("deployment.environment.name"));
  write_tag(w, "level", row.text("level"));
  write_tag(w, "release", row.text("service.version"));
  write_tag(w, "server_name", row.text("host.name"));
  write_tag(w, "transaction", row.text("transaction"));
  for (const auto& [key, value] : row.fields) {
    if (key.starts_with("tags.")) write_tag(w, std::string_view(key).substr(5), row.text(key));
  }
  w.end_array();
}

// Parts of the event as it came, by the names that Sentry gives them.
class Payload {
 public:
  explicit Payload(const std::string& text) {
    dom::element root;
    if (parser_.parse(text).get(root) == simdjson::SUCCESS) has_ = root.get(object_) == simdjson::SUCCESS;
  }
  // Null: it is not there.
  std::string part(std::string_view key) const {
    dom::element out;
    if (!has_ || object_.at_key(key).get(out) != simdjson::SUCCESS) return "null";
    return simdjson::minify(out);
  }

 private:
  dom::parser parser_;
  dom::object object_;
  bool has_ = false;
};

void write_entries(JsonWriter& w, const Payload& payload) {
  w.key("entries").begin_array();
  for (const auto& [key, type] : {std::pair("exception", "exception"), {"threads", "threads"}, {"breadcrumbs", "breadcrumbs"}, {"request", "request"}, {"logentry", "message"}}) {
    if (const std::string data = payload.part(key); data != "null") w.begin_object().field("type", type).key("data").raw(data).end_object();
  }
  w.end_array();
}

void write_id(JsonWriter& w, std::string_view key, const std::string& id) {
  w.key(key);
  if (id.empty()) w.null();
  else w.string(id);
}

}  // namespace

void write_sentry_event(JsonWriter& w, const store::EventRow& row, std::string_view issue) {
  write_columns(w, row, issue);
  w.key("user");
  if (const std::string user = row.text("user.id"); user.empty()) w.null();
  else w.begin_object().field("id", user).end_object();
  w.end_object();
}

void write_sentry_event_details(JsonWriter& w, const store::EventRow& row, std::string_view issue, const SentryNeighbours& neighbours) {
  const Payload payload(row.text("payload"));
  write_columns(w, row, issue);
  for (const auto& [key, name] : {std::pair("user", "user"), {"contexts", "contexts"}, {"extra", "context"}, {"sdk", "sdk"}, {"modules", "packages"}, {"fingerprint", "fingerprints"}}) {
    w.key(name).raw(payload.part(key));
  }
  write_entries(w, payload);
  w.key("metadata").begin_object().field("type", row.text("exception.type")).field("value", row.text("exception.message")).end_object();
  if (const store::FieldValue* received = row.find("received_ns"); received != nullptr && std::holds_alternative<int64_t>(*received)) {
    w.field("dateReceived", base::format_rfc3339(std::get<int64_t>(*received)));
  }
  const std::string release = row.text("service.version");
  w.key("release");
  if (release.empty()) w.null();
  else w.begin_object().field("version", release).end_object();
  w.key("errors").begin_array().end_array();
  write_id(w, "previousEventID", neighbours.previous);
  write_id(w, "nextEventID", neighbours.next);
  w.end_object();
}

}  // namespace tripod::serve
