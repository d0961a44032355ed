// Any text as the body of a log record: nothing is lost, everything is valid, and reading twice
// changes nothing.
#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "base/utf8.h"
#include "ingest/testing/batch_check.h"
#include "pipeline/line/line.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod;
  const std::string raw(reinterpret_cast<const char*>(data), size);
  const auto line = std::make_shared<const std::string>(base::replace_invalid_utf8(raw));
  model::Batch batch;
  batch.bodies.push_back(line);
  batch.resources.emplace_back();
  model::LogRecord record;
  record.time = 1'795'365'600'000'000'000;
  record.body = model::Value::string(*line);
  batch.logs.push_back(record);
  pipeline::parse_lines(batch);
  ingest::testing::check_batch(batch);
  TRIPOD_CHECK(!batch.logs.empty() && batch.logs.size() <= 16);
  const size_t count = batch.logs.size();
  // A plain piece of a split line may be split no further, and a typed record is left alone.
  pipeline::parse_lines(batch);
  TRIPOD_CHECK(batch.logs.size() == count);
  // The repairing of bytes is ours too.
  model::Batch bad;
  record.body = model::Value::string(raw);
  bad.logs.push_back(record);
  pipeline::parse_lines(bad);
  return 0;
}
