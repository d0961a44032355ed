#include "pipeline/scrub_items.h"

#include <algorithm>
#include <string>

namespace tripod::pipeline {

namespace {

void scrub_in_place(const scrub::Scrubber& scrubber, base::Arena& arena, std::string& text) {
  const std::string_view scrubbed_text = scrubber.scrub_text(text, arena);
  if (scrubbed_text.data() != text.data()) text = scrubbed_text;
}

bool is_json_type(std::string_view type) { return type.starts_with("application/json") || type.find("+json") != std::string_view::npos; }

std::string_view scrubbed(const scrub::Scrubber& scrubber, base::Arena& arena, const model::Attachment& file) {
  const size_t first = file.bytes.find_first_not_of(" \t\r\n");
  const bool may_be_json = first != std::string_view::npos && (file.bytes[first] == '{' || file.bytes[first] == '[');
  if (may_be_json || is_json_type(file.content_type)) {
    if (const auto clean = scrubber.scrub_json(file.bytes)) return arena.copy(*clean);
  }
  return scrubber.scrub_text(file.bytes, arena);
}

}  // namespace

bool is_text(const model::Attachment& file) {
  const std::string_view type = file.content_type;
  if (type.starts_with("text/") || is_json_type(type) || type.find("xml") != std::string_view::npos) return true;
  if (!type.empty() && type != "application/octet-stream" && type != "application/x-www-form-urlencoded") return false;
  const auto is_control = [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\x1b') || c == '\x7f'; };
  return std::ranges::none_of(file.bytes, is_control);
}

void scrub_items(const scrub::Scrubber& scrubber, base::Arena& arena, model::Items& items) {
  for (model::CheckIn& check_in : items.check_ins) {
    scrub_in_place(scrubber, arena, check_in.environment);
    scrub_in_place(scrubber, arena, check_in.release);
  }
  for (model::UserFeedback& feedback : items.feedback) {
    for (std::string* text : {&feedback.name, &feedback.email, &feedback.message, &feedback.url}) scrub_in_place(scrubber, arena, *text);
  }
  for (model::Attachment& file : items.attachments) {
    scrub_in_place(scrubber, arena, file.name);
    if (is_text(file)) file.bytes = scrubbed(scrubber, arena, file);
  }
}

}  // namespace tripod::pipeline
