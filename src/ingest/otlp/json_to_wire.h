// The JSON form of an OTLP export -> its protobuf wire form, which the decoders of this folder
// read: so both forms give the same batch, and only this step knows JSON. Internal to this folder.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ingest/otlp/decoder.h"
#include "ingest/otlp/json_schema.h"

namespace tripod::ingest::otlp {

// An item (span, log record, metric) with a member of the wrong type. An empty message stands for
// it on the wire.
struct ItemFault {
  uint64_t item = 0;   // counted over the whole request, from 0
  uint64_t count = 1;  // what it is counted as: a metric's data points
  std::string why;     // "attributes[3].value.intValue must be ..."; kept of the first ones only
};

struct WireRequest {
  std::shared_ptr<const std::string> wire;
  std::vector<ItemFault> faults;  // by rising `item`
};

// `name` is the message's, for errors. Nulls are absent members, unknown members are skipped, bytes
// that are not UTF-8 and lone surrogates are replaced by U+FFFD. An id that is not hexadecimal
// becomes one of wrong length. Errors: kInvalidArgument for text that is not JSON (with the byte),
// and for a member of the wrong type outside of any item (with its path); kTooLarge over the limit.
base::Result<WireRequest> json_to_wire(const std::shared_ptr<const std::string>& body,
                                       const JsonMessage& request, std::string_view name,
                                       const Limits& limits);

}  // namespace tripod::ingest::otlp
