#include "pipeline/held_record.h"

#include <cstring>
#include <utility>

namespace tripod::pipeline {

using model::Attribute;
using model::Value;

namespace {

size_t text_bytes(std::span<const Attribute> attributes) {
  size_t out = 0;
  for (const Attribute& a : attributes) out += a.key.size() + a.value.text().size();
  return out;
}

// Copies texts one behind the other into a buffer that has room for all.
class Copier {
 public:
  explicit Copier(char* to) : to_(to) {}

  std::string_view operator()(std::string_view text) {
    if (text.empty()) return {};
    std::memcpy(to_, text.data(), text.size());
    return {std::exchange(to_, to_ + text.size()), text.size()};
  }
  Value operator()(const Value& value) {
    switch (value.type()) {
      case model::ValueType::kString: return Value::string((*this)(value.text()));
      case model::ValueType::kJson: return Value::json((*this)(value.text()));
      case model::ValueType::kBytes: return Value::bytes((*this)(value.text()));
      default: return value;
    }
  }

 private:
  char* to_;
};

}  // namespace

HeldResource::HeldResource(std::span<const Attribute> from) : text(text_bytes(from), '\0') {
  Copier copy(text.data());
  for (const Attribute& a : from) {
    const std::string_view key = copy(a.key);
    attributes.push_back({key, copy(a.value)});
  }
  service = model::find_text(attributes, "service.name");
  bytes = sizeof(*this) + text.size() + attributes.size() * sizeof(Attribute);
}

HeldRecord::HeldRecord(const model::LogRecord& record, std::shared_ptr<const HeldResource> resource, std::string_view scope)
    : record_(record), resource_(std::move(resource)) {
  const size_t size = record.severity_text.size() + record.body.text().size() + record.original.size() +
                      record.original_template.size() + scope.size() + text_bytes(record.attributes);
  text_ = std::make_unique_for_overwrite<char[]>(size);
  Copier copy(text_.get());
  record_.severity_text = copy(record.severity_text);
  record_.body = copy(record.body);
  record_.original = copy(record.original);
  record_.original_template = copy(record.original_template);
  scope_ = copy(scope);
  attributes_.reserve(record.attributes.size());
  for (const Attribute& a : record.attributes) {
    const std::string_view key = copy(a.key);
    attributes_.push_back({key, copy(a.value)});
  }
  record_.attributes = attributes_;
  bytes_ = sizeof(*this) + size + attributes_.size() * sizeof(Attribute);
}

}  // namespace tripod::pipeline
