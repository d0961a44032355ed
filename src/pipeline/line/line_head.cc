#include "pipeline/line/line_head.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tripod::pipeline {
namespace {

using model::Attribute;
using model::Value;

constexpr size_t kLongestWord = 160;
constexpr int kMostElements = 8;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

// The level that stands for itself at the front of the text: its length, 0 for none.
size_t level_length(std::string_view text) {
  static constexpr std::array<std::string_view, 10> kLevels{"INFO",  "DEBUG", "WARNING", "ERROR",  "WARN",
                                                            "TRACE", "FATAL", "NOTICE",  "SEVERE", "CRITICAL"};
  size_t length = 0;
  while (length < text.size() && is_upper(text[length])) ++length;
  return std::ranges::find(kLevels, text.substr(0, length)) == kLevels.end() ? 0 : length;
}

// A name as modules and loggers have it: "shop.views", "celery.app.trace", "web-1".
bool is_name(std::string_view text) {
  const auto good = [](char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '/' || c == '$' || c == '<' || c == '>'; };
  return !text.empty() && text.size() <= kLongestWord && (is_letter(text.front()) || text.front() == '<') &&
         text.back() != '.' && std::ranges::all_of(text, good);
}

// Dotted as a module, and not as a host, a file or a setting: `settings.DEBUG is on` is a sentence.
bool is_module(std::string_view text) {
  static constexpr std::array<std::string_view, 48> kOthers{
      "com", "org",  "net",  "io",   "dev",  "local", "internal", "lan", "svc", "cluster", "example", "test", "app", "eu",  "de",  "uk",
      "py",  "js",   "go",   "java", "sh",   "so",    "txt",      "md",  "xml", "json",    "toml",    "yaml", "yml", "ini", "cfg", "conf",
      "env", "html", "htm",  "css",  "csv",  "sql",   "db",       "log", "pid", "lock",    "sock",    "gz",   "zip", "pem", "crt", "key"};
  const size_t dot = text.rfind('.');
  if (dot == text.npos || !is_name(text) || !is_letter(text.front()) || text.find_first_of("-/$<>") != text.npos) return false;
  const std::string_view last = text.substr(dot + 1);
  const bool in_capitals = is_upper(last.front()) && std::ranges::none_of(last, [](char c) { return c >= 'a' && c <= 'z'; });
  return !is_digit(last.front()) && !in_capitals && std::ranges::find(kOthers, last) == kOthers.end();
}

std::optional<int64_t> integer(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || !is_digit(text.front()) || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

class HeadReader {
 public:
  HeadReader(std::string_view line, std::vector<Attribute>& out) : rest_(line), out_(out), before_(out.size()) {}

  std::optional<LineHead> run() {
    const size_t level = level_length(rest_);
    if (level > 0 && !level_first(level)) return none();
    if (level == 0 && !time_first()) return none();
    if (!head_.severity) return none();
    if (head_.message.empty()) head_.message = rest_;
    if (head_.message.empty()) return none();
    return head_;
  }

 private:
  std::optional<LineHead> none() {
    out_.resize(before_);
    return std::nullopt;
  }

  // basicConfig, uvicorn, Alembic, Django.
  bool level_first(size_t length) {
    head_.severity = severity_from_text(rest_.substr(0, length));
    rest_.remove_prefix(length);
    if (rest_.starts_with(':')) {
      rest_.remove_prefix(1);
      if (rest_.starts_with(' ')) {
        skip_blanks();
        return !rest_.empty();
      }
      const size_t colon = rest_.substr(0, kLongestWord).find(':');
      const bool is_url = colon != rest_.npos && rest_.substr(colon + 1).starts_with("//");
      if (colon == rest_.npos || is_url || !is_name(rest_.substr(0, colon))) return false;
      logger(rest_.substr(0, colon));
      rest_.remove_prefix(colon + 1);
      return true;
    }
    if (!rest_.starts_with(' ')) return false;
    skip_blanks();
    if (rest_.starts_with('[')) {
      const std::string_view inside = bracketed();
      if (!is_name(inside)) return false;
      logger(inside);
      skip_blanks();
      return true;
    }
    head_.time = take_head_time(rest_);
    return head_.time && django();
  }

  // "views 31216 140229 message"
  bool django() {
    skip_blanks();
    const std::string_view start = rest_;
    const std::string_view module = word(), pid = next(module), thread = next(pid);
    const auto process_number = integer(pid), thread_number = integer(thread);
    const auto behind = static_cast<size_t>(thread.data() + thread.size() - start.data());
    if (!is_name(module) || !process_number || !thread_number || behind >= start.size()) return true;
    logger(module);
    add("process.pid", Value::int64(*process_number));
    add("thread.id", Value::int64(*thread_number));
    rest_ = start.substr(behind + 1);
    return true;
  }

  // The word behind this one.
  std::string_view next(std::string_view word) const {
    const auto end = static_cast<size_t>(word.data() + word.size() - rest_.data());
    const std::string_view behind = rest_.substr(std::min(end + 1, rest_.size()));
    return behind.substr(0, behind.substr(0, kLongestWord).find(' '));
  }

  bool time_first() {
    const bool bracket = rest_.starts_with('[');
    if (bracket) rest_.remove_prefix(1);
    head_.time = take_head_time(rest_);
    if (!head_.time) return false;
    if (bracket) {
      if (!rest_.starts_with(']')) return false;
      rest_.remove_prefix(1);
    }
    if (rest_.starts_with('\t')) return zap();
    for (int i = 0; i < kMostElements && element(); ++i) {}
    if (head_.severity) skip_separators();
    return true;
  }

  // One part of the head off the front of rest_. False: the message begins here.
  bool element() {
    const std::string_view start = rest_;
    skip_separators();
    if (rest_.starts_with('[') ? group() : named()) return true;
    rest_ = start;
    return false;
  }

  // "[...]"
  bool group() {
    const std::string_view inside = bracketed();
    if (inside.empty()) return false;
    if (!head_.severity) {
      const Severity level = inside.size() >= 3 ? severity_from_text(inside) : Severity();
      if (level && is_letter(inside.front())) {
        head_.severity = level;
        return true;
      }
    }
    if (const auto pid = integer(inside)) return add("process.pid", Value::int64(*pid));
    if (const auto place = code_place(inside)) return code(*place);
    if (inside.starts_with("trace_id=")) return context(inside);
    if (!is_name(inside)) return false;
    return has_logger_ || !head_.severity ? add("thread.name", Value::string(inside)) : logger(inside);
  }

  // "trace_id=… span_id=… resource.service.name=shop trace_sampled=True"
  bool context(std::string_view pairs) {
    while (!pairs.empty()) {
      const size_t end = std::min(pairs.find(' '), pairs.size());
      const std::string_view pair = pairs.substr(0, end);
      pairs.remove_prefix(std::min(end + 1, pairs.size()));
      const size_t equals = pair.find('=');
      if (equals == pair.npos) continue;
      const std::string_view key = pair.substr(0, equals), value = pair.substr(equals + 1);
      if (key == "trace_id" || key == "span_id") add(key, Value::string(value));
      if (key == "resource.service.name" && !value.empty()) add("service.name", Value::string(value));
    }
    return true;
  }

  bool named() {
    if (!head_.severity && take_level()) return true;
    const std::string_view word = this->word();
    const std::string_view behind = rest_.substr(word.size());
    // A logger before the level has to be parted from it.
    if (!head_.severity) {
      return !has_logger_ && is_name(word) && (behind.starts_with(" - ") || behind.starts_with(" | ") || behind.starts_with(" [")) &&
             logger(word) && skip(word.size());
    }
    if (has_logger_) return false;
    if (const auto place = pid_hash(word)) return add("process.pid", Value::int64(*place)) && skip(word.size());
    if (word.ends_with(':') && is_name(word.substr(0, word.size() - 1))) return logger(word.substr(0, word.size() - 1)) && skip(word.size());
    if (word == "in" && behind.starts_with(' ')) return flask(behind.substr(1));
    if (behind.starts_with(" - ") && loguru(word)) return skip(word.size());
    const bool parted = behind.starts_with(" - ") || behind.starts_with(" | ") || behind.starts_with(" : ") || pid_follows(behind);
    return ((parted && is_name(word)) || is_module(word)) && !behind.empty() && logger(word) && skip(word.size());
  }

  bool take_level() {
    const size_t length = level_length(rest_);
    if (length == 0) return false;
    const std::string_view behind = rest_.substr(length);
    if (!behind.starts_with(' ') && !behind.starts_with(':') && !behind.starts_with('|')) return false;
    head_.severity = severity_from_text(rest_.substr(0, length));
    return skip(length);
  }

  // " [31216] "
  static bool pid_follows(std::string_view text) {
    const size_t end = text.substr(0, 24).find(']');
    return text.starts_with(" [") && end != text.npos && integer(text.substr(2, end - 2));
  }

  // nginx: "31216#0:"
  static std::optional<int64_t> pid_hash(std::string_view word) {
    const size_t hash = word.find('#');
    if (hash == word.npos || !word.ends_with(':')) return std::nullopt;
    return integer(word.substr(hash + 1, word.size() - hash - 2)) ? integer(word.substr(0, hash)) : std::nullopt;
  }

  // "in views: "
  bool flask(std::string_view text) {
    const size_t colon = text.substr(0, kLongestWord).find(": ");
    if (colon == text.npos || !is_name(text.substr(0, colon))) return false;
    logger(text.substr(0, colon));
    rest_ = text.substr(colon + 1);
    return true;
  }

  // "shop.views:checkout:42"
  bool loguru(std::string_view word) {
    const size_t first = word.find(':'), last = word.rfind(':');
    if (first == last) return false;
    const std::string_view module = word.substr(0, first), function = word.substr(first + 1, last - first - 1);
    const auto line = integer(word.substr(last + 1));
    if (!line || !is_name(module) || !is_name(function)) return false;
    add("code.function.name", Value::string(function));
    add("code.line.number", Value::int64(*line));
    return logger(module);
  }

  // Parts between tabs: level, logger or none, caller or none, message, fields or none.
  bool zap() {
    rest_.remove_prefix(1);
    const auto part = [this] { return rest_.substr(0, rest_.find('\t')); };
    const std::string_view level = part();
    head_.severity = level.size() >= 4 ? severity_from_text(level) : Severity();
    if (!head_.severity || level.size() == rest_.size()) return false;
    rest_.remove_prefix(level.size() + 1);
    for (std::string_view next = part(); next.size() < rest_.size(); next = part()) {
      const auto place = code_place(next);
      if (!place && (has_logger_ || !is_name(next))) break;
      // The message, with its fields behind it.
      if (!place && rest_.substr(next.size() + 1).starts_with('{')) break;
      if (place) code(*place);
      else logger(next);
      rest_.remove_prefix(next.size() + 1);
      if (place) break;
    }
    head_.message = part();
    if (const std::string_view behind = rest_.substr(head_.message.size()); behind.starts_with("\t{")) head_.json = behind.substr(1);
    else head_.message = rest_;
    return true;
  }

  std::string_view bracketed() {
    const size_t end = rest_.substr(0, kLongestWord + 128).find(']');
    if (end == rest_.npos) return {};
    const std::string_view inside = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return inside;
  }

  std::string_view word() const {
    const size_t most = std::min(rest_.size(), kLongestWord);
    return rest_.substr(0, std::min(rest_.substr(0, most).find(' '), most));
  }

  void skip_blanks() {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
  }
  // " - ", " | ", ": "
  void skip_separators() {
    skip_blanks();
    if ((rest_.starts_with("- ") || rest_.starts_with("| ") || rest_.starts_with(": ") || rest_.starts_with(":"))) {
      rest_.remove_prefix(1);
      skip_blanks();
    }
  }
  bool skip(size_t length) {
    rest_.remove_prefix(length);
    return true;
  }

  bool logger(std::string_view name) {
    has_logger_ = true;
    return add("logger", Value::string(name));
  }
  bool code(const CodePlace& place) {
    return add("code.file.path", Value::string(place.path)) && add("code.line.number", Value::int64(place.line));
  }
  bool add(std::string_view key, Value value) {
    out_.push_back({key, value});
    return true;
  }

  std::string_view rest_;
  std::vector<Attribute>& out_;
  const size_t before_;
  LineHead head_;
  bool has_logger_ = false;
};

}  // namespace

std::optional<CodePlace> code_place(std::string_view text) {
  static constexpr std::array<std::string_view, 22> kSources{"py", "go", "js", "ts", "java", "rb",  "rs",    "cc", "cpp", "c",   "h",
                                                             "cs", "kt", "ex", "php", "mjs", "tsx", "scala", "pl", "hs",  "cxx", "vue"};
  const size_t colon = text.rfind(':');
  if (colon == text.npos || colon == 0 || text.size() - colon > 9) return std::nullopt;
  const std::string_view path = text.substr(0, colon), digits = text.substr(colon + 1);
  const auto line = integer(digits);
  const size_t dot = path.rfind('.');
  const bool is_source = dot != path.npos && std::ranges::find(kSources, path.substr(dot + 1)) != kSources.end();
  if (!line || digits.front() == '0' || !is_source || path.find_first_of("\"\\") != path.npos) return std::nullopt;
  return CodePlace{path, *line};
}

bool may_have_head(std::string_view line) {
  if (line.starts_with('[')) line.remove_prefix(1);
  if (line.size() > 19 && is_digit(line.front())) return (line[4] == '-' || line[4] == '/') && line[13] == ':';
  const size_t level = level_length(line);
  return level > 0 && level < line.size() && (line[level] == ':' || line[level] == ' ');
}

std::optional<LineHead> read_line_head(std::string_view line, std::vector<Attribute>& out) { return HeadReader(line, out).run(); }

}  // namespace tripod::pipeline
