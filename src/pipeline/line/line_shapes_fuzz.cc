// Two lines: what is learned from the first must not change what the second is read as, and a template gives its line again.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "base/utf8.h"
#include "pipeline/line/line.h"
#include "pipeline/normalise/normalise.h"

namespace {

using namespace tripod;

struct Read {
  model::Batch batch;
  pipeline::FlattenOutcome outcome;
};

Read read(const std::string& line, pipeline::LineShapes* shapes) {
  Read out;
  out.batch.bodies.push_back(std::make_shared<const std::string>(line));
  model::LogRecord record;
  pipeline::LineParser parser({}, {}, shapes);
  out.outcome = parser.parse_object(*out.batch.bodies.back(), record, out.batch);
  out.batch.logs.push_back(record);
  pipeline::normalise::normalise_batch(out.batch);
  return out;
}

bool same(const model::LogRecord& a, const model::LogRecord& b) {
  if (a.time != b.time || a.severity_number != b.severity_number || a.severity_text != b.severity_text || !(a.body == b.body) ||
      a.trace_id != b.trace_id || a.span_id != b.span_id || a.attributes.size() != b.attributes.size()) {
    return false;
  }
  return std::ranges::all_of(a.attributes, [&](const model::Attribute& attribute) {
    const model::Attribute* other = model::find_attribute(b.attributes, attribute.key);
    return other != nullptr && other->value == attribute.value;
  });
}

void check_template(const model::LogRecord& record, const std::string& line) {
  const auto parsed = model::LineTemplate::parse(record.original_template);
  TRIPOD_CHECK(parsed.has_value());
  const std::string trace = record.trace_id.hex(), span = record.span_id.hex();
  std::string again;
  parsed->compose(record.time, [&](std::string_view key) -> model::Value {
    if (key == "body") return record.body;
    if (key == "trace_id") return model::Value::string(trace);
    if (key == "span_id") return model::Value::string(span);
    const model::Attribute* found = model::find_attribute(record.attributes, key);
    return found == nullptr ? model::Value() : found->value;
  }, again);
  TRIPOD_CHECK(again == line);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text = base::replace_invalid_utf8(std::string(reinterpret_cast<const char*>(data), size));
  const size_t end = std::min(text.find('\n'), text.size());
  pipeline::LineShapes shapes;
  read(text.substr(0, end), &shapes);
  for (const std::string& line : {text.substr(0, end), text.substr(std::min(end + 1, text.size()))}) {
    const Read slow = read(line, nullptr);
    const Read fast = read(line, &shapes);
    TRIPOD_CHECK(slow.outcome == fast.outcome);
    TRIPOD_CHECK(same(slow.batch.logs[0], fast.batch.logs[0]));
    if (!fast.batch.logs[0].original_template.empty()) check_template(fast.batch.logs[0], line);
  }
  return 0;
}
