// A log record with all that it points to, kept after its batch is gone.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/batch.h"

namespace tripod::pipeline {

// The ways a line can come. A record that came two ways has two of them.
enum class Origin : uint8_t {
  kText = 1,    // printed, and read by a shipper
  kSdk = 2,     // exported by OpenTelemetry's SDK
  kSentry = 4,  // a log item of Sentry's SDK
};

// Immutable, shared by the records of one resource.
struct HeldResource {
  std::string text;
  std::vector<model::Attribute> attributes;  // views of text
  std::string_view service;                  // service.name, empty where nobody said it
  size_t bytes = 0;

  explicit HeldResource(std::span<const model::Attribute> from);
  HeldResource(const HeldResource&) = delete;
  HeldResource& operator=(const HeldResource&) = delete;
};

// Immutable.
class HeldRecord {
 public:
  HeldRecord(const model::LogRecord& record, std::shared_ptr<const HeldResource> resource, std::string_view scope);
  HeldRecord(const HeldRecord&) = delete;
  HeldRecord& operator=(const HeldRecord&) = delete;

  // Its resource and scope are no indexes into anything.
  const model::LogRecord& record() const { return record_; }
  const HeldResource& resource() const { return *resource_; }
  const std::shared_ptr<const HeldResource>& shared_resource() const { return resource_; }
  std::string_view scope() const { return scope_; }
  size_t bytes() const { return bytes_; }  // without its resource

 private:
  std::unique_ptr<char[]> text_;
  std::vector<model::Attribute> attributes_;
  model::LogRecord record_;
  std::string_view scope_;
  std::shared_ptr<const HeldResource> resource_;
  size_t bytes_ = 0;
};

}  // namespace tripod::pipeline
