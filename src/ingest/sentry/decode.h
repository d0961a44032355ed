// A Sentry request's body → records. Pure: no clock, no I/O, no stores. docs/protocols/sentry.md
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "ingest/sentry/context.h"
#include "model/batch.h"

namespace tripod::ingest::sentry {

struct DecodedEnvelope {
  // What `{"id": …}` of the answer says: the envelope's event id, else that of its event; empty
  // when there is none.
  model::EventId event_id;
  size_t items = 0;  // items in the envelope, kept or not
  // What is wrong with the framing where the rest could not be read; what stood before it is in the
  // batch.
  std::string broken;
};

// The body of POST /api/<project>/envelope/, decompressed. Events go to batch.errors; transactions
// and spans to batch.spans, sessions to batch.sessions; every other known item type is counted by batch.add_unkept("profile"…),
// unknown ones as "unknown". An item that cannot be taken is a batch.reject(); the others of its
// envelope are kept. Errors, for the whole request: kInvalidArgument (the envelope's header is not
// JSON), kTooLarge, kPermissionDenied (the header's dsn names another key or project than the
// request). `body` is kept by the batch only where attachments point into it: what records point to is copied into
// the batch's arena.
base::Result<DecodedEnvelope> decode_envelope(const std::shared_ptr<const std::string>& body,
                                              const SentryContext& context, model::Batch& batch);

// The body of POST /api/<project>/store/: one event as JSON, or base64 of zlib of it (SDKs before
// 2016), decompressed from its Content-Encoding. kInvalidArgument when it is neither, or the event
// is not taken; kTooLarge over kMostEventBytes.
base::Result<DecodedEnvelope> decode_store(const std::shared_ptr<const std::string>& body,
                                           const SentryContext& context, model::Batch& batch);

}  // namespace tripod::ingest::sentry
