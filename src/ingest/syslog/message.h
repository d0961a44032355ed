// One syslog message -> its parts. RFC 5424, RFC 3164 and what is sent in its name.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/time_zone.h"

namespace tripod::ingest::syslog {

// Views into the message. What it does not say is empty, as is what it says by "-".
struct Message {
  int priority = -1;         // PRI: facility * 8 + severity, 0..191; -1: none
  base::UnixNanos time = 0;  // 0: none
  std::string_view hostname;
  std::string_view app_name;
  std::string_view procid;
  std::string_view msgid;
  std::string_view structured_data;  // well-formed elements, or empty
  std::string_view text;             // the rest, without its byte order mark
};

// Never fails: what cannot be read as a header stays in `text`. `zone` and `received` complete the
// times of RFC 3164, see timestamp.h.
Message parse_message(std::string_view message, const base::TimeZone& zone, base::UnixNanos received);

// One parameter of structured data.
struct Parameter {
  std::string_view id;  // of its element: "exampleSDID@32473"
  std::string_view name;
  std::string_view value;  // as written
  bool has_escapes = false;
};

// Walks the parameters of well-formed structured data.
class ParameterReader {
 public:
  explicit ParameterReader(std::string_view structured_data) : rest_(structured_data) {}
  std::optional<Parameter> next();

 private:
  std::string_view rest_;
  std::string_view id_;
};

}  // namespace tripod::ingest::syslog
