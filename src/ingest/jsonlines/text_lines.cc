#include "ingest/jsonlines/text_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_map>

#include "base/utf8.h"
#include "ingest/rejection_tally.h"
#include "ingest/stream/stream_labels.h"
#include "pipeline/line/json_flattener.h"

namespace tripod::ingest::jsonlines {
namespace {

using model::Attribute;
using model::Label;
using model::LogRecord;
using model::Value;

constexpr size_t kMostSourceBytes = 64u << 10;
constexpr size_t kMostHeaderDigits = 20;  // of one number

std::string readable(std::string_view text) {
  const size_t start = text.find_first_not_of(" \t");
  if (start != text.npos && (text[start] == '{' || text[start] == '['))
    return base::replace_invalid_utf8(text);
  return base::escape_invalid_utf8(text);
}

// What both forms share: records out of texts, resources, limits.
class TextReader {
 public:
  TextReader(const Options& options, model::Batch& batch, const DecodeLimits& limits)
      : options_(options),
        batch_(batch),
        rejections_(batch),
        limit_(limits.decoded_bytes),
        arena_before_(batch.arena.bytes_reserved()) {}

  // `number` names the text where it is rejected.
  void add(std::string_view text, base::UnixNanos observed, uint32_t resource, size_t number) {
    if (text.empty()) return;
    if (text.size() > options_.max_line_bytes) {
      return rejections_.add("line_too_long", [&] {
        return fmt::format("line {}: {} bytes, at most {}", number, text.size(),
                           options_.max_line_bytes);
      });
    }
    if (!base::is_valid_utf8(text)) text = batch_.arena.copy(readable(text));
    batch_.logs.push_back(
        {.observed_time = observed, .resource = resource, .body = Value::string(text)});
    ++added_;
  }

  uint32_t add_resource(std::vector<Label> labels) {
    for (const auto& [name, value] : options_.extra_fields) {
      labels.push_back({batch_.arena.copy(name), batch_.arena.copy(value)});
    }
    batch_.resources.push_back({stream_attributes(labels, batch_.arena)});
    return static_cast<uint32_t>(batch_.resources.size() - 1);
  }

  base::Result<> check(size_t number) const {
    const size_t used =
        added_ * sizeof(LogRecord) + (batch_.arena.bytes_reserved() - arena_before_);
    if (used <= limit_) return {};
    return base::fail(base::Code::kTooLarge,
                      fmt::format("the lines take more than {} bytes once decoded (reached at line "
                                  "{}); send smaller batches",
                                  limit_, number));
  }

  RejectionTally& rejections() { return rejections_; }
  model::Batch& batch() { return batch_; }

 private:
  const Options& options_;
  model::Batch& batch_;
  RejectionTally rejections_;
  const size_t limit_;
  const size_t arena_before_;
  size_t added_ = 0;
};

class FrameReader {
 public:
  FrameReader(std::string_view body, TextReader& out) : body_(body), out_(out) {}

  base::Result<> run() {
    while (at_ < body_.size()) {
      const size_t start = at_;
      const char* wrong = read_frame();
      if (wrong != nullptr) {
        out_.rejections().add("invalid_frame", [&] {
          return fmt::format("at byte {}: {}; the rest of the body, {} bytes, is not read", start,
                             wrong, body_.size() - start);
        });
        return {};
      }
      if (auto ok = out_.check(number_); !ok) return ok;
    }
    return {};
  }

 private:
  // nullptr, or what is wrong with it.
  const char* read_frame() {
    const std::string_view rest = body_.substr(at_);
    if (rest.starts_with("S ")) return read_source();
    if (rest.starts_with("R ")) return read_record();
    return "a frame begins with \"S \" or \"R \"";
  }

  const char* read_source() {
    const size_t end = body_.find('\n', at_);
    if (end == body_.npos || end - at_ > kMostSourceBytes)
      return "a source without end, or of more than 64 KiB";
    const std::string_view json = body_.substr(at_ + 2, end - at_ - 2);
    at_ = end + 1;
    if (const auto known = resources_.find(json); known != resources_.end()) {
      resource_ = known->second;
      return nullptr;
    }
    fields_.clear();
    if (flattener_.flatten(json, out_.batch().arena, fields_) !=
        pipeline::FlattenOutcome::kObject) {
      return "the source is not a JSON object";
    }
    std::vector<Label> labels;
    for (const Attribute& field : fields_) {
      if (!field.value.is_string()) return "a source's members are strings";
      labels.push_back({field.key, field.value.text()});
    }
    resource_ = out_.add_resource(std::move(labels));
    resources_.emplace(json, *resource_);
    return nullptr;
  }

  const char* read_record() {
    at_ += 2;
    const auto observed = read_number(' ');
    const auto size = observed ? read_number('\n') : std::nullopt;
    if (!size) return "a record begins with \"R <observed> <size>\" in decimal digits";
    if (*size >= body_.size() - at_ || body_[at_ + *size] != '\n')
      return "the text has another size than its frame says";
    if (*observed > static_cast<uint64_t>(INT64_MAX)) return "the time is out of range";
    if (!resource_) resource_ = out_.add_resource({});
    out_.add(body_.substr(at_, *size), static_cast<base::UnixNanos>(*observed), *resource_,
             ++number_);
    at_ += *size + 1;
    return nullptr;
  }

  std::optional<uint64_t> read_number(char terminator) {
    const std::string_view rest = body_.substr(at_, kMostHeaderDigits + 1);
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (error != std::errc() || end == rest.data() + rest.size() || *end != terminator)
      return std::nullopt;
    at_ += static_cast<size_t>(end - rest.data()) + 1;
    return value;
  }

  const std::string_view body_;
  TextReader& out_;
  size_t at_ = 0;
  size_t number_ = 0;
  pipeline::JsonFlattener flattener_;
  std::vector<Attribute> fields_;
  std::optional<uint32_t> resource_;
  std::unordered_map<std::string_view, uint32_t> resources_;  // by the source's JSON
};

}  // namespace

base::Result<> decode_lines(std::shared_ptr<const std::string> body, const Options& options,
                            model::Batch& batch, const DecodeLimits& limits) {
  batch.bodies.push_back(std::move(body));
  TextReader reader(options, batch, limits);
  std::string_view rest = *batch.bodies.back();
  std::optional<uint32_t> resource;
  for (size_t number = 1; !rest.empty(); ++number) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == line.npos) continue;
    if (!resource) resource = reader.add_resource({});
    reader.add(line, 0, *resource, number);
    if (auto ok = reader.check(number); !ok) return ok;
  }
  reader.rejections().flush();
  return {};
}

base::Result<> decode_frames(std::shared_ptr<const std::string> body, const Options& options,
                             model::Batch& batch, const DecodeLimits& limits) {
  batch.bodies.push_back(std::move(body));
  TextReader reader(options, batch, limits);
  auto read = FrameReader(*batch.bodies.back(), reader).run();
  if (read) reader.rejections().flush();
  return read;
}

}  // namespace tripod::ingest::jsonlines
