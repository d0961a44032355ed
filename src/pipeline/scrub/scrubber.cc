#include "pipeline/scrub/scrubber.h"

#include <re2/re2.h>

#include <array>
#include <unordered_map>

#include "pipeline/scrub/numbers.h"

namespace tripod::pipeline::scrub {
namespace {

constexpr std::string_view kFiltered = "[Filtered]";

constexpr char kIpAddress[] =
    R"(\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b|)"
    R"(\b(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}\b|\b(?:[0-9a-fA-F]{1,4}:){1,6}(?::[0-9a-fA-F]{1,4}){1,6}\b|)"
    R"(::(?:[0-9a-fA-F]{1,4}:){0,6}[0-9a-fA-F]{1,4}\b)";

bool is_cookie_header(std::string_view key) {
  return key == "http.request.header.cookie" || key == "http.response.header.set-cookie" ||
         key == "http_request_header_cookie" || key == "http_response_header_set_cookie" ||  // as labels
         same_ignoring_case(key, "cookie");
}

std::string shown(const model::Value& value) {
  switch (value.type()) {
    case model::ValueType::kInt64: return std::to_string(value.as_int64());
    case model::ValueType::kFloat64: return std::to_string(value.as_float64());
    case model::ValueType::kBool: return value.as_bool() ? "true" : "false";
    default: return std::string(value.text());
  }
}

}  // namespace

// One walk over a batch: keeps the JSON parser's buffers.
class Scrubber::Pass {
 public:
  Pass(const Scrubber& scrubber, base::Arena& arena)
      : scrubber_(scrubber), arena_(arena), json_(scrubber.words_, scrubber.rules_.empty() ? nullptr : &scrubber.rules_) {}

  void text(std::string_view& value, std::string_view path, TextKind kind = TextKind::kFree) {
    const std::string_view before = value;
    value = scrubber_.scrub_text(value, arena_, kind);
    if (value.data() != before.data()) tally_.add(path);
  }

  base::Result<std::string> json(std::string_view value, std::string_view path) {
    auto scrubbed = json_.scrub(value, &tally_, path);
    if (scrubbed && scrubber_.ip_addresses_) {
      const int addresses = re2::RE2::GlobalReplace(&*scrubbed, *scrubber_.ip_address_, "[Filtered]");
      if (addresses > 0) tally_.add("ip addresses", static_cast<uint32_t>(addresses));
    }
    return scrubbed;
  }

  void value(model::Value& value, std::string_view path, TextKind kind = TextKind::kFree) {
    switch (value.type()) {
      case model::ValueType::kString: {
        std::string_view scrubbed = value.text();
        text(scrubbed, path, kind);
        value = model::Value::string(scrubbed);
        break;
      }
      case model::ValueType::kJson: {
        const auto scrubbed = json(value.text(), path);
        // What is not JSON after all is text like any other.
        value = scrubbed ? model::Value::json(arena_.copy(*scrubbed))
                         : model::Value::string(scrubber_.scrub_text(value.text(), arena_, kind));
        break;
      }
      case model::ValueType::kInt64:
        if (!is_card_number(value.as_int64())) break;
        value = model::Value::string(kFiltered);
        tally_.add(path);
        break;
      default:
        break;
    }
  }

  void attributes(std::span<model::Attribute> list, std::string_view prefix = {}) {
    for (model::Attribute& attribute : list) this->attribute(attribute, prefix);
  }

  void attribute(model::Attribute& attribute, std::string_view prefix) {
    const Name& name = name_of(attribute.key);
    model::Value& v = attribute.value;
    if (!name.sensitive) {
      if (hidden_by_rule(attribute, prefix)) return;
      return value(v, attribute.key, name.cookie ? TextKind::kCookie : TextKind::kFree);
    }
    const bool number =
        v.type() == model::ValueType::kInt64 || v.type() == model::ValueType::kFloat64;
    const bool keep = v.is_null() || v.type() == model::ValueType::kBool ||
                      (number && name.plural_tokens) || (v.is_string() && v.text().empty());
    if (keep) return;
    v = model::Value::string(kFiltered);
    tally_.add(attribute.key);
  }

  // Of an exemplar (attributes that a view took out of its series, as text), or of a series.
  void labels(std::span<model::Label> list) {
    for (model::Label& label : list) {
      const Name& name = name_of(label.name);
      if (name.sensitive) label.value = kFiltered;
      else label.value = scrubber_.scrub_text(label.value, arena_, name.cookie ? TextKind::kCookie : TextKind::kFree);
    }
  }

  void log(model::LogRecord& record) {
    tally_.clear();
    value(record.body, "body");
    if (!is_clean_template(record.original_template)) {
      record.original_template = {};
      record.original = scrubber_.scrub_text(record.original, arena_);
    }
    attributes(record.attributes);
    tell(record.attributes);
  }

  void span(model::Span& span) {
    tally_.clear();
    text(span.name, "name");
    text(span.status_message, "status_message");
    text(span.trace_state, "trace_state");
    attributes(span.attributes);
    for (model::SpanEvent& event : span.events) {
      text(event.name, "events");
      attributes(event.attributes);
    }
    for (model::SpanLink& link : span.links) attributes(link.attributes);
    tell(span.attributes);
  }

  const ScrubTally& tally() const { return tally_; }

  // False when the payload cannot be made safe.
  bool error(model::ErrorEvent& event) {
    tally_.clear();
    const auto payload = json(event.payload, "");
    if (!payload) return false;
    event.payload = arena_.copy(*payload);
    const std::string hidden = tally_.empty() ? std::string() : tally_.json();
    // What was taken out of the payload is hidden likewise, and counted there.
    members(event);
    if (!hidden.empty()) append(event.attributes, hidden, arena_);  // last: its names are paths, and some of them are sensitive
    return true;
  }

 private:
  void members(model::ErrorEvent& event) {
    member(event.message, {"message", "logentry.formatted"});
    member(event.message_template, {"logentry.message", "message"});
    member(event.transaction, {"transaction"});
    member(event.logger, {"logger"});
    member(event.level, {"level"});
    member(event.platform, {"platform"});
    member(event.release, {"release"});
    member(event.environment, {"environment"});
    member(event.server_name, {"server_name"});
    member(event.request_method, {"request.method"});
    member(event.request_url, {"request.url"});
    member(event.user_id, {"user.id", "user.email", "user.username", "user.ip_address"});
    for (std::string_view& part : event.fingerprint) member(part, {"fingerprint"});
    for (model::Exception& exception : event.exceptions) {
      member(exception.type, {"exception.values.type"});
      member(exception.value, {"exception.values.value"});
      frames(exception.frames);
    }
    frames(event.thread_frames);
    attributes(event.tags, "tags.");
    attributes(event.attributes);
  }

  // `paths`: where in the payload it may have stood.
  void member(std::string_view& value, std::initializer_list<std::string_view> paths, TextKind kind = TextKind::kFree) {
    if (value.empty()) return;
    if (!scrubber_.rules_.empty()) {
      for (const std::string_view path : paths) {
        const ScrubRule* rule = scrubber_.rules_.match(path.substr(path.rfind('.') + 1), path);
        if (rule == nullptr) continue;
        value = arena_.copy(scrubber_.rules_.hide(*rule, value));
        return;
      }
    }
    value = scrubber_.scrub_text(value, arena_, kind);
  }

  // By a rule of the server or the project: by the whole key, and by its last part.
  bool hidden_by_rule(model::Attribute& attribute, std::string_view prefix) {
    if (scrubber_.rules_.empty() || attribute.value.is_null()) return false;
    const std::string path = std::string(prefix) + std::string(attribute.key);
    const std::string_view key = attribute.key;
    const ScrubRule* rule = scrubber_.rules_.match(key, path);
    if (rule == nullptr) rule = scrubber_.rules_.match(key.substr(key.rfind('.') + 1), path);
    if (rule == nullptr) return false;
    attribute.value = model::Value::string(arena_.copy(scrubber_.rules_.hide(*rule, shown(attribute.value))));
    tally_.add(path);
    return true;
  }

  static void append(std::span<model::Attribute>& list, std::string_view json, base::Arena& arena) {
    std::vector<model::Attribute> more(list.begin(), list.end());
    more.push_back({kScrubbedField, model::Value::json(arena.copy(json))});
    list = arena.copy_array(std::span<const model::Attribute>(more));
  }
  void tell(std::span<model::Attribute>& list) {
    if (!tally_.empty()) append(list, tally_.json(), arena_);
  }

  // What is known of a name. Names of one batch mostly lie at the same place again and again.
  struct Name {
    std::string_view name;
    bool cookie = false;
    bool sensitive = false;
    bool plural_tokens = false;
  };
  static constexpr size_t kNames = 256;

  const Name& name_of(std::string_view key) {
    Name& known = names_[(reinterpret_cast<uintptr_t>(key.data()) ^ key.size()) % kNames];
    if (known.name.data() == key.data() && known.name.size() == key.size()) return known;
    known = {key, is_cookie_header(key), false, false};
    const auto word = known.cookie ? std::nullopt : scrubber_.words_.match_name(key);
    known.sensitive = word.has_value();
    known.plural_tokens = word && word->plural_tokens;
    return known;
  }

  // A line that is made of scrubbed fields is as clean as the text between them.
  bool is_clean_template(std::string_view original_template) {
    if (original_template.empty()) return false;
    if (original_template.data() == clean_template_.data()) return true;
    const auto [known, is_new] = templates_.try_emplace(original_template.data());
    if (is_new) known->second = find_secrets(original_template, TextKind::kFree, scrubber_.words_).empty() && !scrubber_.ip_addresses_;
    if (known->second) clean_template_ = original_template;
    return known->second;
  }

  // File names, paths and functions stay.
  void frames(std::span<model::Frame> list) {
    for (model::Frame& frame : list) {
      member(frame.context_line, {"exception.values.stacktrace.frames.context_line"}, TextKind::kCode);
    }
  }

  const Scrubber& scrubber_;
  base::Arena& arena_;
  JsonScrubber json_;
  ScrubTally tally_;  // of the record that is looked at
  std::array<Name, kNames> names_{};
  std::string_view clean_template_;                   // the last one
  std::unordered_map<const char*, bool> templates_;   // by where they lie
};

Scrubber::Scrubber(ScrubOptions options)
    : words_(std::move(options.extra_names), std::move(options.safe_names)),
      ip_addresses_(options.ip_addresses),
      rules_(std::move(options.rules)) {
  if (ip_addresses_) {
    ip_address_ = std::make_unique<re2::RE2>(kIpAddress);
    TRIPOD_CHECK(ip_address_->ok());
  }
}

Scrubber::~Scrubber() = default;

std::string_view Scrubber::scrub_text(std::string_view text, base::Arena& arena,
                                      TextKind kind) const {
  if (text.empty()) return text;
  const auto edits = find_secrets(text, kind, words_);
  if (!ip_addresses_) return edits.empty() ? text : arena.copy(apply_edits(text, edits));
  std::string edited = apply_edits(text, edits);
  const int addresses = re2::RE2::GlobalReplace(&edited, *ip_address_, "[Filtered]");
  return edits.empty() && addresses == 0 ? text : arena.copy(edited);
}

void Scrubber::scrub_attributes(std::span<model::Attribute> attributes, base::Arena& arena) const {
  Pass(*this, arena).attributes(attributes);
}

base::Result<std::string> Scrubber::scrub_json(std::string_view json, ScrubTally* tally) const {
  base::Arena unused;
  Pass pass(*this, unused);
  auto scrubbed = pass.json(json, "");
  if (tally != nullptr) *tally = pass.tally();
  return scrubbed;
}

void Scrubber::scrub_batch(model::Batch& batch) const {
  Pass pass(*this, batch.arena);
  for (model::Resource& resource : batch.resources) pass.attributes(resource.attributes);
  for (model::LogRecord& record : batch.logs) pass.log(record);
  for (model::Span& span : batch.spans) pass.span(span);
  for (model::SeriesExemplars& series : batch.exemplars) {
    for (model::Exemplar& exemplar : series.exemplars) pass.labels(exemplar.labels);
  }
  std::erase_if(batch.errors, [&](model::ErrorEvent& event) {
    if (pass.error(event)) return false;
    batch.reject("unscrubbable", "event " + event.event_id.hex() + ": payload is not JSON");
    return true;
  });
}

void Scrubber::scrub_series(model::Batch& batch) const {
  Pass pass(*this, batch.arena);
  for (model::SeriesSamples& series : batch.series) pass.labels(series.labels);
  for (model::SeriesExemplars& series : batch.exemplars) pass.labels(series.series);
}

}  // namespace tripod::pipeline::scrub
