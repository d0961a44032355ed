// Feedback and files as JSON, and as downloads.
#pragma once

#include <string>

#include "base/json_writer.h"
#include "base/result.h"
#include "serve/api/context.h"
#include "store/meta/item_store.h"

namespace tripod::serve {

// Schemas Feedback and Attachment of docs/openapi.yaml.
void write_feedback(base::JsonWriter& w, const store::FeedbackRow& row);
void write_attachment(base::JsonWriter& w, const store::AttachmentRow& row);

// The file's bytes, which nobody's browser shows or runs: as a download, under a type that is none, sandboxed. kNotFound.
base::Result<HttpResponse> download(const Api& api, const std::string& attachment);

// What a Content-Disposition header may hold of a name that came from outside: ASCII without quotes and separators of paths.
std::string header_filename(std::string_view name);

}  // namespace tripod::serve
