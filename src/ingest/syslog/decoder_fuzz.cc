// Any bytes as a syslog stream: whole, and in pieces as a connection brings them.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "ingest/syslog/decoder.h"
#include "ingest/testing/batch_check.h"

namespace {

using namespace tripod;
namespace syslog = ingest::syslog;

struct Seen {
  std::vector<std::string> texts;
  size_t too_long = 0;

  void add(std::string_view bytes, const std::vector<syslog::Frame>& frames) {
    for (const auto& f : frames) {
      TRIPOD_CHECK(f.fault != syslog::FrameFault::kNone || f.begin + f.size <= bytes.size());
      if (f.fault == syslog::FrameFault::kNone) texts.emplace_back(bytes.substr(f.begin, f.size));
      if (f.fault == syslog::FrameFault::kTooLong) ++too_long;
    }
  }
};

// Small, so that small inputs reach it.
constexpr size_t kMost = 40;

Seen split_in(std::string_view stream, size_t chunk) {
  syslog::FrameSplitter splitter(kMost);
  Seen seen;
  std::string buffer;
  while (!stream.empty()) {
    buffer += stream.substr(0, chunk);
    stream.remove_prefix(std::min(chunk, stream.size()));
    std::vector<syslog::Frame> frames;
    const size_t done = splitter.split(buffer, frames);
    seen.add(buffer, frames);
    buffer.erase(0, done);
    TRIPOD_CHECK(buffer.size() <= kMost + 10);
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto body = std::make_shared<const std::string>(reinterpret_cast<const char*>(data), size);
  const Seen whole = split_in(*body, size + 1);
  const Seen pieces = split_in(*body, size == 0 ? 1 : data[0] % 9 + 1);
  TRIPOD_CHECK(whole.texts == pieces.texts);
  TRIPOD_CHECK(whole.too_long == pieces.too_long);

  syslog::Options options;
  options.received = 1'795'365'900'000'000'000;
  model::Batch batch;
  const auto decoded = syslog::decode(body, options, "fuzz", batch, ingest::testing::kFuzzLimits);
  ingest::testing::check_bounded(batch);
  if (decoded) ingest::testing::check_batch(batch);
  return 0;
}
