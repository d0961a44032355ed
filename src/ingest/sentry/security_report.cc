#include "ingest/sentry/security_report.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "base/hash.h"
#include "base/json_writer.h"
#include "ingest/sentry/attributes.h"
#include "ingest/sentry/resource.h"

namespace tripod::ingest::sentry {
namespace {

using model::Attribute;
using model::Value;

// The members that matter, under the names of both forms.
struct Report {
  std::string_view kind;         // "csp", "expect_ct", "expect_staple", "hpkp"
  std::string_view document;
  std::string_view blocked;
  std::string_view directive;    // effective, or else violated
  std::string_view hostname;
  std::string_view json;         // as it came
};

std::string_view first_word(std::string_view text) { return text.substr(0, text.find(' ')); }

std::string_view host_of(std::string_view uri) {
  const size_t scheme = uri.find("://");
  if (scheme == std::string_view::npos) return {};
  uri.remove_prefix(scheme + 3);
  uri = uri.substr(0, uri.find_first_of("/?#"));
  return uri.substr(uri.rfind('@') + 1);  // npos + 1 is 0
}

// What the browser did not load, as Sentry calls it.
std::string_view thing_of(std::string_view directive) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kThings = {
      {{"script-src", "script"}, {"script-src-elem", "script"}, {"script-src-attr", "inline script attribute"}, {"style-src", "style"}, {"style-src-elem", "style"},
       {"img-src", "image"}, {"font-src", "font"}, {"connect-src", "connect"}, {"media-src", "media"}, {"object-src", "object"}, {"frame-src", "frame"},
       {"form-action", "form"}}};
  for (const auto& [name, thing] : kThings) {
    if (name == directive) return thing;
  }
  return directive;
}

std::string title_of(const Report& report, std::string_view by) {
  if (report.kind == "expect_ct") return "Expect-CT failed for '" + std::string(report.hostname) + "'";
  if (report.kind == "expect_staple") return "Expect-Staple failed for '" + std::string(report.hostname) + "'";
  if (report.kind == "hpkp") return "Public key pinning validation failed for '" + std::string(report.hostname) + "'";
  const std::string thing(thing_of(report.directive));
  if (by == "inline" || by == "eval") return "Blocked unsafe (eval() or inline) '" + thing + "'";
  return "Blocked '" + thing + "' from '" + std::string(by) + "'";
}

class ReportReader {
 public:
  ReportReader(const SentryContext& context, model::Batch& batch) : context_(context), batch_(batch), arena_(batch.arena) {}

  // One report in the form of its own header: {"csp-report": {...}}; false: it is none that is known.
  bool read_single(od::value& root) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kKinds = {
        {{"csp-report", "csp"}, {"expect-ct-report", "expect_ct"}, {"expect-staple-report", "expect_staple"}}};
    Report hpkp{.kind = "hpkp"};
    bool found = false, has_pins = false;
    for_each_field(root, [&](std::string_view key, od::value& member) {
      for (const auto& [name, kind] : kKinds) {
        if (key == name) found = read_body(kind, member) || found;
      }
      if (key == "known-pins") has_pins = true;
      if (key == "hostname") hpkp.hostname = read_text(member, arena_);
    });
    if (found || !has_pins || hpkp.hostname.empty()) return found;
    hpkp.json = whole_;
    add(hpkp);
    return true;
  }

  // One of a list: {"type": "csp-violation", "url": ..., "body": {...}}.
  bool read_of_list(od::value& element) {
    std::string_view type, body;
    for_each_field(element, [&](std::string_view key, od::value& member) {
      if (key == "type") type = read_text(member, arena_);
      else if (key == "body" && is_object(member)) body = read_text_or_json(member, arena_);
    });
    if (type == "csp-violation" && !body.empty()) {
      later_.emplace_back(body);
      return true;
    }
    batch_.add_unkept(type == "deprecation" || type == "intervention" || type == "crash" || type == "network-error" ? "report " + std::string(type) : "report other");
    return true;
  }

  // Bodies of a list's reports are read once the list is: there is one parser.
  void read_bodies(JsonParser& parser) {
    for (const std::string_view body : later_) {
      const auto prepared = prepare_json(body, arena_);
      if (!prepared) continue;  // it was valid as a part
      od::document document = open_document(parser, *prepared);
      od::value root = document.get_value();
      (void)read_body("csp", root);
    }
  }
  void set_whole(std::string_view json) { whole_ = json; }
  size_t reports() const { return reports_; }

 private:
  bool read_body(std::string_view kind, od::value& body) {
    if (!is_object(body)) return false;
    Report report{.kind = kind};
    std::string_view violated;
    std::string out;
    base::JsonWriter w(out);
    w.begin_object();
    for_each_field(body, [&](std::string_view key, od::value& member) {
      const std::string name(key);
      const bool is_text = !is_object(member) && !is_array(member);
      const std::string_view text = read_text_or_json(member, arena_);
      if (name == "document-uri" || name == "documentURL") report.document = text;
      else if (name == "blocked-uri" || name == "blockedURL") report.blocked = text;
      else if (name == "effective-directive" || name == "effectiveDirective") report.directive = first_word(text);
      else if (name == "violated-directive" || name == "violatedDirective") violated = first_word(text);
      else if (name == "hostname") report.hostname = text;
      w.key(name);
      if (is_text) w.string(text);
      else w.raw(text);
    });
    w.end_object();
    if (report.directive.empty()) report.directive = violated;
    if (kind == "csp" ? report.directive.empty() : report.hostname.empty()) return false;
    report.json = arena_.copy(out);
    add(report);
    return true;
  }

  void add(const Report& report) {
    const bool is_csp = report.kind == "csp";
    const std::string_view by = arena_.copy(is_csp ? blocked_by(report.blocked, report.document) : std::string(report.hostname));
    model::ErrorEvent event{.event_id = id_of(report.json), .time = context_.received_time, .received_time = context_.received_time, .project = context_.project,
                            .level = "error", .platform = "other", .logger = report.kind, .release = context_.release, .environment = context_.environment};
    event.message = arena_.copy(title_of(report, by));
    event.request_url = report.document;
    event.resource = resource_of(batch_, {context_.service_name, event.release, event.environment, {}, {}, {}, event.platform});
    const std::array<std::string_view, 3> fingerprint = {report.kind, report.directive, by};
    event.fingerprint = arena_.copy_array(std::span<const std::string_view>(fingerprint));
    AttributeList tags(arena_);
    tags.add_text("effective-directive", report.directive);
    tags.add_text("blocked-uri", report.blocked);
    tags.add_text("hostname", report.hostname);
    event.tags = tags.finish();
    event.payload = payload_of(event, report);
    batch_.errors.push_back(event);
    ++reports_;
  }

  std::string_view payload_of(const model::ErrorEvent& event, const Report& report) {
    std::string out;
    base::JsonWriter w(out);
    w.begin_object().field("event_id", event.event_id.hex()).field("level", event.level).field("platform", event.platform).field("logger", event.logger);
    w.field("message", event.message);
    if (!event.release.empty()) w.field("release", event.release);
    if (!event.environment.empty()) w.field("environment", event.environment);
    if (!report.document.empty()) w.key("request").begin_object().field("url", report.document).end_object();
    w.key(report.kind).raw(report.json).end_object();
    return arena_.copy(out);
  }

  // Reports have no ids, and the same text is another report each time.
  model::EventId id_of(std::string_view json) const {
    const uint64_t salt = static_cast<uint64_t>(context_.received_time) + reports_;
    const std::array<uint64_t, 2> halves = {base::hash64(json, salt), base::hash64(json, ~salt)};
    model::EventId id;
    std::memcpy(id.bytes.data(), halves.data(), sizeof halves);
    return id;
  }

  const SentryContext& context_;
  model::Batch& batch_;
  base::Arena& arena_;
  std::vector<std::string_view> later_;
  std::string_view whole_;
  size_t reports_ = 0;
};

}  // namespace

std::string blocked_by(std::string_view uri, std::string_view document) {
  if (uri.empty() || uri == "self" || uri == "'self'") return "self";
  if (uri == "inline" || uri == "eval") return std::string(uri);
  const std::string_view host = host_of(uri);
  if (host.empty()) return std::string(uri.substr(0, uri.find(':')));
  return host == host_of(document) ? "self" : std::string(host);
}

ItemResult<> decode_reports(std::string_view json, const SentryContext& context, JsonParser& parser, model::Batch& batch) {
  if (json.size() > kMostReportListBytes) return reject("too_large", "security report of " + std::to_string(json.size()) + " bytes");
  const auto prepared = prepare_json(json, batch.arena);
  if (!prepared) return std::unexpected(prepared.error());
  ReportReader reader(context, batch);
  reader.set_whole(*prepared);
  size_t seen = 0;
  bool known = false;
  try {
    od::document document = open_document(parser, *prepared);
    od::value root = document.get_value();
    if (is_array(root)) {
      for_each_element(root, [&](od::value& element) {
        if (++seen <= kMostReports && is_object(element)) known = reader.read_of_list(element) || known;
      });
    } else if (is_object(root)) {
      known = reader.read_single(root);
    }
    reader.read_bodies(parser);
  } catch (const simdjson::simdjson_error& error) {
    return reject("invalid_json", error.what());
  }
  if (seen > kMostReports) batch.reject("too_many_items", "more than 100 reports in a list", seen - kMostReports);
  if (!known) return reject("invalid_report", "neither a CSP, Expect-CT, Expect-Staple nor HPKP report, nor a list of reports");
  return {};
}

base::Result<DecodedEnvelope> decode_security(const std::shared_ptr<const std::string>& body, const SentryContext& context, model::Batch& batch) {
  JsonParser parser;
  if (const auto taken = decode_reports(*body, context, parser, batch); !taken) {
    batch.reject(taken.error().reason, "security report: " + taken.error().detail);
    const bool is_large = taken.error().reason == "too_large";
    return base::fail(is_large ? base::Code::kTooLarge : base::Code::kInvalidArgument, taken.error().detail);
  }
  DecodedEnvelope decoded;
  decoded.items = 1;
  if (!batch.errors.empty()) decoded.event_id = batch.errors.front().event_id;
  return decoded;
}

}  // namespace tripod::ingest::sentry
