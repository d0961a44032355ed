// Reads server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace tripod::cli {

struct ServerEvent {
  std::string name;  // "message" where none is given
  std::string data;  // lines joined by '\n'
};

// Not thread-safe.
class EventReader {
 public:
  static constexpr size_t kMostBytes = size_t{64} << 20;  // of one event

  // Takes bytes as they come, in pieces of any size, and calls `on_event` for each event that is complete. False: an event has no end.
  bool read(std::string_view bytes, const std::function<void(const ServerEvent&)>& on_event);
  // The stream was cut off: what is not complete is nothing.
  void reset();
  // Of the last complete event that had one: where to go on from.
  const std::string& last_id() const { return last_id_; }

 private:
  void take_line(std::string_view line, const std::function<void(const ServerEvent&)>& on_event);

  std::string line_;        // without its end yet
  bool after_return_ = false;
  ServerEvent event_;
  bool has_data_ = false;
  std::string id_;
  std::string last_id_;
};

}  // namespace tripod::cli
