#include "ingest/otlp/decode_context.h"

#include <fmt/format.h>

#include <cstring>

#include "base/json_writer.h"
#include "base/utf8.h"
#include "ingest/otlp/base64.h"

namespace tripod::ingest::otlp {
namespace {

using model::Attribute;
using model::Value;

// Most names and values are short and plain: eight bytes at a time, before asking the full check.
bool is_ascii(std::string_view text) {
  constexpr uint64_t kHighBits = 0x8080808080808080ULL;
  const char* p = text.data();
  size_t left = text.size();
  for (; left >= 8; p += 8, left -= 8) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    if ((word & kHighBits) != 0) return false;
  }
  unsigned char bits = 0;
  for (; left > 0; ++p, --left) bits |= static_cast<unsigned char>(*p);
  return bits < 0x80;
}

}  // namespace

std::string_view DecodeContext::copy(std::string_view text) {
  if (!charge(text.size())) return {};
  return batch_.arena.copy(text);
}

std::string_view DecodeContext::text(protozero::data_view raw) {
  const std::string_view text = view_of(raw);
  if (is_ascii(text) || base::is_valid_utf8(text)) return text;
  return copy(base::replace_invalid_utf8(text));
}

void DecodeContext::push_attribute(Attribute attribute) {
  if (!charge(sizeof(Attribute))) return;
  attributes_.push_back(attribute);
}

void DecodeContext::push_attribute(protozero::data_view key_value) {
  Attribute attribute;
  protozero::pbf_reader reader(key_value);
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case field(KeyValueField::kKey, kLength):
        attribute.key = text(reader.get_view());
        break;
      case field(KeyValueField::kValue, kLength):
        attribute.value = any_value(reader.get_view());
        break;
      default:
        reader.skip();
    }
  }
  // "The attribute key MUST be a non-empty string": there is no name to keep such a value under.
  if (!attribute.key.empty()) push_attribute(attribute);
}

std::span<Attribute> DecodeContext::take_attributes(size_t mark) {
  if (exhausted()) {
    attributes_.resize(mark);
    return {};
  }
  const auto out = batch_.arena.copy_array(pushed_attributes(mark));
  attributes_.resize(mark);
  return out;
}

Value DecodeContext::any_value(protozero::data_view message) {
  Value value;
  protozero::pbf_reader reader(message);
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case field(AnyValueField::kString, kLength):
        value = Value::string(text(reader.get_view()));
        break;
      case field(AnyValueField::kBool, kVarint):
        value = Value::boolean(reader.get_bool());
        break;
      case field(AnyValueField::kInt, kVarint):
        value = Value::int64(reader.get_int64());
        break;
      case field(AnyValueField::kDouble, kFixed64):
        value = Value::float64(reader.get_double());
        break;
      case field(AnyValueField::kBytes, kLength):
        value = Value::bytes(view_of(reader.get_view()));
        break;
      case field(AnyValueField::kArray, kLength):
        json_.clear();
        append_json_list(reader.get_view(), json_, 1);
        value = Value::json(copy(json_));
        break;
      case field(AnyValueField::kKvlist, kLength):
        json_.clear();
        append_json_map(reader.get_view(), json_, 1);
        value = Value::json(copy(json_));
        break;
      default:
        reader.skip();
    }
  }
  return value;
}

// `out` is at a place where a value is due; exactly one is written.
void DecodeContext::append_json(protozero::data_view any_value, std::string& out, int depth) {
  protozero::pbf_reader reader(any_value);
  const size_t start = out.size();
  while (reader.next()) {
    const size_t before = out.size();
    base::JsonWriter writer(out);
    switch (reader.tag_and_type()) {
      case field(AnyValueField::kString, kLength):
        writer.string(view_of(reader.get_view()));
        break;
      case field(AnyValueField::kBool, kVarint):
        writer.boolean(reader.get_bool());
        break;
      case field(AnyValueField::kInt, kVarint):
        writer.int64(reader.get_int64());
        break;
      case field(AnyValueField::kDouble, kFixed64):
        writer.float64(reader.get_double());
        break;
      case field(AnyValueField::kBytes, kLength):
        writer.string(base64(view_of(reader.get_view())));
        break;
      case field(AnyValueField::kArray, kLength):
        append_json_list(reader.get_view(), out, depth + 1);
        break;
      case field(AnyValueField::kKvlist, kLength):
        append_json_map(reader.get_view(), out, depth + 1);
        break;
      default:
        reader.skip();
        continue;
    }
    // A oneof sent twice: the last one counts.
    if (before > start) out.erase(start, before - start);
    if (out.size() > limit_) charge(out.size());
  }
  if (out.size() == start) out += "null";
}

void DecodeContext::append_json_list(protozero::data_view list, std::string& out, int depth) {
  if (depth > kMaxValueDepth) {
    fault_ = true;
    out += "null";
    return;
  }
  out += '[';
  bool first = true;
  for (protozero::pbf_reader reader(list); !exhausted() && reader.next();) {
    if (reader.tag_and_type() != field(ListField::kValues, kLength)) {
      reader.skip();
      continue;
    }
    if (!std::exchange(first, false)) out += ',';
    append_json(reader.get_view(), out, depth);
  }
  out += ']';
}

void DecodeContext::append_json_map(protozero::data_view map, std::string& out, int depth) {
  if (depth > kMaxValueDepth) {
    fault_ = true;
    out += "null";
    return;
  }
  out += '{';
  bool first = true;
  for (protozero::pbf_reader reader(map); !exhausted() && reader.next();) {
    if (reader.tag_and_type() != field(ListField::kValues, kLength)) {
      reader.skip();
      continue;
    }
    protozero::data_view key;
    protozero::data_view value;
    for (protozero::pbf_reader pair(reader.get_view()); pair.next();) {
      switch (pair.tag_and_type()) {
        case field(KeyValueField::kKey, kLength):
          key = pair.get_view();
          break;
        case field(KeyValueField::kValue, kLength):
          value = pair.get_view();
          break;
        default:
          pair.skip();
      }
    }
    if (!std::exchange(first, false)) out += ',';
    base::JsonWriter(out).string(view_of(key));
    out += ':';
    append_json(value, out, depth);
  }
  out += '}';
}

void DecodeContext::read_resource(std::string_view message) {
  const size_t mark = attributes_mark();
  for (auto reader = reader_of(message); !exhausted() && reader.next();) {
    if (reader.tag_and_type() == field(ResourceField::kAttributes, kLength)) {
      push_attribute(reader.get_view());
    } else {
      reader.skip();
    }
  }
  resource_ = take_attributes(mark);
}

void DecodeContext::read_scope(std::string_view message) {
  for (auto reader = reader_of(message); reader.next();) {
    switch (reader.tag_and_type()) {
      case field(ScopeField::kName, kLength):
        scope_.name = text(reader.get_view());
        break;
      case field(ScopeField::kVersion, kLength):
        scope_.version = text(reader.get_view());
        break;
      default:
        reader.skip();
    }
  }
}

uint32_t DecodeContext::resource_index() {
  if (resource_index_ < 0) {
    resource_index_ = static_cast<int64_t>(batch_.resources.size());
    batch_.resources.push_back({resource_});
    charge(sizeof(model::Resource));
  }
  return static_cast<uint32_t>(resource_index_);
}

uint32_t DecodeContext::scope_index() {
  if (scope_index_ < 0) {
    scope_index_ = static_cast<int64_t>(batch_.scopes.size());
    batch_.scopes.push_back(scope_);
    charge(sizeof(model::Scope));
  }
  return static_cast<uint32_t>(scope_index_);
}

std::string DecodeContext::place() const {
  std::string out;
  if (resource_at_ < 0) return out;
  out = fmt::format("{}[{}]", names_.resources, resource_at_);
  if (scope_at_ >= 0) out += fmt::format(".{}[{}]", names_.scopes, scope_at_);
  if (item_at_ >= 0) out += fmt::format(".{}[{}]", names_.items, item_at_);
  return out;
}

// An item that could not be brought into wire form is rejected in its turn.
bool DecodeContext::reject_faulty_item() {
  const uint64_t item = items_++;
  if (item_faults_.empty() || item_faults_.front().item != item) return false;
  const ItemFault& found = item_faults_.front();
  reject({"invalid_field", found.why}, found.count);
  item_faults_ = item_faults_.subspan(1);
  return true;
}

void DecodeContext::reject(const Fault& fault, uint64_t count, std::string_view subject) {
  constexpr size_t kMostSubjectBytes = 200;
  const auto detail = [&] {
    if (subject.empty()) return fmt::format("{}: {}", place(), fault.why);
    return fmt::format("{}: {}: {}", place(), base::utf8_prefix(subject, kMostSubjectBytes),
                       fault.why);
  };
  rejections_.add(fault.reason, detail, count);
}

base::Error DecodeContext::malformed(const char* what) const {
  std::string_view cause = what;
  constexpr std::string_view kSuffix = " exception";
  if (cause.ends_with(kSuffix)) cause.remove_suffix(kSuffix.size());
  const std::string where = place();
  return {base::Code::kInvalidArgument,
          fmt::format("{} is not a valid protobuf message: {} in or after {} (byte {} of {})",
                      names_.request, cause, where.empty() ? "its first field" : where,
                      at_ != nullptr ? at_ - body_.data() : 0, body_.size())};
}

base::Error DecodeContext::too_large() const {
  return {
      base::Code::kTooLarge,
      fmt::format("{} takes more than {} bytes once decoded (reached at {}); send smaller batches",
                  names_.request, limit_, place())};
}

}  // namespace tripod::ingest::otlp
