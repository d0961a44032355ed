#include "ingest/syslog/message.h"

#include <algorithm>

#include "base/time_text.h"
#include "ingest/syslog/timestamp.h"

namespace tripod::ingest::syslog {
namespace {

constexpr size_t kLongestTag = 128;
constexpr size_t kLongestHostname = 255;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter_or_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// "<165>", and `rest` is behind it.
int take_priority(std::string_view& rest) {
  if (rest.size() < 3 || rest[0] != '<') return -1;
  int value = 0;
  size_t at = 1;
  for (; at < rest.size() && at <= 3 && is_digit(rest[at]); ++at)
    value = value * 10 + (rest[at] - '0');
  if (at == 1 || at >= rest.size() || rest[at] != '>' || value > 191) return -1;
  rest.remove_prefix(at + 1);
  return value;
}

// A word and the blank behind it. False, and nothing is taken, when there is none.
bool take_word(std::string_view& rest, std::string_view& word) {
  const size_t end = rest.find(' ');
  if (end == rest.npos || end == 0) return false;
  word = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return true;
}

std::string_view unless_nil(std::string_view word) {
  return word == "-" ? std::string_view() : word;
}

// The end of a parameter's value, which `at` is in: the quote that is not escaped.
size_t end_of_value(std::string_view text, size_t at) {
  for (; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at, text.size());
}

// Length of the SD-ELEMENT that `text` begins with: [id name="value" ...]; 0: it is none.
size_t element_length(std::string_view text) {
  constexpr std::string_view kEndOfName = "= ]\"";
  size_t at = text.find_first_of(kEndOfName, 1);
  if (at == 1 || at == text.npos || text[0] != '[') return 0;
  while (at < text.size() && text[at] == ' ') {
    const size_t name = at + 1;
    const size_t equals = text.find_first_of(kEndOfName, name);
    if (equals == text.npos || equals == name || text.substr(equals, 2) != "=\"") {
      if (equals == name && text[equals] == ']') return equals + 1;  // a blank before the end
      return 0;
    }
    at = end_of_value(text, equals + 2) + 1;
  }
  return at < text.size() && text[at] == ']' ? at + 1 : 0;
}

size_t structured_data_length(std::string_view text) {
  size_t length = 0;
  while (length < text.size() && text[length] == '[') {
    const size_t element = element_length(text.substr(length));
    if (element == 0) return 0;
    length += element;
  }
  return length;
}

void set_text(std::string_view text, Message& message) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  message.text = text;
}

// VERSION SP TIMESTAMP SP HOSTNAME SP APP-NAME SP PROCID SP MSGID SP STRUCTURED-DATA [SP MSG]
bool read_rfc5424(std::string_view rest, Message& message) {
  std::string_view version, time, host, app, procid, msgid;
  if (rest.empty() || rest[0] < '1' || rest[0] > '9') return false;
  if (!take_word(rest, version) || version.size() > 3 || !std::ranges::all_of(version, is_digit)) {
    return false;
  }
  if (!take_word(rest, time)) return false;
  const auto parsed = base::parse_rfc3339(time);
  if (!parsed && time != "-") return false;
  if (!take_word(rest, host) || !take_word(rest, app) || !take_word(rest, procid) ||
      !take_word(rest, msgid)) {
    return false;
  }
  message.time = parsed ? *parsed : 0;
  message.hostname = unless_nil(host);
  message.app_name = unless_nil(app);
  message.procid = unless_nil(procid);
  message.msgid = unless_nil(msgid);
  const size_t length = rest.starts_with('-') ? 1 : structured_data_length(rest);
  const bool ends = length > 0 && (length == rest.size() || rest[length] == ' ');
  // Without structured data, or with broken one, all of it is the message.
  if (!ends) return set_text(rest, message), true;
  if (rest[0] == '[') message.structured_data = rest.substr(0, length);
  rest.remove_prefix(std::min(length + 1, rest.size()));
  // rsyslog keeps the blank that parted a tag from its text where it writes what came as RFC 3164.
  if (rest.starts_with(' ') && !rest.starts_with("  ")) rest.remove_prefix(1);
  set_text(rest, message);
  return true;
}

struct Tag {
  std::string_view name;
  std::string_view pid;
  size_t length = 0;  // with what ends it; 0: no tag
};

// "su: ", "sshd[1234]: ", "postfix/smtpd[12]".
Tag read_tag(std::string_view text) {
  const size_t end = text.substr(0, kLongestTag).find_first_of(" [:");
  if (end == text.npos || end == 0 || text[end] == ' ') return {};
  Tag tag{.name = text.substr(0, end)};
  size_t at = end;
  if (text[at] == '[') {
    const size_t close = text.substr(0, 2 * kLongestTag).find(']', at);
    if (close == text.npos || close == at + 1) return {};
    tag.pid = text.substr(at + 1, close - at - 1);
    at = close + 1;
  }
  const bool has_colon = at < text.size() && text[at] == ':';
  if (has_colon) ++at;
  if (!has_colon && tag.pid.empty()) return {};
  if (at < text.size() && text[at] != ' ') return {};
  tag.length = std::min(at + 1, text.size());
  return tag;
}

void take_tag(const Tag& tag, std::string_view& rest, Message& message) {
  message.app_name = tag.name;
  message.procid = tag.pid;
  rest.remove_prefix(tag.length);
}

bool is_hostname(std::string_view word) {
  return word.size() <= kLongestHostname && std::ranges::all_of(word, [](char c) {
           return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_' || c == ':' || c == '%';
         });
}

// TIMESTAMP SP HOSTNAME SP TAG CONTENT, where the host and the tag may be missing.
void read_rfc3164(std::string_view rest, const base::TimeZone& zone, base::UnixNanos received,
                  Message& message) {
  const auto time = parse_header_time(rest, zone, received);
  if (!time || (time->length < rest.size() && rest[time->length] != ' ')) {
    // Without a time there is no header; "name[12]: " alone is still nothing else than a tag.
    if (const Tag tag = read_tag(rest); !tag.pid.empty() && message.priority >= 0) {
      take_tag(tag, rest, message);
    }
    return set_text(rest, message);
  }
  message.time = time->time;
  rest.remove_prefix(std::min(time->length + 1, rest.size()));
  Tag tag = read_tag(rest);
  std::string_view host;
  std::string_view behind = rest;
  if (tag.length == 0 && take_word(behind, host) && is_hostname(host)) {
    message.hostname = unless_nil(host);
    rest = behind;
    tag = read_tag(rest);
  }
  if (tag.length > 0) take_tag(tag, rest, message);
  set_text(rest, message);
}

}  // namespace

Message parse_message(std::string_view text, const base::TimeZone& zone, base::UnixNanos received) {
  Message message;
  message.priority = take_priority(text);
  if (message.priority < 0 || !read_rfc5424(text, message)) {
    read_rfc3164(text, zone, received, message);
  }
  return message;
}

std::optional<Parameter> ParameterReader::next() {
  // Well-formed: an element begins, or a parameter, or an element ends.
  while (!rest_.empty()) {
    if (rest_[0] == '[') {
      const size_t end = rest_.find_first_of(" ]", 1);
      id_ = rest_.substr(1, end - 1);
      rest_.remove_prefix(end);
    } else if (rest_[0] == ']' || rest_.substr(0, 2) == " ]") {
      rest_.remove_prefix(rest_[0] == ']' ? 1 : 2);
    } else {
      const size_t equals = rest_.find('=');
      const size_t value = equals + 2;
      const size_t end = end_of_value(rest_, value);
      const Parameter out{id_, rest_.substr(1, equals - 1), rest_.substr(value, end - value),
                          rest_.substr(value, end - value).find('\\') != rest_.npos};
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
      return out;
    }
  }
  return std::nullopt;
}

}  // namespace tripod::ingest::syslog
