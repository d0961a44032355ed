#include "ingest/sentry/measurement.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "ingest/sentry/timestamp.h"
#include "ingest/naming/prometheus_names.h"

namespace tripod::ingest::sentry {
namespace {

using model::Label;
using model::Value;
using model::ValueType;

constexpr size_t kMostAttributes = 64;

// What the SDK says of itself, of its process and of who was served: not of what was measured, and different for nearly each.
bool is_of_the_sender(std::string_view key) {
  static constexpr std::array<std::string_view, 7> kFamilies = {"sentry.", "process.", "user.", "user_agent.", "os.", "device.", "browser."};
  return std::ranges::any_of(kFamilies, [&](std::string_view family) { return key.starts_with(family); });
}

std::string_view text_of(const Value& value, base::Arena& arena) {
  switch (value.type()) {
    case ValueType::kNull: return {};
    case ValueType::kInt64: return arena.copy(fmt::format("{}", value.as_int64()));
    case ValueType::kFloat64: return arena.copy(fmt::format("{}", value.as_float64()));
    case ValueType::kBool: return value.as_bool() ? "true" : "false";
    default: return value.text();
  }
}

std::optional<double> number_of(const Value& value) {
  if (value.type() == ValueType::kInt64) return static_cast<double>(value.as_int64());
  if (value.type() == ValueType::kFloat64) return value.as_float64();
  return std::nullopt;
}

class MeasurementReader {
 public:
  MeasurementReader(const SentryContext& context, base::Arena& arena, Measurement& out) : context_(context), arena_(arena), out_(out) {}

  Refusal read(od::value& value) {
    if (!is_object(value)) return {"invalid_metric", "is not a JSON object"};
    for_each_field(value, [&](std::string_view key, od::value& member) { field(key, member); });
    if (naming::metric_name(out_.name, {}, naming::MetricKind::kOther).empty()) return {"invalid_metric", "has no usable name"};
    if (!has_type_) return {"invalid_metric", "has a type that is none of counter, gauge and distribution"};
    if (!has_value_) return {"invalid_metric", "has no value that is a finite number"};
    if (!has_time_) return {"invalid_timestamp", "has no timestamp, or one that cannot be read"};
    if (out_.type == MeasurementType::kCounter && out_.value < 0) return {"negative_delta", "is a counter and less than 0"};
    if (!is_believable(out_.time, context_.received_time)) out_.time = context_.received_time;
    if (!has("job")) out_.labels.push_back({"job", arena_.copy(context_.service_name)});
    std::ranges::sort(out_.labels, {}, &Label::name);
    return {};
  }

 private:
  void field(std::string_view key, od::value& member) {
    if (key == "name") {
      out_.name = read_text(member, arena_);
    } else if (key == "unit") {
      out_.unit = read_text(member, arena_);
    } else if (key == "type") {
      set_type(read_text(member, arena_));
    } else if (key == "value") {
      const auto number = number_of(read_value(member, arena_));
      has_value_ = number && std::isfinite(*number);
      out_.value = number.value_or(0);
    } else if (key == "timestamp") {
      const auto time = parse_timestamp(read_text(member, arena_));
      has_time_ = time.has_value();
      out_.time = time.value_or(0);
    } else if (key == "trace_id") {
      out_.trace_id = model::TraceId::from_hex(read_text(member, arena_));
    } else if (key == "span_id") {
      out_.span_id = model::SpanId::from_hex(read_text(member, arena_));
    } else if (key == "attributes") {
      for_each_field(member, [&](std::string_view name, od::value& typed) { attribute(name, typed); });
    }
  }

  void set_type(std::string_view name) {
    static constexpr std::array<std::string_view, 3> kNames = {"counter", "gauge", "distribution"};
    const auto found = std::ranges::find(kNames, name);
    has_type_ = found != kNames.end();
    if (has_type_) out_.type = static_cast<MeasurementType>(found - kNames.begin());
  }

  // {"value": ..., "type": ...}; the value has its type in JSON already.
  void attribute(std::string_view key, od::value& typed) {
    std::string_view text;
    for_each_field(typed, [&](std::string_view part, od::value& member) {
      if (part == "value") text = text_of(read_value(member, arena_), arena_);
    });
    if (key == "sentry.environment") {
      add("environment", text);
    } else if (key == "sentry.release") {
      add("release", text);
    } else if (key == "server.address") {
      add("instance", text);
    } else if (!is_of_the_sender(key)) {
      add(naming::label_name(key), text);
    }
  }

  bool has(std::string_view name) const { return std::ranges::find(out_.labels, name, &Label::name) != out_.labels.end(); }
  // The first of a name stays.
  void add(std::string_view name, std::string_view text) {
    if (name.empty() || name == "__name__" || text.empty() || out_.labels.size() >= kMostAttributes || has(name)) return;
    out_.labels.push_back({arena_.copy(name), text});
  }

  const SentryContext& context_;
  base::Arena& arena_;
  Measurement& out_;
  bool has_type_ = false;
  bool has_value_ = false;
  bool has_time_ = false;
};

}  // namespace

Refusal read_measurement(od::value& value, const SentryContext& context, base::Arena& arena, Measurement& out) {
  return MeasurementReader(context, arena, out).read(value);
}

}  // namespace tripod::ingest::sentry
