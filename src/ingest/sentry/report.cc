#include "ingest/sentry/report.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <string>

#include "base/hash.h"

namespace tripod::ingest::sentry {
namespace {

constexpr size_t kMostWord = 60;
constexpr size_t kMostName = 200;
constexpr size_t kMostMessage = 4096;  // characters that Sentry's own forms take

// Reasons and categories are words; what is none is "other".
std::string word_of(std::string_view text) {
  const bool is_word = !text.empty() && text.size() <= kMostWord &&
                       std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.'; });
  return is_word ? std::string(text) : "other";
}

// Whole characters of UTF-8.
std::string cut(std::string_view text, size_t most) {
  if (text.size() <= most) return std::string(text);
  size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return std::string(text.substr(0, end));
}

// Reads one object; simdjson's exceptions end here.
ItemResult<> read_object(std::string_view json, size_t most_bytes, std::string_view what, JsonParser& parser, base::Arena& arena,
                         const std::function<void(std::string_view key, od::value& member)>& field) {
  const auto prepared = prepare_object(json, most_bytes, what, arena);
  if (!prepared) return std::unexpected(prepared.error());
  try {
    od::document document = open_document(parser, *prepared);
    od::value root = document.get_value();
    for_each_field(root, field);
  } catch (const simdjson::simdjson_error& error) {
    return reject("invalid_json", error.what());
  }
  return {};
}

struct FeedbackReader {
  base::Arena& arena;
  model::UserFeedback out{};

  void field(std::string_view key, od::value& member) {
    if (key == "event_id") out.id = model::EventId::from_hex(read_text(member, arena));
    else if (key == "contexts") contexts(member);
  }
  void contexts(od::value& value) {
    for_each_field(value, [&](std::string_view name, od::value& context) {
      if (name == "feedback") for_each_field(context, [&](std::string_view key, od::value& member) { said(key, read_text(member, arena)); });
    });
  }
  void said(std::string_view key, std::string_view text) {
    if (key == "message") out.message = cut(text, kMostMessage);
    else if (key == "name") out.name = cut(text, kMostName);
    else if (key == "contact_email") out.email = cut(text, kMostName);
    else if (key == "url") out.url = cut(text, kMostMessage);
    else if (key == "source") out.source = word_of(text);
    else if (key == "associated_event_id") out.event_id = model::EventId::from_hex(text);
  }
};

}  // namespace

ItemResult<> decode_client_report(std::string_view json, const SentryContext& context, JsonParser& parser, model::Batch& batch) {
  static constexpr std::array<std::string_view, 4> kLists = {"discarded_events", "rate_limited_events", "filtered_events", "filtered_sampling_events"};
  std::vector<model::ClientReport> entries;
  const auto entry = [&](od::value& element) {
    model::ClientReport report{.project = context.project, .time = context.received_time};
    int64_t quantity = 0;
    std::string_view reason, category;
    for_each_field(element, [&](std::string_view key, od::value& member) {
      if (key == "reason") reason = read_text(member, batch.arena);
      else if (key == "category") category = read_text(member, batch.arena);
      else if (key == "quantity") quantity = read_int64(member).value_or(0);
    });
    if (quantity <= 0 || entries.size() >= kMostDiscardedEntries) return;
    report.reason = word_of(reason);
    report.category = word_of(category);
    report.quantity = static_cast<uint64_t>(quantity);
    entries.push_back(std::move(report));
  };
  auto read = read_object(json, kMostReportBytes, "client report", parser, batch.arena, [&](std::string_view key, od::value& member) {
    if (std::ranges::find(kLists, key) != kLists.end()) for_each_element(member, entry);
  });
  if (!read) return read;
  if (entries.empty()) return reject("invalid_client_report", "client report says of nothing that it was discarded");
  std::ranges::move(entries, std::back_inserter(batch.items.client_reports));
  return {};
}

ItemResult<> decode_user_report(std::string_view json, const SentryContext& context, JsonParser& parser, model::Batch& batch) {
  model::UserFeedback out{.project = context.project, .time = context.received_time, .source = "user_report"};
  auto read = read_object(json, kMostReportBytes, "user report", parser, batch.arena, [&](std::string_view key, od::value& member) {
    const std::string_view text = read_text(member, batch.arena);
    if (key == "event_id") out.event_id = model::EventId::from_hex(text);
    else if (key == "name") out.name = cut(text, kMostName);
    else if (key == "email") out.email = cut(text, kMostName);
    else if (key == "comments") out.message = cut(text, kMostMessage);
  });
  if (!read) return read;
  if (out.event_id.empty() || out.message.empty()) return reject("invalid_feedback", "user report has no event_id, or no comments");
  out.id = out.event_id;  // an event has one: the last that was sent
  batch.items.feedback.push_back(std::move(out));
  return {};
}

ItemResult<> decode_feedback(std::string_view json, model::EventId fallback_id, const SentryContext& context, JsonParser& parser, model::Batch& batch) {
  FeedbackReader reader{batch.arena};
  auto read = read_object(json, kMostEventBytes, "feedback", parser, batch.arena, [&](std::string_view key, od::value& member) { reader.field(key, member); });
  if (!read) return read;
  model::UserFeedback& out = reader.out;
  if (out.message.empty()) return reject("invalid_feedback", "feedback has no contexts.feedback.message");
  out.project = context.project;
  out.time = context.received_time;
  if (out.source.empty()) out.source = "feedback";
  if (out.id.empty()) out.id = fallback_id;
  if (out.id.empty()) {  // the same bytes are the same feedback
    const std::array<uint64_t, 2> halves = {base::hash64(json, 1), base::hash64(json, 2)};
    std::memcpy(out.id.bytes.data(), halves.data(), sizeof halves);
  }
  batch.items.feedback.push_back(std::move(out));
  return {};
}

void add_attachment(const EnvelopeItem& item, model::EventId event_id, const SentryContext& context, model::Batch& batch) {
  batch.items.attachments.push_back({.project = context.project,
                                     .time = context.received_time,
                                     .event_id = event_id,
                                     .name = item.filename.empty() ? "attachment" : cut(item.filename, kMostName),
                                     .content_type = cut(item.content_type, kMostName),
                                     .attachment_type = item.attachment_type.empty() ? "event.attachment" : word_of(item.attachment_type),
                                     .bytes = item.payload});
}

ItemResult<> add_profile(const EnvelopeItem& item, model::EventId event_id, const SentryContext& context, model::Batch& batch) {
  using Kind = model::Attachment::Kind;
  if (item.payload.size() > kMostProfileBytes) return reject("too_large", item.type + " of " + std::to_string(item.payload.size()) + " bytes");
  const size_t first = item.payload.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || item.payload[first] != '{') return reject("not_an_object", item.type + " is not a JSON object");
  const Kind kind = item.type == "profile" ? Kind::kProfile : Kind::kProfileChunk;
  if (event_id.empty()) {  // chunks come by themselves
    const std::array<uint64_t, 2> halves = {base::hash64(item.payload, 1), base::hash64(item.payload, 2)};
    std::memcpy(event_id.bytes.data(), halves.data(), sizeof halves);
  }
  batch.items.attachments.push_back({.kind = kind,
                                     .project = context.project,
                                     .time = context.received_time,
                                     .event_id = event_id,
                                     .name = item.type,
                                     .content_type = "application/json",
                                     .attachment_type = item.type,
                                     .bytes = item.payload});
  return {};
}

}  // namespace tripod::ingest::sentry
