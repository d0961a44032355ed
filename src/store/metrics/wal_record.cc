#include "store/metrics/wal_record.h"

#include <bit>
#include <cmath>
#include <optional>

#include "store/metrics/varint.h"

namespace tripod::store::metrics {
namespace {

using base::Code;
using base::fail;

// Most values are whole numbers. A value is varint(2 * zigzag(n)) for those, else 0x01 and eight
// bytes.
constexpr double kMostWhole = 9007199254740992.0;  // 2^53
constexpr char kRawValue = 1;
constexpr uint8_t kWithoutExemplars = 1;

void put_value(std::string& out, double value) {
  if (value > -kMostWhole && value < kMostWhole) {
    const auto whole = static_cast<int64_t>(value);
    // Bits are compared so that -0.0 stays what it is.
    if (std::bit_cast<uint64_t>(static_cast<double>(whole)) == std::bit_cast<uint64_t>(value)) {
      put_varint(out, zigzag(whole) << 1);
      return;
    }
  }
  out.push_back(kRawValue);
  put_fixed(out, std::bit_cast<uint64_t>(value));
}

double get_value(ByteReader& in) {
  const uint64_t head = in.varint();
  if ((head & 1) == 0) return static_cast<double>(unzigzag(head >> 1));
  if (head != static_cast<uint64_t>(kRawValue)) in.fail();
  return std::bit_cast<double>(in.fixed<uint64_t>());
}

void put_labels(std::string& out, std::span<const model::Label> labels) {
  put_varint(out, labels.size());
  for (const model::Label& label : labels) {
    put_text(out, label.name);
    put_text(out, label.value);
  }
}

void read_labels(ByteReader& in, std::vector<model::Label>& labels) {
  labels.resize(in.varint_at_most(in.left() / 2));
  for (model::Label& label : labels) {
    label.name = in.text();
    label.value = in.text();
  }
}

void read_exemplars(ByteReader& in, const WalRecordVisitor& visitor) {
  std::vector<model::Label> series;
  std::vector<model::Label> labels;
  for (uint64_t n = in.varint_at_most(in.left()); n > 0 && in.ok(); --n) {
    read_labels(in, series);
    model::Exemplar exemplar;
    exemplar.time_ms = in.signed_varint();
    exemplar.value = get_value(in);
    read_labels(in, labels);
    exemplar.labels = labels;
    if (in.ok() && visitor.exemplar) visitor.exemplar(series, exemplar);
  }
}

void read_series(ByteReader& in, const WalRecordVisitor& visitor) {
  std::vector<model::Label> labels;
  for (uint64_t n = in.varint_at_most(in.left()); n > 0 && in.ok(); --n) {
    const uint64_t ref = in.varint();
    read_labels(in, labels);
    if (in.ok()) visitor.series(ref, labels);
  }
}

void read_metadata(ByteReader& in, const WalRecordVisitor& visitor) {
  for (uint64_t n = in.varint_at_most(in.left()); n > 0 && in.ok(); --n) {
    model::MetricMetadata metadata;
    metadata.type = static_cast<model::MetricType>(
        in.varint_at_most(static_cast<uint64_t>(model::MetricType::kStateSet)));
    metadata.family = in.text();
    metadata.help = in.text();
    metadata.unit = in.text();
    if (in.ok()) visitor.metadata(metadata);
  }
}

void read_samples(ByteReader& in, const WalRecordVisitor& visitor) {
  std::vector<model::Sample> samples;
  uint64_t ref = 0;
  int64_t time = 0;
  for (uint64_t n = in.varint_at_most(in.left()); n > 0 && in.ok(); --n) {
    ref += static_cast<uint64_t>(in.signed_varint());
    samples.resize(in.varint_at_most(in.left() / 2));
    for (model::Sample& sample : samples) {
      time = wrapping_add(time, in.signed_varint());
      sample = {time, get_value(in)};
    }
    if (in.ok()) visitor.samples(ref, samples);
  }
}

}  // namespace

void WalRecordWriter::add_series(uint64_t ref, std::span<const model::Label> labels) {
  put_varint(series_, ref);
  put_labels(series_, labels);
  ++series_count_;
}

void WalRecordWriter::add_metadata(const model::MetricMetadata& metadata) {
  put_varint(metadata_, static_cast<uint64_t>(metadata.type));
  put_text(metadata_, metadata.family);
  put_text(metadata_, metadata.help);
  put_text(metadata_, metadata.unit);
  ++metadata_count_;
}

void WalRecordWriter::add_samples(uint64_t ref, std::span<const model::Sample> samples) {
  put_signed(samples_, static_cast<int64_t>(ref - last_ref_));
  last_ref_ = ref;
  put_varint(samples_, samples.size());
  for (const model::Sample& sample : samples) {
    put_signed(samples_, wrapping_sub(sample.time_ms, last_time_));
    last_time_ = sample.time_ms;
    put_value(samples_, sample.value);
  }
  ++group_count_;
}

void WalRecordWriter::add_exemplar(std::span<const model::Label> series,
                                   const model::Exemplar& exemplar) {
  put_labels(exemplars_, series);
  put_signed(exemplars_, exemplar.time_ms);
  put_value(exemplars_, exemplar.value);
  put_labels(exemplars_, exemplar.labels);
  ++exemplar_count_;
}

std::string WalRecordWriter::finish() {
  std::string out;
  out.reserve(1 + 40 + series_.size() + metadata_.size() + samples_.size() + exemplars_.size());
  out.push_back(static_cast<char>(exemplar_count_ > 0 ? kWalRecordVersion : kWithoutExemplars));
  put_varint(out, series_count_);
  out += series_;
  put_varint(out, metadata_count_);
  out += metadata_;
  put_varint(out, group_count_);
  out += samples_;
  if (exemplar_count_ > 0) {
    put_varint(out, exemplar_count_);
    out += exemplars_;
    exemplars_.clear();
    exemplar_count_ = 0;
  }
  series_.clear();
  metadata_.clear();
  samples_.clear();
  series_count_ = metadata_count_ = group_count_ = last_ref_ = 0;
  last_time_ = 0;
  return out;
}

base::Result<> read_wal_record(std::string_view record, const WalRecordVisitor& visitor) {
  ByteReader in(record);
  const auto version = in.fixed<uint8_t>();
  if (!in.ok() || version == 0) return fail(Code::kDataLoss, "metrics WAL record: no version");
  if (version > kWalRecordVersion) {
    return fail(Code::kUnsupported,
                "metrics WAL record: version " + std::to_string(version) + " is later than ours");
  }
  read_series(in, visitor);
  read_metadata(in, visitor);
  read_samples(in, visitor);
  if (version > kWithoutExemplars) read_exemplars(in, visitor);
  if (!in.ok() || in.left() > 0) return fail(Code::kDataLoss, "metrics WAL record: malformed");
  return {};
}

}  // namespace tripod::store::metrics
