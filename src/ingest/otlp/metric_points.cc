#include "ingest/otlp/metric_points.h"

namespace tripod::ingest::otlp {
namespace {

Quantile read_quantile(protozero::data_view message) {
  Quantile out;
  for (protozero::pbf_reader reader(message); reader.next();) {
    switch (reader.tag_and_type()) {
      case field(QuantileField::kQuantile, kFixed64):
        out.quantile = reader.get_double();
        break;
      case field(QuantileField::kValue, kFixed64):
        out.value = reader.get_double();
        break;
      default:
        reader.skip();
    }
  }
  return out;
}

}  // namespace

void PointReader::read(MetricField kind, protozero::data_view message, Point& point) {
  point.start = point.time = point.count = point.flags = 0;
  point.value.reset();
  point.sum.reset();
  point.counts.clear();
  point.bounds.clear();
  point.quantiles.clear();
  point.exemplars.clear();
  if (kind == MetricField::kHistogram) {
    read_histogram(message, point);
  } else if (kind == MetricField::kSummary) {
    point.sum = 0;  // a summary's sum has no presence: 0 is not sent
    read_summary(message, point);
  } else {
    read_number(message, point);
  }
}

void PointReader::read_number(protozero::data_view message, Point& point) {
  for (protozero::pbf_reader reader(message); !context_.exhausted() && reader.next();) {
    switch (reader.tag_and_type()) {
      case field(NumberPointField::kStart, kFixed64):
        point.start = reader.get_fixed64();
        break;
      case field(NumberPointField::kTime, kFixed64):
        point.time = reader.get_fixed64();
        break;
      case field(NumberPointField::kAsDouble, kFixed64):
        point.value = reader.get_double();
        break;
      case field(NumberPointField::kAsInt, kFixed64):
        point.value = static_cast<double>(reader.get_sfixed64());
        break;
      case field(NumberPointField::kAttributes, kLength):
        context_.push_attribute(reader.get_view());
        break;
      case field(NumberPointField::kFlags, kVarint):
        point.flags = reader.get_uint32();
        break;
      case field(NumberPointField::kExemplars, kLength):
        push(reader.get_view(), point.exemplars);
        break;
      default:
        reader.skip();
    }
  }
}

void PointReader::read_histogram(protozero::data_view message, Point& point) {
  for (protozero::pbf_reader reader(message); !context_.exhausted() && reader.next();) {
    switch (reader.tag_and_type()) {
      case field(HistogramPointField::kStart, kFixed64):
        point.start = reader.get_fixed64();
        break;
      case field(HistogramPointField::kTime, kFixed64):
        point.time = reader.get_fixed64();
        break;
      case field(HistogramPointField::kCount, kFixed64):
        point.count = reader.get_fixed64();
        break;
      case field(HistogramPointField::kSum, kFixed64):
        point.sum = reader.get_double();
        break;
      case field(HistogramPointField::kBucketCounts, kLength):
        append(reader.get_packed_fixed64(), point.counts);
        break;
      case field(HistogramPointField::kBucketCounts, kFixed64):  // not packed: allowed on the wire
        push(reader.get_fixed64(), point.counts);
        break;
      case field(HistogramPointField::kExplicitBounds, kLength):
        append(reader.get_packed_double(), point.bounds);
        break;
      case field(HistogramPointField::kExplicitBounds, kFixed64):
        push(reader.get_double(), point.bounds);
        break;
      case field(HistogramPointField::kAttributes, kLength):
        context_.push_attribute(reader.get_view());
        break;
      case field(HistogramPointField::kFlags, kVarint):
        point.flags = reader.get_uint32();
        break;
      case field(HistogramPointField::kExemplars, kLength):
        push(reader.get_view(), point.exemplars);
        break;
      default:
        reader.skip();
    }
  }
}

void PointReader::read_summary(protozero::data_view message, Point& point) {
  for (protozero::pbf_reader reader(message); !context_.exhausted() && reader.next();) {
    switch (reader.tag_and_type()) {
      case field(SummaryPointField::kTime, kFixed64):
        point.time = reader.get_fixed64();
        break;
      case field(SummaryPointField::kCount, kFixed64):
        point.count = reader.get_fixed64();
        break;
      case field(SummaryPointField::kSum, kFixed64):
        point.sum = reader.get_double();
        break;
      case field(SummaryPointField::kQuantiles, kLength):
        push(read_quantile(reader.get_view()), point.quantiles);
        break;
      case field(SummaryPointField::kAttributes, kLength):
        context_.push_attribute(reader.get_view());
        break;
      case field(SummaryPointField::kFlags, kVarint):
        point.flags = reader.get_uint32();
        break;
      default:
        reader.skip();
    }
  }
}

}  // namespace tripod::ingest::otlp
