// Any bytes as a WAL record: read or refused; what is read, written again, reads as the same.
#include <bit>
#include <cstdint>
#include <string>

#include "store/metrics/varint.h"
#include "store/metrics/wal_record.h"

namespace {

using namespace tripod;
using store::metrics::put_fixed;
using store::metrics::put_text;
using store::metrics::put_varint;

// Everything a record says as flat bytes, and the same record written anew.
struct Read {
  bool whole = false;
  std::string flat;
  std::string again;
};

Read read(std::string_view record) {
  Read out;
  store::metrics::WalRecordWriter writer;
  store::metrics::WalRecordVisitor visitor;
  visitor.series = [&](uint64_t ref, std::span<const model::Label> labels) {
    put_varint(out.flat, ref);
    for (const model::Label& label : labels) {
      put_text(out.flat, label.name);
      put_text(out.flat, label.value);
    }
    writer.add_series(ref, labels);
  };
  visitor.metadata = [&](const model::MetricMetadata& metadata) {
    put_text(out.flat, metadata.family);
    put_text(out.flat, metadata.help);
    writer.add_metadata(metadata);
  };
  visitor.samples = [&](uint64_t ref, std::span<const model::Sample> samples) {
    put_varint(out.flat, ref);
    for (const model::Sample& sample : samples) {
      put_fixed(out.flat, sample.time_ms);
      put_fixed(out.flat, std::bit_cast<uint64_t>(sample.value));
    }
    writer.add_samples(ref, samples);
  };
  visitor.exemplar = [&](std::span<const model::Label> series, const model::Exemplar& exemplar) {
    for (const auto labels : {series, std::span<const model::Label>(exemplar.labels)}) {
      for (const model::Label& label : labels) {
        put_text(out.flat, label.name);
        put_text(out.flat, label.value);
      }
    }
    put_fixed(out.flat, exemplar.time_ms);
    put_fixed(out.flat, std::bit_cast<uint64_t>(exemplar.value));
    writer.add_exemplar(series, exemplar);
  };
  out.whole = store::metrics::read_wal_record(record, visitor).has_value();
  out.again = writer.finish();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Read first = read({reinterpret_cast<const char*>(data), size});
  if (!first.whole) return 0;
  const Read second = read(first.again);
  TRIPOD_CHECK(second.whole);
  TRIPOD_CHECK(second.flat == first.flat);
  return 0;
}
