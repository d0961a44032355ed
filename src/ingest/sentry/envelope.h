// Framing of Sentry envelopes: https://develop.sentry.dev/sdk/data-model/envelopes/
//
//   header JSON \n { item header JSON \n payload \n }
//
// An item with "length" has a payload of that many bytes, then a newline or the end; one without
// (Node's main path) has a payload up to the next newline or the end. Blank lines between items are
// skipped, the last newline may be missing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ingest/sentry/context.h"

namespace tripod::ingest::sentry {

struct EnvelopeHeader {
  std::string event_id;  // as sent; often empty
  std::string dsn;       // how a tunnel says whose envelope it is
  std::string sent_at;
  std::string sdk_name;
  std::string sdk_version;
};

struct EnvelopeItem {
  std::string type;  // "event", "transaction", …; empty when the header does not say
  std::string content_type;
  std::string filename;         // of an attachment, as the sender calls it
  std::string attachment_type;  // "event.attachment", "event.minidump", …
  uint64_t item_count = 1;   // records in a container ("item_count")
  std::string_view payload;  // into the body
};

struct Envelope {
  EnvelopeHeader header;
  std::vector<EnvelopeItem> items;
  // Why reading stopped before the end: what came before is in `items`.
  std::optional<ItemError> broken;
};

// Only the first line: for a tunnel, where the body alone says who sends.
// kInvalidArgument when it is not a JSON object.
base::Result<EnvelopeHeader> parse_envelope_header(std::string_view body);

// kInvalidArgument when the first line is not a JSON object, kTooLarge over kMostEnvelopeBytes. A
// bad item does not fail the envelope: see Envelope::broken ("truncated_item",
// "invalid_item_header", "invalid_item_framing", "too_many_items"), which names it. The items'
// payloads point into `body`.
base::Result<Envelope> parse_envelope(std::string_view body);

}  // namespace tripod::ingest::sentry
