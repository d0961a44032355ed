// Makes Prometheus series of OTLP data points: labels from attributes and resource, sorted and
// merged as Prometheus's OTLP receiver does. Internal to this folder.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/otlp/decode_context.h"
#include "model/batch.h"

namespace tripod::ingest::otlp {

// Not thread-safe. Text goes to the batch's arena.
class SeriesBuilder {
 public:
  explicit SeriesBuilder(DecodeContext& context) : context_(context) {}

  // `job` (service.namespace/service.name) and `instance` (service.instance.id) of all that
  // follows.
  void set_resource(std::span<const model::Attribute> resource);
  // Labels of one data point, shared by the series it becomes.
  void begin_point(std::span<const model::Attribute> attributes);
  // Adds a series of one sample. `extra` (le, quantile) replaces an attribute of its name; empty
  // name: none.
  void add(std::string_view name, model::Sample sample, model::Label extra = {});
  // Adds an exemplar to the series at `series` of the batch, which the current point became. One without a value is counted as not kept.
  void add_exemplar(size_t series, const model::Exemplar& exemplar);
  // Reads an exemplar's value, time (`default_time_ms` where it has none) and labels: trace_id, span_id and its attributes, as far as
  // all are no longer than 128 characters. nullopt: it has no value. Throws protozero::exception on malformed bytes.
  std::optional<model::Exemplar> read_exemplar(protozero::data_view message, int64_t default_time_ms);
  // target_info with the resource's other attributes, where the resource can be identified and has
  // any.
  void add_target_info(std::span<const model::Attribute> resource, int64_t time_ms);

 private:
  void put_label(std::string_view name, std::string_view value);
  std::span<model::Label> exemplar_labels(const model::TraceId& trace, const model::SpanId& span, std::span<const model::Attribute> attributes);
  std::string_view text_of(const model::Value& value);

  DecodeContext& context_;
  std::string_view job_;
  std::string_view instance_;
  std::vector<const model::Attribute*> sorted_;
  std::vector<model::Label> labels_;  // sorted by name; without __name__
};

}  // namespace tripod::ingest::otlp
