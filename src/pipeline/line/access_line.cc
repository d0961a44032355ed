#include "pipeline/line/access_line.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "model/line_template.h"
#include "pipeline/line/logfmt.h"
#include "pipeline/line/quoted.h"

namespace tripod::pipeline {
namespace {

using model::Attribute;
using model::Value;

constexpr size_t kLongestFront = 256;  // host, names of users
constexpr std::string_view kDate = "22/Nov/2026:16:39:57";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Of the '[' before a date; npos: there is none in the front of the line.
size_t bracket_before_date(std::string_view line) {
  const size_t most = std::min(line.size(), kLongestFront);
  const void* found = std::memchr(line.data(), '[', most);
  if (found == nullptr) return line.npos;
  const auto at = static_cast<size_t>(static_cast<const char*>(found) - line.data());
  if (line.size() < at + kDate.size() + 3 || line[at + 3] != '/' || line[at + 7] != '/' || !is_digit(line[at + 1])) return line.npos;
  return at == 0 || line[at - 1] == ' ' ? at : line.npos;
}

class AccessReader {
 public:
  AccessReader(std::string_view line, base::Arena& arena, std::vector<Attribute>& out)
      : line_(line), arena_(arena), out_(out), before_(out.size()) {}

  std::optional<AccessLine> run() {
    AccessLine access;
    const size_t bracket = bracket_before_date(line_);
    if (bracket == line_.npos || !front(line_.substr(0, bracket))) return none();
    const size_t end = line_.find(']', bracket);
    if (end == line_.npos || end - bracket > 32) return none();
    access.time = access_time(line_.substr(bracket + 1, end - bracket - 1));
    at_ = end + 1;
    if (!access.time || !blank() || !request() || !blank() || !status(access.severity)) return none();
    if (!done() && !(blank() && size())) return none();
    if (!tail()) return none();
    return access;
  }

  std::optional<AccessLine> run_uvicorn() {
    AccessLine access;
    const size_t dash = line_.substr(0, kLongestFront).find(" - \"");
    if (dash == line_.npos || line_.substr(0, dash).find(' ') != line_.npos) return none();
    const std::string_view client = line_.substr(0, dash);
    const size_t colon = client.rfind(':');
    if (colon == client.npos || !number("client.port", client.substr(colon + 1))) return none();
    text("client.address", client.substr(0, colon));
    at_ = dash + 3;
    if (!request() || !blank() || !status(access.severity)) return none();
    return access;  // the rest is the status in words
  }

 private:
  std::optional<AccessLine> none() {
    out_.resize(before_);
    return std::nullopt;
  }

  // What stands before the date: client, ident and user, with or without a virtual host before them; nothing of Django's server.
  bool front(std::string_view words) {
    if (words.empty()) return true;
    words.remove_suffix(1);
    std::string_view first = take_word(words);
    std::string_view second = take_word(words);
    if (first.empty() || second.empty() || words.empty()) return false;
    if (second != "-") {  // a virtual host, and the client behind it; ident is not asked by anybody
      if (!words.starts_with("- ")) return false;
      host(first);
      first = second;
      words.remove_prefix(2);
    }
    text("client.address", first);
    text("user.name", words);
    return true;
  }

  void host(std::string_view host) {
    const size_t colon = host.rfind(':');
    if (colon != host.npos && number("server.port", host.substr(colon + 1))) host = host.substr(0, colon);
    text("server.address", host);
  }

  bool request() {
    if (done() || line_[at_] != '"') return false;
    const auto line = take_quoted(line_, at_, arena_);
    if (!line) return false;
    std::string_view rest = *line;
    const std::string_view method = take_word(rest);
    const std::string_view target = take_word(rest);
    const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    // What is no request (TLS to a plain port) says nothing more than its text.
    if (method.empty() || !std::ranges::all_of(method, is_upper) || !rest.starts_with("HTTP/")) return true;
    text("http.request.method", method);
    const size_t query = target.find('?');
    text(target.starts_with('/') ? "url.path" : "url.full", target.starts_with('/') ? target.substr(0, query) : target);
    if (query != target.npos && target.starts_with('/')) text("url.query", target.substr(query + 1));
    text("network.protocol.version", rest.ends_with(".0") && rest[5] > '1' ? rest.substr(5, 1) : rest.substr(5));
    return true;
  }

  bool status(Severity& severity) {
    const std::string_view word = next_word();
    if (word.size() != 3 || word.front() < '1' || word.front() > '9' || !number("http.response.status_code", word)) return false;
    severity = severity_from_text(word.front() >= '5' ? "error" : word.front() == '4' ? "warn" : "info");
    return true;
  }

  bool size() {
    const std::string_view word = next_word();
    return word == "-" || number("http.response.body.size", word);
  }

  // Referer and user agent, and whatever else was configured.
  bool tail() {
    for (size_t quoted = 0; !done();) {
      if (!blank()) return false;
      if (done()) return true;
      if (line_[at_] != '"') {
        other(next_word());
        continue;
      }
      const auto value = take_quoted(line_, at_, arena_);
      if (!value) return false;
      if (quoted == 0) text("http.request.header.referer", *value);
      else if (quoted == 1) text("user_agent.original", *value);
      else if (quoted == 2 && is_address_list(*value)) text("http.request.header.x-forwarded-for", *value);
      ++quoted;
    }
    return true;
  }

  void other(std::string_view word) {
    if (const size_t equals = word.find('='); equals != word.npos && begins_as_logfmt(word)) {
      std::string_view value = word.substr(equals + 1);
      if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
      const std::string_view key = word.substr(0, equals);
      if (key == "rt" || key == "request_time") return duration(value);
      return text(key, value);
    }
    duration(word);
  }

  void duration(std::string_view word) {
    constexpr std::string_view kDuration = "http.server.request.duration";
    double seconds = 0;
    if (model::fixed_decimals(word) == 0 || model::find_attribute(added(), kDuration) != nullptr) return;
    if (std::from_chars(word.data(), word.data() + word.size(), seconds).ec != std::errc() || seconds < 0) return;
    out_.push_back({kDuration, Value::float64(seconds)});
  }

  static bool is_address_list(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789abcdefABCDEF.:, ") == text.npos;
  }

  static std::string_view take_word(std::string_view& rest) {
    const size_t end = std::min(rest.find(' '), rest.size());
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return word;
  }

  std::string_view next_word() {
    const size_t start = at_;
    while (!done() && line_[at_] != ' ') ++at_;
    return line_.substr(start, at_ - start);
  }

  bool blank() {
    const bool good = !done() && line_[at_] == ' ';
    if (good) ++at_;
    return good;
  }

  void text(std::string_view key, std::string_view value) {
    if (!value.empty() && value != "-") out_.push_back({key, Value::string(value)});
  }

  bool number(std::string_view key, std::string_view word) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (word.empty() || error != std::errc() || end != word.data() + word.size() || value < 0) return false;
    out_.push_back({key, Value::int64(value)});
    return true;
  }

  bool done() const { return at_ >= line_.size(); }
  std::span<const Attribute> added() const { return std::span<const Attribute>(out_).subspan(before_); }

  const std::string_view line_;
  base::Arena& arena_;
  std::vector<Attribute>& out_;
  const size_t before_;
  size_t at_ = 0;
};

}  // namespace

bool may_be_access_line(std::string_view line) { return bracket_before_date(line) != line.npos; }

std::optional<AccessLine> read_access_line(std::string_view line, base::Arena& arena, std::vector<Attribute>& out) {
  return AccessReader(line, arena, out).run();
}

std::optional<AccessLine> read_uvicorn_access(std::string_view message, base::Arena& arena, std::vector<Attribute>& out) {
  return AccessReader(message, arena, out).run_uvicorn();
}

}  // namespace tripod::pipeline
