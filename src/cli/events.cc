#include "cli/events.h"

#include <utility>

namespace tripod::cli {

bool EventReader::read(std::string_view bytes, const std::function<void(const ServerEvent&)>& on_event) {
  for (const char c : bytes) {
    const bool ends = c == '\n' || c == '\r';
    if (!ends) line_ += c;
    // "\r\n" is one end.
    if (ends && !(c == '\n' && after_return_)) take_line(std::exchange(line_, {}), on_event);
    after_return_ = c == '\r';
    if (line_.size() + event_.data.size() > kMostBytes) return false;
  }
  return true;
}

void EventReader::reset() {
  line_.clear();
  event_ = {};
  has_data_ = false;
  after_return_ = false;
  id_ = last_id_;
}

void EventReader::take_line(std::string_view line, const std::function<void(const ServerEvent&)>& on_event) {
  if (line.empty()) {
    last_id_ = id_;
    ServerEvent event = std::exchange(event_, {});
    if (event.name.empty()) event.name = "message";
    if (std::exchange(has_data_, false)) on_event(event);
    return;
  }
  const size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "event") event_.name = value;
  if (field == "id" && value.find('\0') == std::string_view::npos) id_ = value;
  if (field != "data") return;
  if (std::exchange(has_data_, true)) event_.data += '\n';
  event_.data += value;
}

}  // namespace tripod::cli
