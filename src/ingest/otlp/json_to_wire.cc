#include "ingest/otlp/json_to_wire.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <protozero/pbf_writer.hpp>
#include <utility>

#include "base/json_text.h"
#include "base/utf8.h"
#include "ingest/otlp/base64.h"
#include "ingest/otlp/decode_context.h"

namespace tripod::ingest::otlp {
namespace {

namespace ondemand = simdjson::ondemand;
using ondemand::json_type;
using protozero::pbf_writer;

constexpr size_t kMostDepth = 512;           // of containers in the text
constexpr size_t kMostFaultsDescribed = 20;  // as many as a batch lists of one reason

std::string_view trimmed(std::string_view token) {
  const size_t end = token.find_last_not_of(" \t\r\n");
  return end == token.npos ? std::string_view() : token.substr(0, end + 1);
}

template <class T>
std::optional<T> whole_number(std::string_view text) {
  T value{};
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "12", and as protobuf's mapping allows "12.0" and "1.2e1".
template <class T>
std::optional<T> integer(std::string_view text) {
  if (const auto value = whole_number<T>(text)) return value;
  const auto value = whole_number<double>(text);
  // 2^63 and 2^64 are the first beyond, and exact as doubles.
  const double limit = std::ldexp(1.0, std::numeric_limits<T>::digits);
  const double least = std::is_signed_v<T> ? -limit : 0;
  if (!value || std::trunc(*value) != *value || *value < least || *value >= limit) {
    return std::nullopt;
  }
  return static_cast<T>(*value);
}

std::optional<double> floating(std::string_view text, bool is_string) {
  if (is_string) {
    if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (text == "Infinity") return std::numeric_limits<double>::infinity();
    if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
    // from_chars would take "nan" and "inf" too.
    if (text.find_first_not_of("+-.0123456789eE") != text.npos) return std::nullopt;
  }
  return whole_number<double>(text);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Walks one document. Throws simdjson_error, which valid JSON gives no cause for.
class Transcoder {
 public:
  Transcoder(std::string& out, size_t limit) : out_(out), limit_(limit) {}

  void run(ondemand::document& document, const JsonMessage& request) {
    if (document.type() != json_type::object) return mismatch("an object");
    pbf_writer writer(out_);
    write_members(document.get_object(), request, writer);
  }

  // For good: what is written may shrink again, when the lengths of messages are put in.
  bool exhausted() {
    exhausted_ = exhausted_ || out_.size() + faults_.size() * sizeof(ItemFault) > limit_;
    return exhausted_;
  }
  const std::string& request_fault() const { return request_fault_; }
  std::vector<ItemFault> take_faults() { return std::move(faults_); }

 private:
  struct Step {
    std::string_view name;
    int64_t index = -1;  // in an array
  };

  void write_members(ondemand::object object, const JsonMessage& message, pbf_writer& writer) {
    for (auto member : object) {
      ondemand::field found = std::move(member);
      const JsonField* field = message.find(std::string_view(found.unescaped_key()));
      if (field == nullptr || found.value().type() == json_type::null) continue;
      path_.push_back({field->name});
      write(*field, found.value(), writer);
      path_.pop_back();
      if (exhausted()) return;
    }
  }

  void write(const JsonField& field, ondemand::value value, pbf_writer& writer) {
    switch (field.type) {
      case JsonType::kString:
      case JsonType::kId:
      case JsonType::kBytes:
        if (value.type() != json_type::string) return mismatch("a string");
        return write_text(field, value.get_string(), writer);
      case JsonType::kBool:
        if (value.type() != json_type::boolean) return mismatch("true or false");
        return writer.add_bool(field.number, value.get_bool());
      case JsonType::kFixed64s:
      case JsonType::kDoubles:
        return write_packed(field, value, writer);
      case JsonType::kMessage:
      case JsonType::kContainer:
        if (value.type() != json_type::object) return mismatch("an object");
        return write_message(field, value.get_object(), writer);
      case JsonType::kMessages:
      case JsonType::kItems:
      case JsonType::kPoints:
        return write_messages(field, value, writer);
      default:
        return write_number(field, value, writer);
    }
  }

  void write_text(const JsonField& field, std::string_view text, pbf_writer& writer) {
    if (field.type == JsonType::kId) return write_id(field, text, writer);
    if (field.type == JsonType::kString) {
      return writer.add_string(field.number, text.data(), text.size());
    }
    const auto bytes = from_base64(text);
    if (!bytes) return mismatch("base64");
    writer.add_bytes(field.number, *bytes);
  }

  static void write_id(const JsonField& field, std::string_view hex, pbf_writer& writer) {
    std::array<char, 16> bytes;
    bool good = hex.size() % 2 == 0 && hex.size() <= 2 * bytes.size();
    for (size_t i = 0; good && i < hex.size(); i += 2) {
      const int high = hex_digit(hex[i]);
      const int low = hex_digit(hex[i + 1]);
      good = high >= 0 && low >= 0;
      bytes[i / 2] = static_cast<char>(high << 4 | low);
    }
    // One byte is no id's length: the decoder refuses it by the name of what it should be.
    writer.add_bytes(field.number, bytes.data(), good ? hex.size() / 2 : 1);
  }

  // A number's text, be it written as a number or as a string; empty for anything else.
  static std::string_view number_text(ondemand::value& value) {
    if (value.type() == json_type::string) return value.get_string();
    return value.type() == json_type::number ? trimmed(value.raw_json_token()) : std::string_view();
  }

  void write_number(const JsonField& field, ondemand::value& value, pbf_writer& writer) {
    const bool is_string = value.type() == json_type::string;
    const std::string_view text = number_text(value);
    switch (field.type) {
      case JsonType::kInt64:
        if (const auto n = integer<int64_t>(text)) return writer.add_int64(field.number, *n);
        return mismatch("a 64-bit integer");
      case JsonType::kUint32:
        if (const auto n = integer<uint32_t>(text)) return writer.add_uint32(field.number, *n);
        return mismatch("a 32-bit integer, not negative");
      case JsonType::kFixed32:
        if (const auto n = integer<uint32_t>(text)) return writer.add_fixed32(field.number, *n);
        return mismatch("a 32-bit integer, not negative");
      case JsonType::kFixed64:
        if (const auto n = integer<uint64_t>(text)) return writer.add_fixed64(field.number, *n);
        return mismatch("a 64-bit integer, not negative");
      case JsonType::kSfixed64:
        if (const auto n = integer<int64_t>(text)) return writer.add_sfixed64(field.number, *n);
        return mismatch("a 64-bit integer");
      case JsonType::kDouble:
        if (const auto n = floating(text, is_string)) return writer.add_double(field.number, *n);
        return mismatch("a number");
      default:  // kEnum
        if (const auto n = integer<int32_t>(text)) return writer.add_enum(field.number, *n);
        if (!is_string) return mismatch("a number or name");
        return writer.add_enum(field.number, field.enum_number(text));
    }
  }

  void write_packed(const JsonField& field, ondemand::value& value, pbf_writer& writer) {
    if (value.type() != json_type::array) return mismatch("an array");
    if (field.type == JsonType::kDoubles) {
      protozero::packed_field_double packed(writer, field.number);
      return write_elements(value, "a number", packed, [](std::string_view text, bool is_string) {
        return floating(text, is_string);
      });
    }
    protozero::packed_field_fixed64 packed(writer, field.number);
    write_elements(value, "a 64-bit integer, not negative", packed,
                   [](std::string_view text, bool) { return integer<uint64_t>(text); });
  }

  template <class Packed, class Parse>
  void write_elements(ondemand::value& array, std::string_view wanted, Packed& packed,
                      Parse&& parse) {
    for (auto element : array.get_array()) {
      ++path_.back().index;
      ondemand::value value = std::move(element);
      const bool is_string = value.type() == json_type::string;
      const auto parsed = parse(number_text(value), is_string);
      if (!parsed) return mismatch(wanted);
      packed.add_element(*parsed);
      if (exhausted()) return;
    }
  }

  void write_message(const JsonField& field, ondemand::object object, pbf_writer& writer) {
    const bool contains = field.type == JsonType::kContainer;
    containers_ += contains ? 1 : 0;
    const size_t before = out_.size();
    {
      pbf_writer message(writer, field.number);
      // Deeper ones stay empty: the decoder rejects what holds them for its depth.
      if (containers_ <= DecodeContext::kMaxValueDepth + 1) {
        write_members(object, *field.message, message);
      }
    }
    containers_ -= contains ? 1 : 0;
    // protozero leaves empty messages out, but an empty list is not no list.
    if (out_.size() == before) writer.add_message(field.number, std::string());
  }

  void write_messages(const JsonField& field, ondemand::value& value, pbf_writer& writer) {
    if (value.type() != json_type::array) return mismatch("an array");
    for (auto element : value.get_array()) {
      ++path_.back().index;
      ondemand::value message = std::move(element);
      if (field.type == JsonType::kItems) {
        write_item(field, message, writer);
      } else {
        if (field.type == JsonType::kPoints) ++item_points_;
        write_element(field, message, writer);
      }
      if (exhausted()) return;
    }
  }

  // A null among values is a value that is absent: an empty message. Items and points cannot be.
  void write_element(const JsonField& field, ondemand::value& value, pbf_writer& writer) {
    const json_type type = value.type();
    const bool may_be_absent = field.type == JsonType::kMessages;
    if (type == json_type::object) return write_message(field, value.get_object(), writer);
    if (type != json_type::null || !may_be_absent) return mismatch("an object");
    writer.add_message(field.number, std::string());
  }

  void write_item(const JsonField& field, ondemand::value& value, pbf_writer& writer) {
    item_path_ = path_.size();
    item_is_faulty_ = false;
    item_points_ = 0;
    const size_t before = out_.size();
    write_element(field, value, writer);
    item_path_ = 0;
    if (item_is_faulty_) {
      // What was written of it goes; a message that is being written may take it back.
      out_.resize(before);
      writer.add_message(field.number, std::string());
      faults_.push_back({items_, std::max<uint64_t>(1, item_points_), std::move(why_)});
      why_.clear();
    }
    ++items_;
  }

  // The member at path_ is not what it should be. The first one of an item, or of all that is in no
  // item, is named.
  void mismatch(std::string_view wanted) {
    if (item_path_ == 0) {
      if (request_fault_.empty()) request_fault_ = describe(0, wanted);
    } else if (!std::exchange(item_is_faulty_, true) && faults_.size() < kMostFaultsDescribed) {
      why_ = describe(item_path_, wanted);
    }
  }

  std::string describe(size_t from, std::string_view wanted) const {
    std::string out;
    for (const Step& step : std::span(path_).subspan(from)) {
      if (!out.empty()) out += '.';
      out += step.name;
      if (step.index >= 0) out += fmt::format("[{}]", step.index);
    }
    if (out.empty()) out = "it";
    return fmt::format("{} must be {}", out, wanted);
  }

  std::string& out_;
  const size_t limit_;
  bool exhausted_ = false;
  std::vector<Step> path_;  // names are of the schema
  int containers_ = 0;
  std::string request_fault_;
  std::vector<ItemFault> faults_;
  uint64_t items_ = 0;

  // of the item being read
  size_t item_path_ = 0;  // steps that lead to it; 0: in no item
  bool item_is_faulty_ = false;
  uint64_t item_points_ = 0;
  std::string why_;
};

base::Error invalid(std::string_view name, std::string_view why) {
  return {base::Code::kInvalidArgument, fmt::format("{} {}", name, why)};
}

}  // namespace

base::Result<WireRequest> json_to_wire(const std::shared_ptr<const std::string>& body,
                                       const JsonMessage& request, std::string_view name,
                                       const Limits& limits) {
  const auto json = base::readable_json(body);
  if (const auto check = base::check_json(*json, kMostDepth);
      check.fault != base::JsonFault::kNone) {
    const bool deep = check.fault == base::JsonFault::kTooDeep;
    return base::fail(invalid(
        name, fmt::format("is {} (byte {} of {})", deep ? "JSON nested too deep" : "not valid JSON",
                          check.position, json->size())));
  }
  auto wire = std::make_shared<std::string>();
  wire->reserve(json->size() / 2);
  Transcoder transcoder(*wire, limits.decoded_bytes);
  try {
    const simdjson::padded_string padded(*json);
    ondemand::parser parser;
    ondemand::document document = parser.iterate(padded);
    transcoder.run(document, request);
  } catch (const simdjson::simdjson_error& e) {
    return base::fail(invalid(name, fmt::format("cannot be read as JSON: {}", e.what())));
  }
  if (!transcoder.request_fault().empty()) {
    return base::fail(
        invalid(name, fmt::format("is not as it should be: {}", transcoder.request_fault())));
  }
  if (transcoder.exhausted()) {
    return base::fail(base::Code::kTooLarge,
                      fmt::format("{} takes more than {} bytes once decoded; send smaller batches",
                                  name, limits.decoded_bytes));
  }
  return WireRequest{std::move(wire), transcoder.take_faults()};
}

}  // namespace tripod::ingest::otlp
