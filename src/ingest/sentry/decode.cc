#include "ingest/sentry/decode.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/compress.h"
#include "ingest/sentry/auth.h"
#include "ingest/sentry/check_in.h"
#include "ingest/sentry/envelope.h"
#include "ingest/sentry/event.h"
#include "ingest/sentry/json_value.h"
#include "ingest/sentry/log_item.h"
#include "ingest/sentry/report.h"
#include "ingest/sentry/security_report.h"
#include "ingest/sentry/session.h"
#include "ingest/sentry/trace_metric.h"
#include "ingest/sentry/transaction.h"

namespace tripod::ingest::sentry {
namespace {

using base::Code;
using base::fail;

// Understood, counted, not stored. Names that are not here are counted as "unknown": labels stay
// few.
constexpr auto kUnkeptTypes = std::to_array<std::string_view>(
    {"metric", "statsd", "replay_event", "replay_recording", "replay_video", "security", "metric_buckets", "form_data", "unreal_report"});

std::string_view unkept_name(std::string_view type) {
  const auto found = std::find(kUnkeptTypes.begin(), kUnkeptTypes.end(), type);
  return found == kUnkeptTypes.end() ? std::string_view("unknown") : *found;
}

base::Result<> check_dsn(std::string_view text, const SentryContext& context) {
  if (text.empty()) return {};
  const auto dsn = parse_dsn(text);
  if (!dsn) return fail(Code::kInvalidArgument, "the envelope's dsn: " + dsn.error().message);
  if (dsn->project != context.project) {
    return fail(Code::kPermissionDenied, "the envelope's dsn names another project");
  }
  if (!context.public_key.empty() && dsn->key != context.public_key) {
    return fail(Code::kPermissionDenied, "the envelope's dsn names another key");
  }
  return {};
}

class Decoder {
 public:
  // `sent_at`: what the envelope says of the time it was sent; may be empty.
  Decoder(const SentryContext& context, model::Batch& batch, std::string_view sent_at = {})
      : context_(context), batch_(batch), session_room_{.clock_drift = clock_drift(sent_at, context.received_time)} {}

  void item(const EnvelopeItem& item, model::EventId fallback_id) {
    ItemResult<> taken;
    if (item.type == "event") {
      taken = event(item.payload, fallback_id);
    } else if (item.type == "transaction") {
      taken = decode_transaction(item.payload, context_, parser_, batch_);
    } else if (item.type == "span") {
      taken = decode_spans(item.payload, context_, parser_, batch_);
    } else if (item.type == "log") {
      taken = decode_logs(item.payload, context_, parser_, batch_);
    } else if (item.type == "trace_metric") {
      taken = decode_trace_metrics(item.payload, context_, parser_, metric_room_, batch_);
    } else if (item.type == "session") {
      taken = decode_session(item.payload, context_, parser_, session_room_, batch_);
    } else if (item.type == "sessions") {
      taken = decode_session_counts(item.payload, context_, parser_, session_room_, batch_);
    } else if (item.type == "check_in") {
      taken = decode_check_in(item.payload, context_, parser_, batch_);
    } else if (item.type == "client_report") {
      taken = decode_client_report(item.payload, context_, parser_, batch_);
    } else if (item.type == "user_report") {
      taken = decode_user_report(item.payload, context_, parser_, batch_);
    } else if (item.type == "feedback" || item.type == "user_report_v2") {
      taken = decode_feedback(item.payload, fallback_id, context_, parser_, batch_);
    } else if (item.type == "raw_security") {
      taken = decode_reports(item.payload, context_, parser_, batch_);
    } else if (item.type == "attachment") {
      add_attachment(item, fallback_id, context_, batch_);
    } else if (item.type == "profile" || item.type == "profile_chunk") {
      taken = add_profile(item, fallback_id, context_, batch_);
    } else {
      batch_.add_unkept(unkept_name(item.type), item.item_count);
    }
    if (!taken) batch_.reject(taken.error().reason, item.type + ": " + taken.error().detail);
  }

  ItemResult<> event(std::string_view payload, model::EventId fallback_id) {
    const auto kind = decode_event(payload, fallback_id, context_, parser_, batch_);
    if (!kind) return std::unexpected(kind.error());
    if (*kind == EventKind::kTransaction) {
      return decode_transaction(payload, context_, parser_, batch_);
    }
    return {};
  }

 private:
  const SentryContext& context_;
  model::Batch& batch_;
  JsonParser parser_;
  MetricRoom metric_room_;
  SessionRoom session_room_;
};

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

// RFC 4648 with either alphabet; white space is skipped, padding may be missing.
std::optional<std::string> base64_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 4 * 3);
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=' || c == '\n' || c == '\r' || c == ' ') continue;
    const int value = base64_value(c);
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out.push_back(static_cast<char>(bits >> count & 0xff));
  }
  return out;
}

bool looks_like_json(std::string_view body) {
  if (body.starts_with("\xef\xbb\xbf")) body.remove_prefix(3);
  const size_t first = body.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && body[first] == '{';
}

}  // namespace

base::Result<DecodedEnvelope> decode_envelope(const std::shared_ptr<const std::string>& body,
                                              const SentryContext& context, model::Batch& batch) {
  auto envelope = parse_envelope(*body);
  if (!envelope) return fail(envelope.error());
  if (auto same = check_dsn(envelope->header.dsn, context); !same) return fail(same.error());
  DecodedEnvelope decoded;
  decoded.event_id = model::EventId::from_hex(envelope->header.event_id);
  decoded.items = envelope->items.size() + (envelope->broken ? 1 : 0);
  const size_t errors_before = batch.errors.size();
  Decoder decoder(context, batch, envelope->header.sent_at);
  for (const EnvelopeItem& item : envelope->items) decoder.item(item, decoded.event_id);
  if (!batch.items.attachments.empty()) batch.bodies.push_back(body);
  if (envelope->broken) {
    batch.reject(envelope->broken->reason, envelope->broken->detail);
    decoded.broken = envelope->broken->detail;
  }
  if (decoded.event_id.empty() && batch.errors.size() > errors_before) {
    decoded.event_id = batch.errors[errors_before].event_id;
  }
  return decoded;
}

base::Result<DecodedEnvelope> decode_store(const std::shared_ptr<const std::string>& body,
                                           const SentryContext& context, model::Batch& batch) {
  std::string unpacked;
  std::string_view json = *body;
  if (!looks_like_json(json)) {
    const auto zipped = base64_decode(json.substr(0, 2 * kMostEventBytes));
    if (!zipped) return fail(Code::kInvalidArgument, "body is neither JSON nor base64");
    auto inflated = base::decode_content("deflate", *zipped, kMostEventBytes);
    if (!inflated) return fail(inflated.error());
    unpacked = std::move(*inflated);
    json = unpacked;
  }
  const size_t errors_before = batch.errors.size();
  Decoder decoder(context, batch);
  const ItemResult<> taken = decoder.event(json, {});
  if (!taken) {
    batch.reject(taken.error().reason, "event: " + taken.error().detail);
    const Code code =
        taken.error().reason == "too_large" ? Code::kTooLarge : Code::kInvalidArgument;
    return fail(code, taken.error().detail);
  }
  DecodedEnvelope decoded;
  decoded.items = 1;
  if (batch.errors.size() > errors_before) decoded.event_id = batch.errors[errors_before].event_id;
  return decoded;
}

}  // namespace tripod::ingest::sentry
