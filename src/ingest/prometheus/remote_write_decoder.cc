#include "ingest/prometheus/remote_write_decoder.h"

#include <protozero/pbf_message.hpp>
#include <unordered_set>
#include <vector>

#include "base/compress.h"
#include "ingest/prometheus/write_series.h"

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
// Of both versions, but for the labels: references in version 2.
enum class ExemplarField : protozero::pbf_tag_type { kLabels = 1, kValue = 2, kTimestamp = 3 };
enum class MetadataField : protozero::pbf_tag_type { kType = 1, kFamily = 2, kHelp = 4, kUnit = 5 };

// Of both versions.
model::Sample read_sample(protozero::pbf_message<SampleField> in) {
  model::Sample out;
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
  return out;
}

// Everything but the labels, which `label` reads from the field that they are in.
template <class ReadLabel>
model::Exemplar read_exemplar(protozero::pbf_message<ExemplarField> in, ReadLabel label) {
  model::Exemplar out;
  while (in.next()) {
    switch (in.tag_and_type()) {
      case tag(ExemplarField::kValue, protozero::pbf_wire_type::fixed64):
        out.value = in.get_double();
        break;
      case tag(ExemplarField::kTimestamp, protozero::pbf_wire_type::varint):
        out.time_ms = in.get_int64();
        break;
      default:
        if (in.tag() == ExemplarField::kLabels) label(in);
        else in.skip();
    }
  }
  return out;
}

// Throws protozero::exception on malformed messages; decode_into() stops it.
class WriteRequestDecoder {
 public:
  explicit WriteRequestDecoder(WriteBatch& to) : to_(to) {}

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
    series_.clear();
    while (in.next()) {
      switch (in.tag_and_type()) {
        case tag(TimeSeries::kLabels):
          to_.push(label(in.get_message()), series_.labels);
          break;
        case tag(TimeSeries::kSamples):
          to_.push(read_sample(in.get_message()), series_.samples);
          break;
        case tag(TimeSeries::kExemplars):
          exemplar(in.get_message());
          break;
        case tag(TimeSeries::kHistograms):
          in.skip();
          ++series_.histograms;
          break;
        default:
          in.skip();
      }
    }
    series_.finish(to_);
  }

  void exemplar(protozero::pbf_message<ExemplarField> in) {
    exemplar_labels_.clear();
    const model::Exemplar out = read_exemplar(in, [&](auto& field) {
      if (field.wire_type() == protozero::pbf_wire_type::length_delimited) to_.push(label(field.get_message()), exemplar_labels_);
      else field.skip();
    });
    series_.add_exemplar(out, exemplar_labels_, {}, to_);
  }

  static model::Label label(protozero::pbf_message<LabelField> in) {
    model::Label out;
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
    return out;
  }

  void metadata(protozero::pbf_message<MetadataField> in) {
    model::MetricMetadata out;
    while (in.next()) {
      switch (in.tag_and_type()) {
        case tag(MetadataField::kType, protozero::pbf_wire_type::varint):
          out.type = write_metric_type(in.get_enum());
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
    add_metadata(out, to_);
  }

  WriteBatch& to_;
  WriteSeries series_;
  std::vector<model::Label> exemplar_labels_;
};

// Version 2: https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/
enum class WriteRequest2 : protozero::pbf_tag_type { kSymbols = 4, kTimeseries = 5 };
enum class TimeSeries2 : protozero::pbf_tag_type { kLabelRefs = 1, kSamples = 2, kHistograms = 3, kExemplars = 4, kMetadata = 5 };
enum class Metadata2 : protozero::pbf_tag_type { kType = 1, kHelpRef = 3, kUnitRef = 4 };

// Text of all labels of a request, written out.
constexpr size_t kMostExpanded = 128u << 20;

class WriteRequest2Decoder {
 public:
  explicit WriteRequest2Decoder(WriteBatch& to) : to_(to) {}

  void decode(std::string_view message) {
    // Symbols may stand behind the series that refer to them.
    protozero::pbf_message<WriteRequest2> symbols(message.data(), message.size());
    while (symbols.next(WriteRequest2::kSymbols, protozero::pbf_wire_type::length_delimited)) add_symbol(view(symbols.get_view()));
    protozero::pbf_message<WriteRequest2> in(message.data(), message.size());
    while (in.next(WriteRequest2::kTimeseries, protozero::pbf_wire_type::length_delimited)) series(in.get_message());
  }

 private:
  // Looked at once, however many refer to it.
  void add_symbol(std::string_view text) {
    const bool good = is_utf8(text);
    to_.push({good ? text : std::string_view(), good ? std::string_view() : std::string_view("invalid_utf8")}, symbols_);
  }

  std::string_view symbol(uint32_t reference) {
    if (reference >= symbols_.size()) {
      if (reference != 0) fault_ = "invalid_symbol_reference";
      return {};
    }
    const Symbol& symbol = symbols_[reference];
    if (!symbol.fault.empty()) fault_ = symbol.fault;
    // A reference of a byte stands for all of its text: what the request says in full is bounded.
    expanded_ += symbol.text.size() + sizeof(std::string_view);
    if (expanded_ > kMostExpanded) throw WriteBatch::TooLarge{"the labels of all series, written out, are larger than 128 MiB: send fewer series at once"};
    return symbol.text;
  }

  void series(protozero::pbf_message<TimeSeries2> in) {
    series_.clear();
    fault_ = {};
    model::MetricMetadata metadata;
    std::vector<protozero::data_view> exemplars;  // read when the labels are known
    while (in.next()) {
      switch (in.tag_and_type()) {
        case tag(TimeSeries2::kLabelRefs):
        case tag(TimeSeries2::kLabelRefs, protozero::pbf_wire_type::varint):
          label_references(in, series_.labels);
          break;
        case tag(TimeSeries2::kSamples):
          to_.push(read_sample(in.get_message()), series_.samples);
          break;
        case tag(TimeSeries2::kHistograms):
          in.skip();
          ++series_.histograms;
          break;
        case tag(TimeSeries2::kExemplars):
          to_.push(in.get_view(), exemplars);
          break;
        case tag(TimeSeries2::kMetadata):
          read_metadata(in.get_message(), metadata);
          break;
        default:
          in.skip();
      }
    }
    if (name_pending_) fault_ = "invalid_symbol_reference";  // a name without a value
    name_pending_ = false;
    describe(metadata);
    const std::string_view fault = fault_;
    for (const protozero::data_view& message : exemplars) exemplar(protozero::pbf_message<ExemplarField>(message));
    series_.finish(to_, fault);
  }

  void exemplar(protozero::pbf_message<ExemplarField> in) {
    fault_ = {};
    exemplar_labels_.clear();
    const model::Exemplar out = read_exemplar(in, [&](auto& field) { label_references(field, exemplar_labels_); });
    if (name_pending_) fault_ = "invalid_symbol_reference";
    name_pending_ = false;
    series_.add_exemplar(out, exemplar_labels_, fault_, to_);
  }

  // Names and values in turn: packed, or one of them.
  template <class Message>
  void label_references(Message& in, std::vector<model::Label>& labels) {
    if (in.wire_type() == protozero::pbf_wire_type::varint) return label_reference(in.get_uint32(), labels);
    if (in.wire_type() != protozero::pbf_wire_type::length_delimited) return in.skip();
    const auto references = in.get_packed_uint32();
    for (auto at = references.begin(); at != references.end(); ++at) label_reference(*at, labels);
  }

  void label_reference(uint32_t reference, std::vector<model::Label>& labels) {
    if (name_pending_) labels.back().value = symbol(reference);
    else to_.push({symbol(reference), {}}, labels);
    name_pending_ = !name_pending_;
  }

  void read_metadata(protozero::pbf_message<Metadata2> in, model::MetricMetadata& out) {
    while (in.next()) {
      switch (in.tag_and_type()) {
        case tag(Metadata2::kType, protozero::pbf_wire_type::varint):
          out.type = write_metric_type(in.get_enum());
          break;
        case tag(Metadata2::kHelpRef, protozero::pbf_wire_type::varint):
          out.help = symbol(in.get_uint32());
          break;
        case tag(Metadata2::kUnitRef, protozero::pbf_wire_type::varint):
          out.unit = symbol(in.get_uint32());
          break;
        default:
          in.skip();
      }
    }
  }

  // Metadata comes with each series; it is taken once a metric.
  void describe(model::MetricMetadata metadata) {
    if (metadata.type == model::MetricType::kUnknown && metadata.help.empty() && metadata.unit.empty()) return;
    for (const model::Label& label : series_.labels) {
      if (label.name == "__name__") metadata.family = label.value;
    }
    if (metadata.family.empty() || !described_.insert(metadata.family).second) return;
    add_metadata(metadata, to_);
  }

  WriteBatch& to_;
  struct Symbol {
    std::string_view text;
    std::string_view fault;  // why it cannot be part of a label; empty: it can
  };
  std::vector<Symbol> symbols_;
  size_t expanded_ = 0;  // bytes of what was referred to, so far
  std::unordered_set<std::string_view> described_;
  WriteSeries series_;
  std::vector<model::Label> exemplar_labels_;
  std::string_view fault_;     // of the series or exemplar being read
  bool name_pending_ = false;  // a label's value is to come
};

// Appends what `decode` reads; on a malformed message the batch is as it was.
template <class Decoder>
Result<> decode_into(std::shared_ptr<const std::string> message, model::Batch& batch, const DecodeLimits& limits) {
  const size_t series = batch.series.size();
  const size_t metadata = batch.metadata.size();
  const size_t exemplars = batch.exemplars.size();
  auto rejections = batch.rejections;
  auto unkept = batch.unkept;
  const auto refuse = [&](Code code, std::string why) {
    batch.series.resize(series);
    batch.metadata.resize(metadata);
    batch.exemplars.resize(exemplars);
    batch.rejections = std::move(rejections);
    batch.unkept = std::move(unkept);
    return fail(code, "remote write: " + std::move(why));
  };
  try {
    WriteBatch to(batch, limits);
    Decoder(to).decode(*message);
    to.rejections().flush();
  } catch (const WriteBatch::TooLarge& e) {
    return refuse(Code::kTooLarge, std::string(e.why));
  } catch (const protozero::exception& e) {
    return refuse(Code::kInvalidArgument, std::string("malformed protobuf: ") + e.what());
  }
  batch.bodies.push_back(std::move(message));
  return {};
}

}  // namespace

Result<> decode_write_request(std::shared_ptr<const std::string> message, RemoteWriteVersion version, model::Batch& batch, const DecodeLimits& limits) {
  switch (version) {
    case RemoteWriteVersion::kV1:
      return decode_into<WriteRequestDecoder>(std::move(message), batch, limits);
    case RemoteWriteVersion::kV2:
      return decode_into<WriteRequest2Decoder>(std::move(message), batch, limits);
    case RemoteWriteVersion::kUnknown:
      break;
  }
  return fail(Code::kUnsupported, "remote write: neither prometheus.WriteRequest nor io.prometheus.write.v2.Request");
}

Result<> decode_remote_write(std::string_view body, RemoteWriteVersion version, size_t max_decompressed, model::Batch& batch) {
  auto message = base::decode_content("snappy", body, max_decompressed);
  if (!message) return fail(message.error().code, "remote write: " + message.error().message);
  return decode_write_request(std::make_shared<const std::string>(std::move(*message)), version, batch);
}

}  // namespace tripod::ingest::prometheus
