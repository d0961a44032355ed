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

}  // namespace

// One walk over a batch: keeps the JSON parser's buffers.
class Scrubber::Pass {
 public:
  Pass(const Scrubber& scrubber, base::Arena& arena)
      : scrubber_(scrubber), arena_(arena), json_(scrubber.words_) {}

  void text(std::string_view& value, TextKind kind = TextKind::kFree) {
    value = scrubber_.scrub_text(value, arena_, kind);
  }

  base::Result<std::string> json(std::string_view value) {
    auto scrubbed = json_.scrub(value);
    if (scrubbed && scrubber_.ip_addresses_) {
      re2::RE2::GlobalReplace(&*scrubbed, *scrubber_.ip_address_, "[Filtered]");
    }
    return scrubbed;
  }

  void value(model::Value& value, TextKind kind = TextKind::kFree) {
    switch (value.type()) {
      case model::ValueType::kString:
        value = model::Value::string(scrubber_.scrub_text(value.text(), arena_, kind));
        break;
      case model::ValueType::kJson: {
        const auto scrubbed = json(value.text());
        // What is not JSON after all is text like any other.
        value = scrubbed ? model::Value::json(arena_.copy(*scrubbed))
                         : model::Value::string(scrubber_.scrub_text(value.text(), arena_, kind));
        break;
      }
      case model::ValueType::kInt64:
        if (is_card_number(value.as_int64())) value = model::Value::string(kFiltered);
        break;
      default:
        break;
    }
  }

  void attributes(std::span<model::Attribute> list) {
    for (model::Attribute& attribute : list) this->attribute(attribute);
  }

  void attribute(model::Attribute& attribute) {
    const Name& name = name_of(attribute.key);
    model::Value& v = attribute.value;
    if (!name.sensitive) return value(v, name.cookie ? TextKind::kCookie : TextKind::kFree);
    const bool number =
        v.type() == model::ValueType::kInt64 || v.type() == model::ValueType::kFloat64;
    const bool keep = v.is_null() || v.type() == model::ValueType::kBool ||
                      (number && name.plural_tokens) || (v.is_string() && v.text().empty());
    if (!keep) v = model::Value::string(kFiltered);
  }

  // Of an exemplar: attributes that a view took out of its series, as text.
  void labels(std::span<model::Label> list) {
    for (model::Label& label : list) {
      const Name& name = name_of(label.name);
      if (name.sensitive) label.value = kFiltered;
      else text(label.value, name.cookie ? TextKind::kCookie : TextKind::kFree);
    }
  }

  void log(model::LogRecord& record) {
    value(record.body);
    if (!is_clean_template(record.original_template)) {
      record.original_template = {};
      text(record.original);
    }
    attributes(record.attributes);
  }

  void span(model::Span& span) {
    text(span.name);
    text(span.status_message);
    text(span.trace_state);
    attributes(span.attributes);
    for (model::SpanEvent& event : span.events) {
      text(event.name);
      attributes(event.attributes);
    }
    for (model::SpanLink& link : span.links) attributes(link.attributes);
  }

  // False when the payload cannot be made safe.
  bool error(model::ErrorEvent& event) {
    const auto payload = json(event.payload);
    if (!payload) return false;
    event.payload = arena_.copy(*payload);
    for (std::string_view* member :
         {&event.message, &event.message_template, &event.transaction, &event.logger,
          &event.release, &event.environment, &event.server_name, &event.request_method,
          &event.request_url, &event.user_id}) {
      text(*member);
    }
    for (std::string_view& part : event.fingerprint) text(part);
    for (model::Exception& exception : event.exceptions) {
      text(exception.value);
      frames(exception.frames);
    }
    frames(event.thread_frames);
    attributes(event.tags);
    attributes(event.attributes);
    return true;
  }

 private:
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
    for (model::Frame& frame : list) text(frame.context_line, TextKind::kCode);
  }

  const Scrubber& scrubber_;
  base::Arena& arena_;
  JsonScrubber json_;
  std::array<Name, kNames> names_{};
  std::string_view clean_template_;                   // the last one
  std::unordered_map<const char*, bool> templates_;   // by where they lie
};

Scrubber::Scrubber(ScrubOptions options)
    : words_(std::move(options.extra_names), std::move(options.safe_names)),
      ip_addresses_(options.ip_addresses) {
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

base::Result<std::string> Scrubber::scrub_json(std::string_view json) const {
  base::Arena unused;
  return Pass(*this, unused).json(json);
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

}  // namespace tripod::pipeline::scrub
