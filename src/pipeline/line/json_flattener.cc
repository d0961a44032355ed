#include "pipeline/line/json_flattener.h"

#include <simdjson.h>

#include <cstring>
#include <string>

#include "base/json_text.h"

namespace tripod::pipeline {

namespace ondemand = simdjson::ondemand;
using model::Attribute;
using model::Value;

namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// simdjson's raw tokens reach to the next token.
std::string_view trimmed(std::string_view token) {
  while (!token.empty() && is_space(token.back())) token.remove_suffix(1);
  return token;
}

}  // namespace

struct JsonFlattener::Parser {
  explicit Parser(size_t max_bytes) : parser(max_bytes + simdjson::SIMDJSON_PADDING) {}
  ondemand::parser parser;
  std::string padded;  // the text, with the slack behind it that simdjson reads
  std::string prefix;  // "outer.inner." of the object being read
};

// One text. Every member answers kObject for "go on".
class JsonFlattener::Walk {
 public:
  Walk(const FlattenLimits& limits, Parser& parser, std::string_view text, base::Arena& arena,
       std::vector<Attribute>& out)
      : limits_(limits),
        parser_(parser),
        text_(text),
        arena_(arena),
        out_(out),
        first_(out.size()) {}

  FlattenOutcome run() {
    parser_.prefix.clear();
    parser_.padded.assign(text_);
    parser_.padded.append(simdjson::SIMDJSON_PADDING, ' ');
    ondemand::document document;
    if (parser_.parser
            .iterate(simdjson::padded_string_view(parser_.padded.data(), text_.size(),
                                                  parser_.padded.size()))
            .get(document) != simdjson::SUCCESS) {
      return FlattenOutcome::kNotObject;
    }
    ondemand::object root;
    if (document.get_object().get(root) != simdjson::SUCCESS) return FlattenOutcome::kNotObject;
    const FlattenOutcome outcome = object(root, 1);
    if (outcome != FlattenOutcome::kObject) return outcome;
    const char* rest = nullptr;
    const bool at_end = document.current_location().get(rest) == simdjson::OUT_OF_BOUNDS;
    return at_end ? FlattenOutcome::kObject : FlattenOutcome::kNotObject;
  }
  size_t dropped() const { return dropped_; }

 private:
  FlattenOutcome object(ondemand::object& object, size_t depth) {
    if (depth > limits_.max_depth) return FlattenOutcome::kTooDeep;
    for (auto found : object) {
      ondemand::field field;
      if (std::move(found).get(field) != simdjson::SUCCESS) return FlattenOutcome::kNotObject;
      std::string_view name;
      if (!key(field, name)) return FlattenOutcome::kNotObject;
      const FlattenOutcome outcome = member(name, field.value(), depth);
      if (outcome != FlattenOutcome::kObject) return outcome;
    }
    return FlattenOutcome::kObject;
  }

  FlattenOutcome member(std::string_view name, ondemand::value& value, size_t depth) {
    ondemand::json_type type;
    if (value.type().get(type) != simdjson::SUCCESS) return FlattenOutcome::kNotObject;
    if (type == ondemand::json_type::object) return nested_object(name, value, depth);
    if (type == ondemand::json_type::array) return array(name, value, depth);
    Value scalar;
    if (!this->scalar(type, value, scalar)) return FlattenOutcome::kNotObject;
    if (!scalar.is_null()) add(name, scalar);
    return FlattenOutcome::kObject;
  }

  FlattenOutcome nested_object(std::string_view name, ondemand::value& value, size_t depth) {
    ondemand::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) return FlattenOutcome::kNotObject;
    const size_t outer = parser_.prefix.size();
    bool empty = true;
    if (object.is_empty().get(empty) != simdjson::SUCCESS) return FlattenOutcome::kNotObject;
    if (empty || outer + name.size() + 1 > limits_.max_prefix_bytes) {
      std::string_view raw;
      if (object.raw_json().get(raw) != simdjson::SUCCESS) return FlattenOutcome::kNotObject;
      return json(name, raw, depth);
    }
    parser_.prefix.append(name).push_back('.');
    const FlattenOutcome outcome = this->object(object, depth + 1);
    parser_.prefix.resize(outer);
    return outcome;
  }

  FlattenOutcome array(std::string_view name, ondemand::value& value, size_t depth) {
    ondemand::array array;
    std::string_view raw;
    if (value.get_array().get(array) != simdjson::SUCCESS ||
        array.raw_json().get(raw) != simdjson::SUCCESS) {
      return FlattenOutcome::kNotObject;
    }
    return json(name, raw, depth);
  }

  // simdjson has skipped over this text without looking at it.
  FlattenOutcome json(std::string_view name, std::string_view raw, size_t depth) {
    raw = trimmed(raw);
    switch (base::check_json(raw, limits_.max_depth - depth).fault) {
      case base::JsonFault::kMalformed:
        return FlattenOutcome::kNotObject;
      case base::JsonFault::kTooDeep:
        return FlattenOutcome::kTooDeep;
      case base::JsonFault::kNone:
        break;
    }
    add(name, Value::json(in_text(raw)));
    return FlattenOutcome::kObject;
  }

  bool scalar(ondemand::json_type type, ondemand::value& value, Value& out) {
    switch (type) {
      case ondemand::json_type::string:
        return string(value, out);
      case ondemand::json_type::number:
        return number(value, out);
      case ondemand::json_type::boolean: {
        bool truth = false;
        if (value.get_bool().get(truth) != simdjson::SUCCESS) return false;
        out = Value::boolean(truth);
        return true;
      }
      default: {
        bool null = false;
        return value.is_null().get(null) == simdjson::SUCCESS && null;
      }
    }
  }

  bool string(ondemand::value& value, Value& out) {
    const std::string_view token = trimmed(value.raw_json_token());
    if (token.size() < 2) return false;
    const std::string_view inner = token.substr(1, token.size() - 2);
    // Either way the value is consumed: simdjson would take one that is not for a key where a colon
    // follows.
    if (std::memchr(inner.data(), '\\', inner.size()) == nullptr) {
      out = Value::string(in_text(inner));
      ondemand::raw_json_string consumed;
      return value.get_raw_json_string().get(consumed) == simdjson::SUCCESS;
    }
    std::string_view unescaped;
    if (value.get_string().get(unescaped) != simdjson::SUCCESS) return false;
    out = Value::string(arena_.copy(unescaped));
    return true;
  }

  bool number(ondemand::value& value, Value& out) {
    const std::string_view token = trimmed(value.raw_json_token());
    ondemand::number number;
    if (value.get_number().get(number) == simdjson::SUCCESS) {
      if (number.is_int64()) {
        out = Value::int64(number.get_int64());
        return true;
      }
      if (number.is_double()) {
        out = Value::float64(number.get_double());
        return true;
      }
    } else if (base::check_json(token, 1).fault != base::JsonFault::kNone) {
      return false;
    }
    out = Value::string(in_text(token));  // more than our numbers hold
    return true;
  }

  bool key(ondemand::field& field, std::string_view& out) {
    const char* start = field.key().raw();
    const char* quote = static_cast<const char*>(
        std::memchr(start, '"', static_cast<size_t>(padded_end() - start)));
    if (quote == nullptr) return false;
    const std::string_view plain(start, static_cast<size_t>(quote - start));
    if (plain.find('\\') == plain.npos) {
      out = in_text(plain);
      return true;
    }
    std::string_view unescaped;
    if (field.unescaped_key().get(unescaped) != simdjson::SUCCESS) return false;
    out = arena_.copy(unescaped);
    return true;
  }

  void add(std::string_view name, Value value) {
    if (out_.size() - first_ >= limits_.max_attributes) {
      ++dropped_;
      return;
    }
    if (parser_.prefix.empty()) {
      out_.push_back({name, value});
      return;
    }
    const size_t prefix = parser_.prefix.size();
    char* key = static_cast<char*>(arena_.allocate(prefix + name.size(), 1));
    std::memcpy(key, parser_.prefix.data(), prefix);
    if (!name.empty()) std::memcpy(key + prefix, name.data(), name.size());
    out_.push_back({{key, prefix + name.size()}, value});
  }

  // The same bytes in the caller's text, which outlives the padded copy.
  std::string_view in_text(std::string_view padded) const {
    return text_.substr(static_cast<size_t>(padded.data() - parser_.padded.data()), padded.size());
  }
  const char* padded_end() const { return parser_.padded.data() + parser_.padded.size(); }

  const FlattenLimits& limits_;
  Parser& parser_;
  const std::string_view text_;
  base::Arena& arena_;
  std::vector<Attribute>& out_;
  const size_t first_;
  size_t dropped_ = 0;
};

JsonFlattener::JsonFlattener(FlattenLimits limits)
    : limits_(limits), parser_(std::make_unique<Parser>(limits.max_bytes)) {}
JsonFlattener::~JsonFlattener() = default;

FlattenOutcome JsonFlattener::flatten(std::string_view text, base::Arena& arena,
                                      std::vector<Attribute>& out) {
  if (text.size() > limits_.max_bytes) return FlattenOutcome::kTooLong;
  if (!text.starts_with('{')) return FlattenOutcome::kNotObject;
  const size_t before = out.size();
  Walk walk(limits_, *parser_, text, arena, out);
  const FlattenOutcome outcome = walk.run();
  dropped_ = walk.dropped();
  if (outcome != FlattenOutcome::kObject) out.resize(before);
  return outcome;
}

size_t object_length(std::string_view text) {
  size_t depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}') {
      if (depth <= 1) return i + 1;
      --depth;
    }
  }
  return 0;
}

}  // namespace tripod::pipeline
