#include "ingest/testing/batch_check.h"

#include "base/json_text.h"
#include "base/result.h"
#include "base/utf8.h"

namespace tripod::ingest::testing {
namespace {

using model::Attribute;
using model::Value;
using model::ValueType;

void check_text(std::string_view text) { TRIPOD_CHECK(base::is_valid_utf8(text)); }

void check_value(const Value& value) {
  switch (value.type()) {
    case ValueType::kString:
      check_text(value.text());
      break;
    case ValueType::kJson:
      check_text(value.text());
      TRIPOD_CHECK(base::check_json(value.text(), base::kMostJsonDepth).fault ==
                   base::JsonFault::kNone);
      break;
    case ValueType::kBytes: {
      // Every byte is read, for the address sanitizer.
      unsigned sum = 0;
      for (unsigned char c : value.text()) sum += c;
      TRIPOD_CHECK(sum <= value.text().size() * 255);
      break;
    }
    default:
      break;
  }
}

void check_attributes(std::span<const Attribute> attributes) {
  for (const Attribute& attribute : attributes) {
    check_text(attribute.key);
    check_value(attribute.value);
  }
}

void check_series(const model::SeriesSamples& series) {
  TRIPOD_CHECK(!series.samples.empty());
  for (size_t i = 0; i < series.labels.size(); ++i) {
    check_text(series.labels[i].name);
    check_text(series.labels[i].value);
    TRIPOD_CHECK(!series.labels[i].value.empty());
    TRIPOD_CHECK(i == 0 || series.labels[i - 1].name < series.labels[i].name);
  }
}

}  // namespace

void check_batch(const model::Batch& batch) {
  for (const auto& resource : batch.resources) check_attributes(resource.attributes);
  for (const auto& scope : batch.scopes) {
    check_text(scope.name);
    check_text(scope.version);
  }
  for (const auto& span : batch.spans) {
    TRIPOD_CHECK(span.resource < batch.resources.size() && span.scope < batch.scopes.size());
    TRIPOD_CHECK(!span.trace_id.empty() && !span.span_id.empty());
    check_text(span.name);
    check_text(span.trace_state);
    check_text(span.status_message);
    check_attributes(span.attributes);
    for (const auto& event : span.events) {
      check_text(event.name);
      check_attributes(event.attributes);
    }
    for (const auto& link : span.links) check_attributes(link.attributes);
  }
  for (const auto& log : batch.logs) {
    TRIPOD_CHECK(log.resource < batch.resources.size());
    check_value(log.body);
    check_text(log.original);
    check_text(log.severity_text);
    check_attributes(log.attributes);
  }
  for (const auto& session : batch.sessions) {
    TRIPOD_CHECK(session.resource < batch.resources.size());
    TRIPOD_CHECK(session.crashed + session.abnormal <= session.errored);
    check_text(session.id);
    check_text(session.user_id);
  }
  for (const auto& series : batch.series) check_series(series);
  for (const auto& rejection : batch.rejections) check_text(rejection.detail);
}

void check_bounded(const model::Batch& batch) {
  TRIPOD_CHECK(batch.arena.bytes_reserved() <= 4 * kFuzzLimits.decoded_bytes);
}

}  // namespace tripod::ingest::testing
