#include "ingest/jsonlines/decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/hash.h"
#include "base/utf8.h"
#include "ingest/rejection_tally.h"
#include "ingest/stream/stream_labels.h"
#include "pipeline/line/line.h"

namespace tripod::ingest::jsonlines {
namespace {

using model::Attribute;
using model::LogRecord;
using model::Value;
using model::ValueType;
using pipeline::FlattenOutcome;

template <class Fn>
void each_part(std::string_view list, Fn&& fn) {
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    if (comma > 0) fn(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

class Decoder {
 public:
  Decoder(const Options& options, model::Batch& batch, const DecodeLimits& limits)
      : options_(options),
        batch_(batch),
        rejections_(batch),
        limit_(limits.decoded_bytes),
        arena_before_(batch.arena.bytes_reserved()),
        parser_({options.message_field, options.time_field, options.level_field},
                {.max_bytes = options.max_line_bytes, .max_depth = options.max_depth}, options.shapes) {}

  base::Result<> run(std::string_view body) {
    // Lines of one body are of about one size.
    constexpr size_t kMostExpected = 4096;
    const size_t first_line = std::min(body.find('\n'), body.size()) + 1;
    batch_.logs.reserve(batch_.logs.size() + std::min(body.size() / first_line + 1, kMostExpected));
    for (size_t number = 1; !body.empty(); ++number) {
      const size_t end = std::min(body.find('\n'), body.size());
      read_line(body.substr(0, end), number);
      if (exhausted()) {
        return base::fail(base::Code::kTooLarge,
                          fmt::format("the lines take more than {} bytes once decoded (reached at "
                                      "line {}); send smaller batches",
                                      limit_, number));
      }
      body.remove_prefix(std::min(end + 1, body.size()));
    }
    rejections_.flush();
    return {};
  }

 private:
  void read_line(std::string_view line, size_t number) {
    constexpr std::string_view kSpaces = " \t\r";
    const size_t start = line.find_first_not_of(kSpaces);
    if (start == line.npos) return;
    line = line.substr(start, line.find_last_not_of(kSpaces) - start + 1);
    if (line.size() > options_.max_line_bytes) return reject_long(line.size(), number);
    if (!base::is_valid_utf8(line)) line = batch_.arena.copy(base::replace_invalid_utf8(line));
    LogRecord record;
    switch (parser_.parse_object(line, record, batch_)) {
      case FlattenOutcome::kObject:
        record.resource = take_resource(record);
        batch_.logs.push_back(record);
        ++added_;
        return;
      case FlattenOutcome::kNotObject:
        return rejections_.add("invalid_json",
                               [&] { return fmt::format("line {}: not a JSON object", number); });
      case FlattenOutcome::kTooDeep:
        return rejections_.add("json_too_deep", [&] {
          return fmt::format("line {}: nested deeper than {} levels", number, options_.max_depth);
        });
      case FlattenOutcome::kTooLong:  // repairing bytes made it longer
        return reject_long(line.size(), number);
    }
  }

  void reject_long(size_t size, size_t number) {
    rejections_.add("line_too_long", [&] {
      return fmt::format("line {}: {} bytes, at most {}", number, size, options_.max_line_bytes);
    });
  }

  // Moves the stream fields out of the record to its resource, and answers that.
  uint32_t take_resource(LogRecord& record) {
    labels_.clear();
    if (!options_.stream_fields.empty()) {
      size_t stay = 0;
      for (const Attribute& a : record.attributes) {
        if (is_stream_field(a.key)) {
          labels_.push_back({a.key, text_of(a.value)});
        } else {
          record.attributes[stay++] = a;
        }
      }
      record.attributes = record.attributes.first(stay);
    }
    uint64_t hash = labels_.size();
    for (const model::Label& label : labels_) hash = base::hash64(label.value, hash);
    Recent& recent = recent_[hash % kRecent];
    if (recent.number != kNone && std::ranges::equal(recent.labels, labels_, same_label)) return recent.number;
    recent.labels = labels_;
    return recent.number = resource_of_labels();
  }

  static bool same_label(const model::Label& a, const model::Label& b) { return a.name == b.name && a.value == b.value; }

  // Of labels_.
  uint32_t resource_of_labels() {
    key_.clear();
    for (const model::Label& label : labels_) {
      key_.append(label.name).push_back('\0');
      key_.append(label.value).push_back('\0');
    }
    const auto found = resources_.find(key_);
    if (found != resources_.end()) return found->second;
    const auto number = static_cast<uint32_t>(batch_.resources.size());
    resources_.emplace(key_, number);
    add_resource();
    return number;
  }

  // Names of lines that have a known shape lie at one place.
  bool is_stream_field(std::string_view name) {
    KnownName& known = names_[(reinterpret_cast<uintptr_t>(name.data()) >> 3) % kNames];
    if (known.name.data() != name.data() || known.name.size() != name.size()) {
      known = {name, std::ranges::find(options_.stream_fields, name) != options_.stream_fields.end()};
    }
    return known.is_stream_field;
  }

  void add_resource() {
    for (const auto& [name, value] : options_.extra_fields) {
      labels_.push_back({batch_.arena.copy(name), batch_.arena.copy(value)});
    }
    batch_.resources.push_back({stream_attributes(labels_, batch_.arena)});
  }

  std::string_view text_of(const Value& value) {
    switch (value.type()) {
      case ValueType::kInt64:
        return batch_.arena.copy(fmt::format("{}", value.as_int64()));
      case ValueType::kFloat64:
        return batch_.arena.copy(fmt::format("{}", value.as_float64()));
      case ValueType::kBool:
        return value.as_bool() ? "true" : "false";
      default:
        return value.text();
    }
  }

  bool exhausted() const {
    return added_ * sizeof(LogRecord) + (batch_.arena.bytes_reserved() - arena_before_) > limit_;
  }

  struct KnownName {
    std::string_view name;  // of this batch: it stays where it is
    bool is_stream_field = false;
  };
  // A resource that was seen not long ago. Its labels are views of the batch.
  struct Recent {
    std::vector<model::Label> labels;
    uint32_t number = kNone;
  };
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr size_t kNames = 128;
  static constexpr size_t kRecent = 64;

  const Options& options_;
  model::Batch& batch_;
  RejectionTally rejections_;
  const size_t limit_;
  const size_t arena_before_;
  pipeline::LineParser parser_;
  std::array<KnownName, kNames> names_{};
  std::array<Recent, kRecent> recent_{};
  size_t added_ = 0;
  std::vector<model::Label> labels_;
  std::string key_;  // of labels_
  std::unordered_map<std::string, uint32_t> resources_;  // by names and values of the stream fields
};

}  // namespace

bool set_option(Options& options, std::string_view name, std::string_view value) {
  if (name == "message_field" || name == "_msg_field") {
    options.message_field = value;
  } else if (name == "time_field" || name == "_time_field") {
    options.time_field = value;
  } else if (name == "level_field") {
    options.level_field = value;
  } else if (name == "stream_fields" || name == "_stream_fields") {
    each_part(value, [&](std::string_view part) { options.stream_fields.emplace_back(part); });
  } else if (name == "extra_fields") {
    bool good = true;
    each_part(value, [&](std::string_view part) {
      const size_t equals = part.find('=');
      good = good && equals != part.npos && equals > 0;
      if (good) options.extra_fields.emplace_back(part.substr(0, equals), part.substr(equals + 1));
    });
    return good;
  } else {
    return false;
  }
  return true;
}

base::Result<> decode(std::shared_ptr<const std::string> body, const Options& options,
                      model::Batch& batch, const DecodeLimits& limits) {
  batch.bodies.push_back(std::move(body));
  return Decoder(options, batch, limits).run(*batch.bodies.back());
}

}  // namespace tripod::ingest::jsonlines
