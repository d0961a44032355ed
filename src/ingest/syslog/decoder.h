// Syslog messages -> model::Batch. docs/protocols/syslog.md
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/time_zone.h"
#include "ingest/decode_limits.h"
#include "ingest/rejection_tally.h"
#include "ingest/syslog/frames.h"
#include "ingest/syslog/message.h"
#include "model/batch.h"

namespace tripod::ingest::syslog {

inline constexpr size_t kMostMessageBytes = size_t{1} << 20;

struct Options {
  base::TimeZone zone;                 // of times that name none
  base::UnixNanos received = 0;  // when the bytes arrived: completes times without a year
  std::string service;           // service.name where the message names none
  std::string environment;       // deployment.environment.name of all; may be empty
};

// Every message becomes a LogRecord: MSG the body, HOSTNAME and APP-NAME its Resource's host.name
// and service.name, PRI severity and `syslog.facility`, PROCID `process.pid` (`syslog.procid` where
// it is no number), MSGID `syslog.msgid`, structured data `syslog.structured_data.<id>.<name>`;
// trace_id and span_id in structured data are the record's ids. Text that is not UTF-8 is repaired
// with U+FFFD. Not thread-safe; the options and the batch outlive it.
class Decoder {
 public:
  Decoder(const Options& options, model::Batch& batch, const DecodeLimits& limits = {});

  // A frame of `bytes`, which live as long as the batch: its message is added, or rejected by what
  // is wrong with it ("message_too_long", "incomplete_frame"). `sender` is host.name where the
  // message names none.
  void add(std::string_view bytes, const Frame& frame, std::string_view sender);

  // Error: kTooLarge when the messages take more than the limit once decoded (discard the batch).
  base::Result<> finish();

 private:
  void add_message(std::string_view message, std::string_view sender);
  bool exhausted() const;
  uint32_t resource_of(std::string_view host, std::string_view service);
  void add_attributes(const Message& message, model::LogRecord& record);
  void add_parameter(const Parameter& parameter, model::LogRecord& record);
  std::string_view unescaped(const Parameter& parameter);

  const Options& options_;
  model::Batch& batch_;
  RejectionTally rejections_;
  const size_t limit_;
  const size_t arena_before_;
  size_t added_ = 0;
  std::vector<model::Attribute> attributes_;  // of the record being made
  uint64_t dropped_attributes_ = 0;           // of it
  std::string key_;
  std::unordered_map<std::string, uint32_t> resources_;  // by host and service
};

// A whole body of one sender: one message a line, or octet-counted. Its last line needs no newline.
base::Result<> decode(std::shared_ptr<const std::string> body, const Options& options,
                      std::string_view sender, model::Batch& batch,
                      const DecodeLimits& limits = {});

}  // namespace tripod::ingest::syslog
