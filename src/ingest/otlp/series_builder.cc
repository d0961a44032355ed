#include "ingest/otlp/series_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/utf8.h"
#include "ingest/otlp/base64.h"
#include "ingest/naming/prometheus_names.h"

namespace tripod::ingest::otlp {
namespace {

using model::Attribute;
using model::Label;
using model::Value;
using model::ValueType;

constexpr std::string_view kServiceName = "service.name";
constexpr std::string_view kServiceNamespace = "service.namespace";
constexpr std::string_view kServiceInstance = "service.instance.id";
constexpr std::string_view kNameLabel = "__name__";

bool identifies(std::string_view key) {
  return key == kServiceName || key == kServiceNamespace || key == kServiceInstance;
}

}  // namespace

std::string_view SeriesBuilder::text_of(const Value& value) {
  switch (value.type()) {
    case ValueType::kNull:
      return {};
    case ValueType::kString:
    case ValueType::kJson:
      return value.text();
    case ValueType::kBytes:
      return context_.copy(base64(value.text()));
    case ValueType::kInt64:
      return context_.copy(fmt::format("{}", value.as_int64()));
    case ValueType::kFloat64:
      return context_.copy(fmt::format("{}", value.as_float64()));
    case ValueType::kBool:
      return value.as_bool() ? "true" : "false";
  }
  return {};
}

void SeriesBuilder::set_resource(std::span<const Attribute> resource) {
  job_ = instance_ = {};
  std::string_view service_namespace;
  for (const Attribute& attribute : resource) {
    if (attribute.key == kServiceName) job_ = text_of(attribute.value);
    if (attribute.key == kServiceNamespace) service_namespace = text_of(attribute.value);
    if (attribute.key == kServiceInstance) instance_ = text_of(attribute.value);
  }
  if (!job_.empty() && !service_namespace.empty()) {
    job_ = context_.copy(fmt::format("{}/{}", service_namespace, job_));
  }
}

// Replaces the label of this name, or puts it where the order wants it.
void SeriesBuilder::put_label(std::string_view name, std::string_view value) {
  const auto at = std::ranges::lower_bound(labels_, name, {}, &Label::name);
  if (at != labels_.end() && at->name == name) {
    at->value = value;
  } else {
    labels_.insert(at, Label{name, value});
  }
}

void SeriesBuilder::begin_point(std::span<const Attribute> attributes) {
  sorted_.clear();
  for (const Attribute& attribute : attributes) sorted_.push_back(&attribute);
  std::ranges::stable_sort(sorted_, {}, [](const Attribute* a) { return a->key; });
  labels_.clear();
  for (const Attribute* attribute : sorted_) {
    std::string name = naming::label_name(attribute->key);
    if (name == kNameLabel) continue;
    const bool unchanged = name == attribute->key;
    labels_.push_back(
        {unchanged ? attribute->key : context_.copy(name), text_of(attribute->value)});
  }
  // Keys that become the same name are one label: their values in the order of the original keys.
  std::ranges::stable_sort(labels_, {}, &Label::name);
  size_t kept = 0;
  for (size_t i = 0; i < labels_.size();) {
    size_t end = i + 1;
    while (end < labels_.size() && labels_[end].name == labels_[i].name) ++end;
    Label merged = labels_[i];
    if (end - i > 1) {
      std::string values(merged.value);
      for (size_t k = i + 1; k < end; ++k) {
        values += ';';
        values += labels_[k].value;
      }
      merged.value = context_.copy(values);
    }
    if (!merged.value.empty()) labels_[kept++] = merged;
    i = end;
  }
  labels_.resize(kept);
  if (!job_.empty()) put_label("job", job_);
  if (!instance_.empty()) put_label("instance", instance_);
}

void SeriesBuilder::add(std::string_view name, model::Sample sample, Label extra) {
  model::Batch& batch = context_.batch();
  const bool has_extra = !extra.name.empty();
  const size_t most = labels_.size() + 2;
  if (!context_.charge(most * sizeof(Label) + sizeof(model::Sample) +
                       sizeof(model::SeriesSamples))) {
    return;
  }
  const auto labels = batch.arena.make_array<Label>(most);
  size_t count = 0;
  // Two labels are merged into the sorted ones; __name__ is not always first ("A" sorts before
  // "_").
  std::array<Label, 2> added{Label{kNameLabel, name}, extra};
  const size_t added_count = has_extra ? 2 : 1;
  size_t next = 0;
  for (const Label& label : labels_) {
    if (has_extra && label.name == extra.name) continue;
    while (next < added_count && added[next].name < label.name) labels[count++] = added[next++];
    labels[count++] = label;
  }
  while (next < added_count) labels[count++] = added[next++];
  batch.series.push_back(
      {labels.first(count), batch.arena.copy_array(std::span<const model::Sample>(&sample, 1))});
}

std::optional<model::Exemplar> SeriesBuilder::read_exemplar(protozero::data_view message, int64_t default_time_ms) {
  model::Exemplar out{.labels = {}, .value = 0, .time_ms = default_time_ms};
  bool has_value = false;
  model::TraceId trace;
  model::SpanId span;
  const size_t mark = context_.attributes_mark();
  for (protozero::pbf_reader reader(message); reader.next();) {
    switch (reader.tag_and_type()) {
      case field(ExemplarField::kTime, kFixed64):
        if (const uint64_t time = reader.get_fixed64(); time != 0 && std::in_range<int64_t>(time)) out.time_ms = static_cast<int64_t>(time) / base::kNanosPerMilli;
        break;
      case field(ExemplarField::kAsDouble, kFixed64):
        out.value = reader.get_double();
        has_value = true;
        break;
      case field(ExemplarField::kAsInt, kFixed64):
        out.value = static_cast<double>(reader.get_sfixed64());
        has_value = true;
        break;
      case field(ExemplarField::kTraceId, kLength):
        trace = model::TraceId::from_bytes(view_of(reader.get_view()));
        break;
      case field(ExemplarField::kSpanId, kLength):
        span = model::SpanId::from_bytes(view_of(reader.get_view()));
        break;
      case field(ExemplarField::kAttributes, kLength):
        context_.push_attribute(reader.get_view());
        break;
      default:
        reader.skip();
    }
  }
  (void)context_.take_fault();  // an attribute that is nested too deep is cut: the exemplar's value is none of its business
  if (has_value) out.labels = exemplar_labels(trace, span, context_.pushed_attributes(mark));
  context_.drop_attributes(mark);
  return has_value ? std::optional(out) : std::nullopt;
}

std::span<Label> SeriesBuilder::exemplar_labels(const model::TraceId& trace, const model::SpanId& span, std::span<const Attribute> attributes) {
  constexpr size_t kMostCharacters = 128;  // OpenMetrics
  std::vector<Label> labels;
  size_t characters = 0;
  const auto put = [&](std::string_view name, std::string_view value) {
    const bool known = std::ranges::find(labels, name, &Label::name) != labels.end();
    const size_t size = base::utf8_length(name) + base::utf8_length(value);
    if (known || name.empty() || value.empty() || characters + size > kMostCharacters) return;
    characters += size;
    labels.push_back({name, value});
  };
  if (!trace.empty()) put("trace_id", context_.copy(trace.hex()));
  if (!span.empty()) put("span_id", context_.copy(span.hex()));
  for (const Attribute& attribute : attributes) put(context_.copy(naming::label_name(attribute.key)), text_of(attribute.value));
  std::ranges::sort(labels, {}, &Label::name);
  return context_.charge(labels.size() * sizeof(Label)) ? context_.batch().arena.copy_array(std::span<const Label>(labels)) : std::span<Label>();
}

void SeriesBuilder::add_exemplar(size_t series, const model::Exemplar& exemplar) {
  model::Batch& batch = context_.batch();
  if (!context_.charge(sizeof(exemplar) + sizeof(model::SeriesExemplars))) return;
  batch.exemplars.push_back({batch.series[series].labels, batch.arena.copy_array(std::span<const model::Exemplar>(&exemplar, 1))});
}

void SeriesBuilder::add_target_info(std::span<const Attribute> resource, int64_t time_ms) {
  if (job_.empty() && instance_.empty()) return;
  std::vector<Attribute> others;
  for (const Attribute& attribute : resource) {
    if (!identifies(attribute.key)) others.push_back(attribute);
  }
  if (others.empty()) return;
  begin_point(others);
  add("target_info", {time_ms, 1});
}

}  // namespace tripod::ingest::otlp
