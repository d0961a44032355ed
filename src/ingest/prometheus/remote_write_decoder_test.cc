#include "ingest/prometheus/remote_write_decoder.h"

#include <gtest/gtest.h>
#include <snappy.h>

#include <fstream>
#include <iterator>
#include <map>
#include <protozero/pbf_writer.hpp>
#include <set>

#include "ingest/prometheus/write_series.h"

namespace tripod::ingest::prometheus {
namespace {

using LabelList = std::vector<std::pair<std::string, std::string>>;

std::string series_message(const LabelList& labels, const std::vector<model::Sample>& samples) {
  std::string out;
  protozero::pbf_writer writer(out);
  for (const auto& [name, value] : labels) {
    protozero::pbf_writer label(writer, 1);
    label.add_string(1, name);
    label.add_string(2, value);
  }
  for (const auto& sample : samples) {
    protozero::pbf_writer one(writer, 2);
    one.add_double(1, sample.value);
    one.add_int64(2, sample.time_ms);
  }
  return out;
}

struct Request {
  std::string message;
  protozero::pbf_writer writer{message};
  Request& series(const LabelList& labels, const std::vector<model::Sample>& samples) {
    writer.add_message(1, series_message(labels, samples));
    return *this;
  }
};

std::string compress(const std::string& message) {
  std::string out;
  snappy::Compress(message.data(), message.size(), &out);
  return out;
}

TEST(RemoteWrite, SeriesAndSamples) {
  Request request;
  request.series({{"__name__", "up"}, {"job", "a"}}, {{1000, 1.5}, {2000, -2}});
  model::Batch batch;
  ASSERT_TRUE(decode_remote_write(compress(request.message), RemoteWriteVersion::kV1, 1 << 20, batch).has_value());
  ASSERT_EQ(batch.series.size(), 1u);
  EXPECT_EQ(batch.series[0].labels[1].name, "job");
  EXPECT_EQ(batch.series[0].labels[1].value, "a");
  ASSERT_EQ(batch.series[0].samples.size(), 2u);
  EXPECT_EQ(batch.series[0].samples[1].time_ms, 2000);
  EXPECT_EQ(batch.series[0].samples[1].value, -2);
}

TEST(RemoteWrite, UnsortedLabelsAreSortedAndEmptyOnesLeftOut) {
  Request request;
  request.series({{"z", "1"}, {"__name__", "up"}, {"a", ""}}, {{1, 1}});
  model::Batch batch;
  ASSERT_TRUE(decode_remote_write(compress(request.message), RemoteWriteVersion::kV1, 1 << 20, batch).has_value());
  ASSERT_EQ(batch.series.size(), 1u);
  ASSERT_EQ(batch.series[0].labels.size(), 2u);
  EXPECT_EQ(batch.series[0].labels[0].name, "__name__");
  EXPECT_EQ(batch.series[0].labels[1].name, "z");
}

TEST(RemoteWrite, BadSeriesAreNamedAndTheOthersKept) {
  Request request;
  request.series({{"job", "a"}}, {{1, 1}, {2, 2}});
  request.series({{"__name__", "x"}, {"a", "1"}, {"a", "2"}}, {{1, 1}});
  request.series({{"", "v"}, {"__name__", "x"}}, {{1, 1}});
  request.series({{"__name__", "x"}, {"a", "\xff"}}, {{1, 1}});
  request.series({{"__name__", "good"}}, {{1, 1}});
  model::Batch batch;
  ASSERT_TRUE(decode_remote_write(compress(request.message), RemoteWriteVersion::kV1, 1 << 20, batch).has_value());
  ASSERT_EQ(batch.series.size(), 1u);
  ASSERT_EQ(batch.rejections.size(), 4u);
  EXPECT_EQ(batch.rejections[0].reason, "missing_metric_name");
  EXPECT_EQ(batch.rejections[0].detail, "{job=\"a\"}");
  EXPECT_EQ(batch.rejections[0].count, 2u);
  EXPECT_EQ(batch.rejections[1].reason, "duplicate_label_name");
  EXPECT_EQ(batch.rejections[2].reason, "empty_label_name");
  EXPECT_EQ(batch.rejections[3].reason, "invalid_utf8");
}

TEST(RemoteWrite, ExemplarsGoWithTheirSeries) {
  const auto exemplar = [](const std::vector<std::pair<std::string, std::string>>& labels, double value, int64_t time) {
    std::string out;
    protozero::pbf_writer writer(out);
    for (const auto& [name, text] : labels) {
      std::string label;
      protozero::pbf_writer label_writer(label);
      label_writer.add_string(1, name);
      label_writer.add_string(2, text);
      writer.add_message(1, label);
    }
    writer.add_double(2, value);
    writer.add_int64(3, time);
    return out;
  };
  std::string series = series_message({{"__name__", "h"}}, {{1, 1}});
  protozero::pbf_writer writer(series);
  writer.add_message(3, exemplar({{"trace_id", "abc"}, {"a", "b"}}, 2.5, 77));
  writer.add_message(3, exemplar({{"a", "b"}, {"a", "c"}}, 2.5, 77));
  Request request;
  request.writer.add_message(1, series);
  model::Batch batch;
  ASSERT_TRUE(decode_remote_write(compress(request.message), RemoteWriteVersion::kV1, 1 << 20, batch).has_value());
  ASSERT_EQ(batch.exemplars.size(), 1u);
  EXPECT_EQ(batch.exemplars[0].series[0].value, "h");
  ASSERT_EQ(batch.exemplars[0].exemplars.size(), 1u);
  const model::Exemplar& kept = batch.exemplars[0].exemplars[0];
  EXPECT_EQ(kept.value, 2.5);
  EXPECT_EQ(kept.time_ms, 77);
  ASSERT_EQ(kept.labels.size(), 2u);
  EXPECT_EQ(kept.labels[0].name, "a") << "sorted";
  EXPECT_EQ(kept.labels[1].value, "abc");
  ASSERT_EQ(batch.rejections.size(), 1u);
  EXPECT_EQ(batch.rejections[0].reason, "duplicate_label_name");
  EXPECT_EQ(batch.series.size(), 1u);
}

TEST(RemoteWrite, HistogramsAreRejected) {
  std::string series = series_message({{"__name__", "h"}}, {{1, 1}});
  protozero::pbf_writer writer(series);
  writer.add_message(4, std::string());
  Request request;
  request.writer.add_message(1, series);
  model::Batch batch;
  ASSERT_TRUE(decode_remote_write(compress(request.message), RemoteWriteVersion::kV1, 1 << 20, batch).has_value());
  EXPECT_EQ(batch.series.size(), 1u);
  ASSERT_EQ(batch.rejections.size(), 1u);
  EXPECT_EQ(batch.rejections[0].reason, "unsupported_native_histogram");
}

TEST(RemoteWrite, Metadata) {
  std::string metadata;
  protozero::pbf_writer writer(metadata);
  writer.add_enum(1, 3);
  writer.add_string(2, "latency");
  writer.add_string(4, "How long.");
  writer.add_string(5, "seconds");
  Request request;
  request.writer.add_message(3, metadata);
  model::Batch batch;
  ASSERT_TRUE(decode_remote_write(compress(request.message), RemoteWriteVersion::kV1, 1 << 20, batch).has_value());
  ASSERT_EQ(batch.metadata.size(), 1u);
  EXPECT_EQ(batch.metadata[0].type, model::MetricType::kHistogram);
  EXPECT_EQ(batch.metadata[0].family, "latency");
  EXPECT_EQ(batch.metadata[0].unit, "seconds");
}

TEST(RemoteWrite, WrongBodiesLeaveTheBatchAsItWas) {
  Request request;
  request.series({{"__name__", "up"}}, {{1, 1}});
  const std::string whole = request.message;
  model::Batch batch;
  auto code = [&](const std::string& body, size_t limit = 1 << 20) {
    auto result = decode_remote_write(body, RemoteWriteVersion::kV1, limit, batch);
    return result ? base::Code::kInternal : result.error().code;
  };
  EXPECT_EQ(code("not snappy at all"), base::Code::kInvalidArgument);
  EXPECT_EQ(code(compress(whole + whole.substr(0, whole.size() - 3))),
            base::Code::kInvalidArgument);
  EXPECT_EQ(code(compress(std::string(100'000, 'x')), 1000), base::Code::kTooLarge);
  EXPECT_TRUE(batch.series.empty());
  EXPECT_TRUE(batch.bodies.empty());
}

TEST(RemoteWrite, RealBodiesOfPrometheus) {
  uint64_t samples = 0;
  uint64_t metadata = 0;
  std::set<std::string> jobs;
  for (const char* name : {"001", "005", "007", "010", "016"}) {
    std::ifstream in("tests/corpus/prometheus/remote-write/" + std::string(name) + ".snappy",
                     std::ios::binary);
    const std::string body{std::istreambuf_iterator<char>(in), {}};
    model::Batch batch;
    ASSERT_TRUE(decode_remote_write(body, RemoteWriteVersion::kV1, 8 << 20, batch).has_value()) << name;
    EXPECT_TRUE(batch.rejections.empty()) << name;
    samples += batch.sample_count();
    metadata += batch.metadata.size();
    for (const auto& series : batch.series) {
      for (const auto& label : series.labels) {
        if (label.name == "job") jobs.emplace(label.value);
      }
    }
  }
  EXPECT_EQ(jobs.size(), 2u);
  EXPECT_EQ(samples, 1438u);
  EXPECT_EQ(metadata, 76u);
}

TEST(RemoteWrite, StaleMarkersKeepTheirBits) {
  Request request;
  request.series({{"__name__", "up"}}, {{1, model::stale_marker()}});
  model::Batch batch;
  ASSERT_TRUE(decode_remote_write(compress(request.message), RemoteWriteVersion::kV1, 1 << 20, batch).has_value());
  EXPECT_TRUE(model::is_stale_marker(batch.series[0].samples[0].value));
}

// Messages of two bytes become records of dozens: the size of the body bounds too little.
TEST(RemoteWrite, WhatTakesTooMuchIsRefusedWhole) {
  const DecodeLimits limits{.decoded_bytes = 1u << 20};
  const auto code_of = [&](const std::string& message, RemoteWriteVersion version) {
    model::Batch batch;
    const auto decoded = decode_write_request(std::make_shared<const std::string>(message), version, batch, limits);
    EXPECT_EQ(decoded.has_value(), !batch.bodies.empty());
    if (decoded) return std::string("taken");
    EXPECT_TRUE(batch.series.empty() && batch.exemplars.empty() && batch.rejections.empty() && batch.metadata.empty());
    return std::string(base::code_name(decoded.error().code));
  };
  const auto series_of = [](protozero::pbf_tag_type request_tag, protozero::pbf_tag_type tag, size_t count) {
    std::string message, series;
    protozero::pbf_writer one(series);
    for (size_t i = 0; i < count; ++i) one.add_message(tag, std::string());
    protozero::pbf_writer(message).add_message(request_tag, series);
    return message;
  };
  for (const protozero::pbf_tag_type tag : {1, 2, 3}) {  // labels, samples, exemplars
    EXPECT_EQ(code_of(series_of(1, tag, 100), RemoteWriteVersion::kV1), "taken") << tag;
    EXPECT_EQ(code_of(series_of(1, tag, 100'000), RemoteWriteVersion::kV1), "too_large") << tag;
  }
  for (const protozero::pbf_tag_type tag : {2, 4}) {  // samples, exemplars
    EXPECT_EQ(code_of(series_of(5, tag, 100), RemoteWriteVersion::kV2), "taken") << tag;
    EXPECT_EQ(code_of(series_of(5, tag, 100'000), RemoteWriteVersion::kV2), "too_large") << tag;
  }
  std::string symbols;
  protozero::pbf_writer writer(symbols);
  for (int i = 0; i < 100'000; ++i) writer.add_string(4, "");
  EXPECT_EQ(code_of(symbols, RemoteWriteVersion::kV2), "too_large");
}

TEST(RemoteWrite, TheNewestExemplarsOfASeriesAreKept) {
  Request request;
  std::string series = series_message({{"__name__", "up"}}, {{1000, 1}});
  protozero::pbf_writer writer(series);
  for (int64_t i = 0; i < 100; ++i) {
    protozero::pbf_writer one(writer, 3);
    one.add_double(2, 1);
    one.add_int64(3, (i * 37) % 100);
  }
  request.writer.add_message(1, series);
  model::Batch batch;
  ASSERT_TRUE(decode_remote_write(compress(request.message), RemoteWriteVersion::kV1, 1 << 20, batch).has_value());
  ASSERT_EQ(batch.exemplars.size(), 1u);
  ASSERT_EQ(batch.exemplars[0].exemplars.size(), kMostExemplarsOfSeries);
  EXPECT_EQ(batch.exemplars[0].exemplars.front().time_ms, 68);
  EXPECT_EQ(batch.exemplars[0].exemplars.back().time_ms, 99);
  ASSERT_EQ(batch.unkept.size(), 1u);
  EXPECT_EQ(batch.unkept[0].count, 68u);
}

TEST(RemoteWrite, ManyBadItemsAreCountedNotDescribed) {
  Request request;
  for (int i = 0; i < 1000; ++i) request.series({{"job", std::to_string(i)}}, {{1, 1}});
  model::Batch batch;
  ASSERT_TRUE(decode_remote_write(compress(request.message), RemoteWriteVersion::kV1, 1 << 20, batch).has_value());
  EXPECT_EQ(batch.rejections.size(), 20u);
  EXPECT_EQ(batch.rejected_count(), 1000u);
}

// A request of version 2 by hand: symbols, and series of references to them.
struct Request2 {
  std::string message;
  protozero::pbf_writer writer{message};
  explicit Request2(const std::vector<std::string>& symbols) {
    for (const std::string& symbol : symbols) writer.add_string(4, symbol);
  }
  Request2& series(const std::vector<uint32_t>& references, const std::vector<model::Sample>& samples, bool more = false) {
    protozero::pbf_writer one(writer, 5);
    one.add_packed_uint32(1, references.begin(), references.end());
    for (const auto& sample : samples) {
      protozero::pbf_writer out(one, 2);
      out.add_double(1, sample.value);
      out.add_int64(2, sample.time_ms);
      out.add_int64(3, 1);  // the start timestamp
    }
    if (!more) return *this;
    one.add_message(3, std::string());
    one.add_message(4, std::string());
    protozero::pbf_writer metadata(one, 5);
    metadata.add_enum(1, 1);
    metadata.add_uint32(3, 6);
    metadata.add_uint32(4, 7);
    return *this;
  }
  model::Batch decode() const {
    model::Batch batch;
    EXPECT_TRUE(decode_remote_write(compress(message), RemoteWriteVersion::kV2, 1 << 20, batch).has_value());
    return batch;
  }
};
const std::vector<std::string> kSymbols{"", "__name__", "up", "job", "a", "requests_total", "Requests served", "seconds"};

TEST(RemoteWrite2, SymbolsMetadataAndWhatIsNotKept) {
  const model::Batch batch = Request2(kSymbols).series({1, 2, 3, 4}, {{1000, 1.5}}).series({3, 4, 1, 5}, {{1000, 7}, {2000, 8}}, true).decode();
  ASSERT_EQ(batch.series.size(), 2u);
  EXPECT_EQ(batch.series[1].labels[0].value, "requests_total");
  EXPECT_EQ(batch.series[1].labels[1].value, "a");
  EXPECT_EQ(batch.series[1].samples[1].time_ms, 2000);
  ASSERT_EQ(batch.metadata.size(), 1u);
  EXPECT_EQ(batch.metadata[0].family, "requests_total");
  EXPECT_EQ(batch.metadata[0].type, model::MetricType::kCounter);
  EXPECT_EQ(batch.metadata[0].help, "Requests served");
  EXPECT_EQ(batch.metadata[0].unit, "seconds");
  ASSERT_EQ(batch.rejections.size(), 1u);
  EXPECT_EQ(batch.rejections[0].reason, "unsupported_native_histogram");
  EXPECT_EQ(batch.exemplars.size(), 1u);
}

TEST(RemoteWrite2, SeriesWithReferencesToNothingAreNamedAndTheOthersKept) {
  const model::Batch batch = Request2(kSymbols)
                                 .series({1, 2}, {{1000, 1}})
                                 .series({1, 99}, {{1000, 1}})
                                 .series({1, 2, 3}, {{1000, 1}})
                                 .series({3, 4}, {{1000, 1}})
                                 .series({1, 5}, {{1000, 1}})
                                 .decode();
  EXPECT_EQ(batch.series.size(), 2u);
  std::map<std::string, uint64_t> reasons;
  for (const auto& r : batch.rejections) reasons[r.reason] += r.count;
  EXPECT_EQ(reasons, (std::map<std::string, uint64_t>{{"invalid_symbol_reference", 2}, {"missing_metric_name", 1}}));
}

// A reference is a byte, what it stands for may be megabytes.
TEST(RemoteWrite2, SmallBodiesThatStandForLargeOnesAreRefused) {
  Request2 request({"", "__name__", "up", "label", std::string(1 << 20, 'x')});
  for (int i = 0; i < 200; ++i) request.series({1, 2, 3, 4}, {{1000, 1}});
  model::Batch batch;
  const auto decoded = decode_write_request(std::make_shared<const std::string>(request.message), RemoteWriteVersion::kV2, batch);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code, base::Code::kTooLarge);
  EXPECT_TRUE(batch.series.empty());
}

TEST(RemoteWrite2, ASymbolThatIsNoTextSpoilsTheSeriesThatReferToIt) {
  const model::Batch batch = Request2({"", "__name__", "up", "job", "\xff"}).series({1, 2, 3, 4}, {{1000, 1}}).series({1, 2}, {{1000, 1}}).decode();
  EXPECT_EQ(batch.series.size(), 1u);
  ASSERT_EQ(batch.rejections.size(), 1u);
  EXPECT_EQ(batch.rejections[0].reason, "invalid_utf8");
}

TEST(RemoteWrite2, HalfAMessageLeavesTheBatchAsItWas) {
  const std::string message = Request2(kSymbols).series({1, 2}, {{1000, 1}}).message;
  for (size_t size = 0; size < message.size(); ++size) {
    model::Batch batch;
    const bool ok = decode_write_request(std::make_shared<const std::string>(message.substr(0, size)), RemoteWriteVersion::kV2, batch).has_value();
    EXPECT_TRUE(batch.series.empty()) << size;
    if (!ok) EXPECT_TRUE(batch.bodies.empty());
  }
}

}  // namespace
}  // namespace tripod::ingest::prometheus
