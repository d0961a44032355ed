#include "ingest/prometheus/remote_write_decoder.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <protozero/pbf_message.hpp>
#include <vector>

#include "base/compress.h"
#include "base/utf8.h"

namespace tripod::ingest::prometheus {

using base::Code;
using base::fail;
using base::Result;

namespace {

// prompb/remote.proto and prompb/types.proto of Prometheus.
enum class WriteRequest : protozero::pbf_tag_type { kTimeseries = 1, kMetadata = 3 };
enum class TimeSeries : protozero::pbf_tag_type {
  kLabels = 1,
  kSamples = 2,
  kExemplars = 3,
  kHistograms = 4
};
enum class LabelField : protozero::pbf_tag_type { kName = 1, kValue = 2 };
enum class SampleField : protozero::pbf_tag_type { kValue = 1, kTimestamp = 2 };
enum class MetadataField : protozero::pbf_tag_type { kType = 1, kFamily = 2, kHelp = 4, kUnit = 5 };

std::string_view view(const protozero::data_view& data) { return {data.data(), data.size()}; }

bool is_ascii(std::string_view text) {
  const char* at = text.data();
  size_t left = text.size();
  uint64_t high = 0;
  for (; left >= 8; at += 8, left -= 8) {
    uint64_t word = 0;
    std::memcpy(&word, at, 8);
    high |= word;
  }
  for (; left > 0; ++at, --left) high |= static_cast<uint8_t>(*at);
  return (high & 0x8080808080808080ULL) == 0;
}

bool is_utf8(std::string_view text) { return is_ascii(text) || base::is_valid_utf8(text); }

std::string quoted_labels(const std::vector<model::Label>& labels) {
  constexpr size_t kMostBytes = 300;
  std::string out = "{";
  for (const model::Label& label : labels) {
    if (out.size() > kMostBytes) {
      out += ", …";
      break;
    }
    if (out.size() > 1) out += ", ";
    out += base::replace_invalid_utf8(label.name.substr(0, 100));
    out += "=\"";
    out += base::replace_invalid_utf8(label.value.substr(0, 100));
    out += '"';
  }
  return out + "}";
}

model::MetricType metric_type(int32_t value) {
  using model::MetricType;
  constexpr MetricType kTypes[] = {
      MetricType::kUnknown,        MetricType::kCounter, MetricType::kGauge, MetricType::kHistogram,
      MetricType::kGaugeHistogram, MetricType::kSummary, MetricType::kInfo,  MetricType::kStateSet};
  return value >= 0 && value < static_cast<int32_t>(std::size(kTypes)) ? kTypes[value]
                                                                       : MetricType::kUnknown;
}

template <class Field>
constexpr uint32_t tag(Field field,
                       protozero::pbf_wire_type type = protozero::pbf_wire_type::length_delimited) {
  return protozero::tag_and_type(field, type);
}

// Throws protozero::exception on malformed messages; decode_write_request() stops it.
class WriteRequestDecoder {
 public:
  explicit WriteRequestDecoder(model::Batch& batch) : batch_(batch) {}

  void decode(std::string_view message) {
    protozero::pbf_message<WriteRequest> in(message.data(), message.size());
    while (in.next()) {
      switch (in.tag_and_type()) {
        case tag(WriteRequest::kTimeseries):
          series(in.get_message());
          break;
        case tag(WriteRequest::kMetadata):
          metadata(in.get_message());
          break;
        default:
          in.skip();
      }
    }
  }

 private:
  void series(protozero::pbf_message<TimeSeries> in) {
    labels_.clear();
    samples_.clear();
    uint64_t histograms = 0;
    uint64_t exemplars = 0;
    while (in.next()) {
      switch (in.tag_and_type()) {
        case tag(TimeSeries::kLabels):
          label(in.get_message());
          break;
        case tag(TimeSeries::kSamples):
          sample(in.get_message());
          break;
        case tag(TimeSeries::kExemplars):
          in.skip();
          ++exemplars;
          break;
        case tag(TimeSeries::kHistograms):
          in.skip();
          ++histograms;
          break;
        default:
          in.skip();
      }
    }
    if (exemplars > 0) batch_.add_unkept("exemplar", exemplars);
    if (histograms > 0) {
      batch_.reject("unsupported_native_histogram", quoted_labels(labels_), histograms);
    }
    if (samples_.empty()) return;
    if (const std::string_view fault = prepare_labels(); !fault.empty()) {
      batch_.reject(fault, quoted_labels(labels_), samples_.size());
      return;
    }
    batch_.series.push_back({batch_.arena.copy_array(std::span<const model::Label>(labels_)),
                             batch_.arena.copy_array(std::span<const model::Sample>(samples_))});
  }

  void label(protozero::pbf_message<LabelField> in) {
    model::Label& out = labels_.emplace_back();
    while (in.next()) {
      switch (in.tag_and_type()) {
        case tag(LabelField::kName):
          out.name = view(in.get_view());
          break;
        case tag(LabelField::kValue):
          out.value = view(in.get_view());
          break;
        default:
          in.skip();
      }
    }
  }

  void sample(protozero::pbf_message<SampleField> in) {
    model::Sample& out = samples_.emplace_back();
    while (in.next()) {
      switch (in.tag_and_type()) {
        case tag(SampleField::kValue, protozero::pbf_wire_type::fixed64):
          out.value = in.get_double();
          break;
        case tag(SampleField::kTimestamp, protozero::pbf_wire_type::varint):
          out.time_ms = in.get_int64();
          break;
        default:
          in.skip();
      }
    }
  }

  // Puts the labels in the model's order; gives why they cannot be kept, or nothing.
  std::string_view prepare_labels() {
    bool sorted = true;
    bool empty_value = false;
    bool named = false;
    for (size_t i = 0; i < labels_.size(); ++i) {
      const model::Label& one = labels_[i];
      if (one.name.empty()) return "empty_label_name";
      if (!is_utf8(one.name) || !is_utf8(one.value)) return "invalid_utf8";
      sorted = sorted && (i == 0 || labels_[i - 1].name < one.name);
      empty_value = empty_value || one.value.empty();
      named = named || (one.name == "__name__" && !one.value.empty());
    }
    if (!named) return "missing_metric_name";
    if (!sorted) {
      std::ranges::stable_sort(labels_, {}, &model::Label::name);
      if (std::ranges::adjacent_find(labels_, {}, &model::Label::name) != labels_.end()) {
        return "duplicate_label_name";
      }
    }
    if (empty_value) std::erase_if(labels_, [](const model::Label& l) { return l.value.empty(); });
    return {};
  }

  void metadata(protozero::pbf_message<MetadataField> in) {
    model::MetricMetadata out;
    while (in.next()) {
      switch (in.tag_and_type()) {
        case tag(MetadataField::kType, protozero::pbf_wire_type::varint):
          out.type = metric_type(in.get_enum());
          break;
        case tag(MetadataField::kFamily):
          out.family = view(in.get_view());
          break;
        case tag(MetadataField::kHelp):
          out.help = view(in.get_view());
          break;
        case tag(MetadataField::kUnit):
          out.unit = view(in.get_view());
          break;
        default:
          in.skip();
      }
    }
    if (out.family.empty() || !is_utf8(out.family) || !is_utf8(out.help) || !is_utf8(out.unit)) {
      batch_.reject("invalid_metadata", base::replace_invalid_utf8(out.family.substr(0, 100)));
      return;
    }
    batch_.metadata.push_back(out);
  }

  model::Batch& batch_;
  std::vector<model::Label> labels_;
  std::vector<model::Sample> samples_;
};

}  // namespace

Result<> decode_write_request(std::shared_ptr<const std::string> message, model::Batch& batch) {
  const size_t series = batch.series.size();
  const size_t metadata = batch.metadata.size();
  auto rejections = batch.rejections;
  auto unkept = batch.unkept;
  try {
    WriteRequestDecoder(batch).decode(*message);
  } catch (const protozero::exception& e) {
    batch.series.resize(series);
    batch.metadata.resize(metadata);
    batch.rejections = std::move(rejections);
    batch.unkept = std::move(unkept);
    return fail(Code::kInvalidArgument,
                std::string("remote write: malformed protobuf: ") + e.what());
  }
  batch.bodies.push_back(std::move(message));
  return {};
}

Result<> decode_remote_write(std::string_view body, size_t max_decompressed, model::Batch& batch) {
  auto message = base::decode_content("snappy", body, max_decompressed);
  if (!message) return fail(message.error().code, "remote write: " + message.error().message);
  return decode_write_request(std::make_shared<const std::string>(std::move(*message)), batch);
}

}  // namespace tripod::ingest::prometheus
