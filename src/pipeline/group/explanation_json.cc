#include "pipeline/group/explanation_json.h"

#include "base/utf8.h"

namespace tripod::pipeline::group {
namespace {

constexpr size_t kMostValueBytes = 2048;

void write_optional(base::JsonWriter& w, std::string_view key, std::string_view text) {
  w.key(key);
  if (text.empty()) w.null();
  else w.string(text);
}

// No deeper than variant, fingerprint value, exceptions, exception, stack trace, frame, part.
void write_component(base::JsonWriter& w, const Component& component) {
  w.begin_object().field("id", component.id).field("name", component.name).field("contributes", component.contributes);
  write_optional(w, "hint", component.hint);
  write_optional(w, "value", base::utf8_prefix(component.value, kMostValueBytes));
  w.key("children").begin_array();
  for (const Component& child : component.children) write_component(w, child);
  w.end_array().end_object();
}

void write_texts(base::JsonWriter& w, std::string_view key, const std::vector<std::string>& texts) {
  w.key(key).begin_array();
  for (const std::string& text : texts) w.string(text);
  w.end_array();
}

}  // namespace

void write_explanation(base::JsonWriter& w, const Explanation& explanation) {
  w.field("version", explanation.version).field("strategy", explanation.strategy);
  write_texts(w, "hashes", explanation.hashes);
  w.key("fingerprint");
  if (explanation.fingerprint_source.empty()) {
    w.null();
  } else {
    w.begin_object().field("source", explanation.fingerprint_source);
    write_optional(w, "rule", explanation.fingerprint_rule);
    write_texts(w, "values", explanation.fingerprint);
    w.end_object();
  }
  w.key("variants").begin_array();
  for (const VariantExplanation& variant : explanation.variants) {
    w.begin_object().field("name", variant.name).field("contributes", variant.contributes);
    write_optional(w, "hint", variant.hint);
    write_optional(w, "hash", variant.hash);
    w.key("component");
    write_component(w, variant.component);
    w.end_object();
  }
  w.end_array();
}

}  // namespace tripod::pipeline::group
