#include <fmt/format.h>

#include <protozero/pbf_reader.hpp>

#include "base/compress.h"
#include "base/utf8.h"
#include "ingest/loki/decoder.h"
#include "ingest/loki/label_text.h"
#include "ingest/loki/stream_writer.h"

namespace tripod::ingest::loki {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::tag_and_type;

// Fields of logproto's messages (loki pkg/push/push.proto).
enum class PushField : protozero::pbf_tag_type { kStreams = 1 };
enum class StreamField : protozero::pbf_tag_type { kLabels = 1, kEntries = 2 };
enum class EntryField : protozero::pbf_tag_type { kTimestamp = 1, kLine = 2, kMetadata = 3 };
enum class TimestampField : protozero::pbf_tag_type { kSeconds = 1, kNanos = 2 };
enum class LabelPairField : protozero::pbf_tag_type { kName = 1, kValue = 2 };

template <class Field>
constexpr uint32_t length_field(Field number) {
  return tag_and_type(static_cast<protozero::pbf_tag_type>(number),
                      pbf_wire_type::length_delimited);
}
template <class Field>
constexpr uint32_t varint_field(Field number) {
  return tag_and_type(static_cast<protozero::pbf_tag_type>(number), pbf_wire_type::varint);
}

class Decoder {
 public:
  Decoder(model::Batch& batch, const DecodeLimits& limits)
      : batch_(batch), writer_(batch, limits) {}

  base::Result<> run(std::string_view message) {
    try {
      for (pbf_reader push(message.data(), message.size()); !writer_.exhausted() && push.next();) {
        if (push.tag_and_type() == length_field(PushField::kStreams)) {
          read_stream(push.get_view());
        } else {
          push.skip();
        }
      }
    } catch (const protozero::exception& e) {
      return base::fail(base::Code::kInvalidArgument,
                        fmt::format("the push is not a valid protobuf message: {} in or after {}",
                                    e.what(), writer_.place()));
    }
    if (writer_.exhausted()) return base::fail(writer_.too_large());
    writer_.finish();
    return {};
  }

 private:
  std::string_view text(protozero::data_view raw) {
    const std::string_view text(raw.data(), raw.size());
    return base::is_valid_utf8(text) ? text : batch_.arena.copy(base::replace_invalid_utf8(text));
  }

  void read_stream(protozero::data_view message) {
    writer_.begin_stream();
    for (pbf_reader stream(message); !writer_.exhausted() && stream.next();) {
      switch (stream.tag_and_type()) {
        case length_field(StreamField::kLabels): {
          labels_.clear();
          const auto parsed = parse_label_text(text(stream.get_view()), batch_.arena, labels_);
          if (!parsed) writer_.bad_labels(parsed.error().message);
          for (const model::Label& label : labels_) writer_.add_label(label.name, label.value);
          break;
        }
        case length_field(StreamField::kEntries):
          read_entry(stream.get_view());
          break;
        default:
          stream.skip();
      }
    }
    writer_.end_stream();
  }

  void read_entry(protozero::data_view message) {
    writer_.begin_entry();
    bool time_known = false;
    writer_.set_line({});
    for (pbf_reader entry(message); !writer_.exhausted() && entry.next();) {
      switch (entry.tag_and_type()) {
        case length_field(EntryField::kTimestamp):
          time_known = read_time(entry.get_view());
          break;
        case length_field(EntryField::kLine):
          writer_.set_line(text(entry.get_view()));
          break;
        case length_field(EntryField::kMetadata):
          read_metadata(entry.get_view());
          break;
        default:
          entry.skip();
      }
    }
    if (time_known) {
      writer_.end_entry();
    } else {
      writer_.reject_entry("invalid_timestamp", "the entry has no time, or one out of range");
    }
  }

  bool read_time(protozero::data_view message) {
    int64_t seconds = 0;
    int32_t nanos = 0;
    for (pbf_reader time(message); time.next();) {
      switch (time.tag_and_type()) {
        case varint_field(TimestampField::kSeconds):
          seconds = time.get_int64();
          break;
        case varint_field(TimestampField::kNanos):
          nanos = time.get_int32();
          break;
        default:
          time.skip();
      }
    }
    base::UnixNanos total = 0;
    if (nanos < 0 || nanos >= base::kNanosPerSecond ||
        __builtin_mul_overflow(seconds, base::kNanosPerSecond, &total) ||
        __builtin_add_overflow(total, nanos, &total)) {
      return false;
    }
    writer_.set_time(total);
    return true;
  }

  void read_metadata(protozero::data_view message) {
    std::string_view name;
    std::string_view value;
    for (pbf_reader pair(message); pair.next();) {
      switch (pair.tag_and_type()) {
        case length_field(LabelPairField::kName):
          name = text(pair.get_view());
          break;
        case length_field(LabelPairField::kValue):
          value = text(pair.get_view());
          break;
        default:
          pair.skip();
      }
    }
    writer_.add_metadata(name, model::Value::string(value));
  }

  model::Batch& batch_;
  StreamWriter writer_;
  std::vector<model::Label> labels_;
};

}  // namespace

base::Result<> decode_push_protobuf(std::string_view body, size_t max_decompressed,
                                    model::Batch& batch, const DecodeLimits& limits) {
  auto message = base::decode_content("snappy", body, max_decompressed);
  if (!message) return base::fail(std::move(message.error()));
  batch.bodies.push_back(std::make_shared<const std::string>(std::move(*message)));
  return Decoder(batch, limits).run(*batch.bodies.back());
}

}  // namespace tripod::ingest::loki
