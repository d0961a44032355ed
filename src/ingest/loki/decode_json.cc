#include <fmt/format.h>
#include <simdjson.h>

#include <charconv>
#include <cstring>

#include "base/json_text.h"
#include "ingest/loki/decoder.h"
#include "ingest/loki/stream_writer.h"

namespace tripod::ingest::loki {
namespace {

namespace ondemand = simdjson::ondemand;
using model::Value;
using simdjson::SUCCESS;

std::string_view trimmed(std::string_view token) {
  while (!token.empty() && std::strchr(" \t\r\n", token.back()) != nullptr) token.remove_suffix(1);
  return token;
}

// What was found where an entry should be.
struct EntryFault {
  std::string_view reason;
  std::string_view why;
};
constexpr EntryFault kNotAnEntry{"invalid_entry",
                                 "an entry is [\"<unix nanoseconds>\", \"<line>\"]"};
constexpr EntryFault kBadTime{"invalid_timestamp", "the time must be unix nanoseconds as a string"};
constexpr EntryFault kBadLine{"invalid_line", "the line must be a string"};
constexpr EntryFault kBadMetadata{"invalid_structured_metadata",
                                  "structured metadata must be an object of strings"};

// Reads one push from a padded text. Functions answer false when the document is malformed.
class Decoder {
 public:
  // `text` is the body itself or a padded copy of it; `body` what views are to point into.
  Decoder(std::string_view body, simdjson::padded_string_view text, model::Batch& batch,
          const DecodeLimits& limits)
      : body_(body), text_(text), batch_(batch), writer_(batch, limits) {}

  base::Result<> run() {
    ondemand::parser parser;
    ondemand::document document;
    ondemand::object root;
    simdjson::error_code error = parser.iterate(text_).get(document);
    if (error == SUCCESS) error = document.get_object().get(root);
    if (error != SUCCESS) {
      return base::fail(
          base::Code::kInvalidArgument,
          fmt::format("the push is not a JSON object: {}", simdjson::error_message(error)));
    }
    if (!read_push(root)) return malformed(document);
    if (writer_.exhausted()) return base::fail(writer_.too_large());
    const char* rest = nullptr;
    if (document.current_location().get(rest) != simdjson::OUT_OF_BOUNDS)
      return malformed(document);
    if (!has_streams_) {
      return base::fail(base::Code::kInvalidArgument, "the push has no \"streams\" array");
    }
    writer_.finish();
    return {};
  }

 private:
  base::Result<> malformed(ondemand::document& document) const {
    const char* location = nullptr;
    std::string where = writer_.place();
    if (document.current_location().get(location) == SUCCESS) {
      where += fmt::format(" (byte {})", location - text_.data());
    }
    return base::fail(base::Code::kInvalidArgument,
                      fmt::format("the push is not valid JSON in or after {}", where));
  }

  bool read_push(ondemand::object& root) {
    for (auto found : root) {
      ondemand::field field;
      std::string_view key;
      if (std::move(found).get(field) != SUCCESS || field.unescaped_key().get(key) != SUCCESS) {
        return false;
      }
      ondemand::json_type type;
      if (field.value().type().get(type) != SUCCESS) return false;
      if (key != "streams" || type != ondemand::json_type::array) continue;
      has_streams_ = true;
      ondemand::array streams;
      if (field.value().get_array().get(streams) != SUCCESS) return false;
      for (auto element : streams) {
        ondemand::value stream;
        if (std::move(element).get(stream) != SUCCESS || !read_stream(stream)) return false;
        if (writer_.exhausted()) return true;
      }
    }
    return true;
  }

  bool read_stream(ondemand::value& value) {
    writer_.begin_stream();
    ondemand::json_type type;
    if (value.type().get(type) != SUCCESS) return false;
    if (type != ondemand::json_type::object) {
      writer_.reject_stream("a stream must be an object");
      return true;
    }
    ondemand::object stream;
    if (value.get_object().get(stream) != SUCCESS) return false;
    for (auto found : stream) {
      ondemand::field field;
      std::string_view key;
      if (std::move(found).get(field) != SUCCESS || field.unescaped_key().get(key) != SUCCESS) {
        return false;
      }
      if (key == "stream" && !read_labels(field.value())) return false;
      if (key == "values" && !read_values(field.value())) return false;
      if (writer_.exhausted()) return true;
    }
    writer_.end_stream();
    return true;
  }

  bool read_labels(ondemand::value& value) {
    ondemand::json_type type;
    if (value.type().get(type) != SUCCESS) return false;
    ondemand::object labels;
    if (type != ondemand::json_type::object) {
      writer_.bad_labels("\"stream\" must be an object of strings");
      return true;
    }
    if (value.get_object().get(labels) != SUCCESS) return false;
    for (auto found : labels) {
      ondemand::field field;
      std::string_view key;
      if (std::move(found).get(field) != SUCCESS || field.unescaped_key().get(key) != SUCCESS) {
        return false;
      }
      key = batch_.arena.copy(key);
      if (field.value().type().get(type) != SUCCESS) return false;
      std::string_view text;
      if (type == ondemand::json_type::string) {
        if (!read_string(field.value(), text)) return false;
        writer_.add_label(key, text);
      } else if (type != ondemand::json_type::null) {
        writer_.bad_labels(fmt::format("label {} must be a string", key));
      }
      if (writer_.exhausted()) return true;
    }
    return true;
  }

  bool read_values(ondemand::value& value) {
    ondemand::json_type type;
    if (value.type().get(type) != SUCCESS) return false;
    if (type != ondemand::json_type::array) {
      writer_.begin_entry();
      writer_.reject_entry(kNotAnEntry.reason, "\"values\" must be an array");
      return true;
    }
    ondemand::array values;
    if (value.get_array().get(values) != SUCCESS) return false;
    for (auto element : values) {
      ondemand::value entry;
      if (std::move(element).get(entry) != SUCCESS) return false;
      writer_.begin_entry();
      fault_ = nullptr;
      if (!read_entry(entry)) return false;
      if (fault_ == nullptr) {
        writer_.end_entry();
      } else {
        writer_.reject_entry(fault_->reason, fault_->why);
      }
      if (writer_.exhausted()) return true;
    }
    return true;
  }

  bool read_entry(ondemand::value& value) {
    ondemand::json_type type;
    if (value.type().get(type) != SUCCESS) return false;
    if (type != ondemand::json_type::array) {
      fault_ = &kNotAnEntry;
      return true;
    }
    ondemand::array parts;
    if (value.get_array().get(parts) != SUCCESS) return false;
    size_t index = 0;
    for (auto element : parts) {
      ondemand::value part;
      if (std::move(element).get(part) != SUCCESS || part.type().get(type) != SUCCESS) return false;
      const bool is_string = type == ondemand::json_type::string;
      const bool is_object = type == ondemand::json_type::object;
      std::string_view text;
      if (is_string && index < 2 && !read_string(part, text)) return false;
      if (index == 0) read_time(is_string ? text : trimmed(part.raw_json_token()));
      if (index == 1 && is_string) writer_.set_line(text);
      if (index == 1 && !is_string) fault_ = &kBadLine;
      if (index == 2 && is_object && !read_metadata(part)) return false;
      if (index == 2 && !is_object) fault_ = &kBadMetadata;
      ++index;
    }
    if (index < 2 || index > 3) fault_ = &kNotAnEntry;
    return true;
  }

  void read_time(std::string_view text) {
    int64_t nanos = 0;
    const auto end = text.end();
    if (text.empty() || std::from_chars(text.begin(), end, nanos).ptr != end || nanos <= 0) {
      fault_ = &kBadTime;
    } else {
      writer_.set_time(nanos);
    }
  }

  bool read_metadata(ondemand::value& value) {
    ondemand::object metadata;
    if (value.get_object().get(metadata) != SUCCESS) return false;
    for (auto found : metadata) {
      ondemand::field field;
      std::string_view key;
      if (std::move(found).get(field) != SUCCESS || field.unescaped_key().get(key) != SUCCESS) {
        return false;
      }
      key = batch_.arena.copy(key);
      ondemand::json_type type;
      if (field.value().type().get(type) != SUCCESS) return false;
      std::string_view text;
      if (type != ondemand::json_type::string) {
        fault_ = &kBadMetadata;
      } else if (!read_string(field.value(), text)) {
        return false;
      } else {
        writer_.add_metadata(key, Value::string(text));
      }
      if (writer_.exhausted()) return true;
    }
    return true;
  }

  // A view into the body where the string holds no escapes, else a copy in the arena.
  bool read_string(ondemand::value& value, std::string_view& out) {
    const std::string_view token = trimmed(value.raw_json_token());
    if (token.size() < 2) return false;
    const std::string_view inner = token.substr(1, token.size() - 2);
    if (inner.empty() || std::memchr(inner.data(), '\\', inner.size()) == nullptr) {
      out = body_.substr(static_cast<size_t>(inner.data() - text_.data()), inner.size());
      // Consumed: simdjson would take a string that is not for a key where a colon follows.
      ondemand::raw_json_string consumed;
      return value.get_raw_json_string().get(consumed) == SUCCESS;
    }
    std::string_view unescaped;
    if (value.get_string().get(unescaped) != SUCCESS) return false;
    out = batch_.arena.copy(unescaped);
    return true;
  }

  const std::string_view body_;
  const simdjson::padded_string_view text_;
  model::Batch& batch_;
  StreamWriter writer_;
  bool has_streams_ = false;
  const EntryFault* fault_ = nullptr;  // of the entry being read
};

}  // namespace

base::Result<> decode_push_json(std::shared_ptr<const std::string> body, model::Batch& batch,
                                const DecodeLimits& limits) {
  body = base::readable_json(std::move(body));
  batch.bodies.push_back(body);
  // simdjson reads a little past the end: in place where the buffer has room, else in a copy.
  if (body->capacity() - body->size() >= simdjson::SIMDJSON_PADDING) {
    const simdjson::padded_string_view in_place(body->data(), body->size(), body->capacity());
    return Decoder(*body, in_place, batch, limits).run();
  }
  const simdjson::padded_string copy(*body);
  return Decoder(*body, copy, batch, limits).run();
}

}  // namespace tripod::ingest::loki
