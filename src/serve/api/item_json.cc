#include "serve/api/item_json.h"

#include "items/file_store.h"

namespace tripod::serve {

using base::JsonWriter;

namespace {

std::string_view kind_name(model::Attachment::Kind kind) {
  switch (kind) {
    case model::Attachment::Kind::kAttachment: return "attachment";
    case model::Attachment::Kind::kProfile: return "profile";
    case model::Attachment::Kind::kProfileChunk: return "profile_chunk";
  }
  return "attachment";
}

}  // namespace

void write_feedback(JsonWriter& w, const store::FeedbackRow& row) {
  const model::UserFeedback& f = row.feedback;
  w.begin_object().field("id", row.id).field("feedback_id", f.id.hex()).key("created_ns").int64_string(f.time);
  w.field("event_id", f.event_id.empty() ? std::string() : f.event_id.hex()).key("issue_id");
  if (row.issue == 0) w.null();
  else w.int64(row.issue);
  w.field("name", f.name).field("email", f.email).field("message", f.message).field("url", f.url).field("source", f.source).end_object();
}

void write_attachment(JsonWriter& w, const store::AttachmentRow& row) {
  w.begin_object().field("id", row.id).field("kind", kind_name(row.kind)).field("event_id", row.event_id).field("name", row.name);
  w.field("content_type", row.content_type).field("attachment_type", row.attachment_type).field("bytes", row.bytes);
  w.key("created_ns").int64_string(row.created).end_object();
}

std::string header_filename(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || c == ' ';
    out.push_back(is_plain ? c : '_');
  }
  while (out.starts_with('.') || out.starts_with(' ')) out.erase(0, 1);
  return out.empty() ? "attachment" : out;
}

base::Result<HttpResponse> download(const Api& api, const std::string& attachment) {
  const auto row = api.items.store.attachment(attachment);
  if (!row) return base::fail(row.error());
  auto bytes = api.items.files.read(row->id);
  if (!bytes) return base::fail(std::move(bytes.error()));
  HttpResponse response{.status = 200,
                        .headers = {{"Content-Type", "application/octet-stream"},
                                    {"Content-Disposition", "attachment; filename=\"" + header_filename(row->name) + "\""},
                                    {"X-Content-Type-Options", "nosniff"},
                                    {"Content-Security-Policy", "default-src 'none'; sandbox"},
                                    {"Cache-Control", "private, no-store"}},
                        .body = std::move(*bytes)};
  return response;
}

}  // namespace tripod::serve
