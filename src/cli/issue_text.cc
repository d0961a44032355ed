#include "cli/issue_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/clock.h"
#include "cli/document.h"

namespace tripod::cli {

namespace dom = simdjson::dom;

namespace {

constexpr size_t kFirstFrames = 10;   // of a trace that is too long to be read
constexpr size_t kLastFrames = 40;
constexpr size_t kValueBytes = 300;   // of a local variable
constexpr size_t kTagValues = 3;
constexpr size_t kLabelWidth = 11;

// By JSON pointer; empty where a step is missing.
std::string text_in(const dom::element& e, std::string_view pointer) {
  dom::element value;
  if (e.at_pointer(pointer).get(value) != simdjson::SUCCESS || value.is_null()) return {};
  return value.is_string() ? std::string(value.get_string().value_unsafe()) : simdjson::minify(value);
}

std::vector<dom::element> list_in(const dom::element& e, std::string_view pointer) {
  dom::array array;
  std::vector<dom::element> out;
  if (e.at_pointer(pointer).get(array) == simdjson::SUCCESS) out.assign(array.begin(), array.end());
  return out;
}

// Of source: tabs as blanks, and nothing that a terminal obeys.
std::string source_line(std::string_view text) {
  text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
  std::string out;
  for (const char c : text) {
    if (c == '\t') out += "    ";
    else out += c;
  }
  return printable(out);
}

// Not within a character.
std::string cut(std::string text, size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return text.substr(0, bytes) + "…";
}

std::string labelled(const Paint& paint, std::string_view label, std::string_view text) {
  return paint.faint(fmt::format("{:<{}}", label, kLabelWidth)) + std::string(text);
}

std::string behind(std::string_view word, const std::string& text) { return text.empty() ? "" : " " + std::string(word) + " " + text; }

std::string resolution_text(const dom::element& e) {
  const std::string kind = text_in(e, "/resolution/kind"), release = printable(text_in(e, "/resolution/release"));
  if (kind == "release") return "resolved in " + release;
  if (kind == "next_release") return release.empty() ? "resolved in the next release" : "resolved in the release after " + release;
  return "resolved";
}

std::string archive_text(const dom::element& e) {
  if (text_in(e, "/archive/for_ever") != "false") return "archived for ever";
  std::string out;
  const auto add = [&](const std::string& text) { out += (out.empty() ? "archived until " : ", or ") + text; };
  if (!text_in(e, "/archive/until_ns").empty()) add(time_at(e.at_pointer("/archive").value_unsafe(), "until_ns"));
  if (const std::string events = text_in(e, "/archive/events"); events != "0") add(events + " more events");
  if (const std::string users = text_in(e, "/archive/users"); users != "0") add(users + " more users");
  return out;
}

// ---- exceptions ----

// How an exception came to the one printed below it, in Python's words where the SDK says so.
// https://develop.sentry.dev/sdk/data-model/event-payloads/exception/#exception-mechanism
std::string chain_text(const dom::element& event, size_t at) {
  const auto mechanism = [&](size_t of, std::string_view key) {
    const std::string values = text_in(event, fmt::format("/payload/exception/values/{}/mechanism/{}", of, key));
    return values.empty() ? text_in(event, fmt::format("/payload/exception/{}/mechanism/{}", of, key)) : values;
  };
  const std::string source = mechanism(at, "source");
  if (source == "__cause__") return "The above exception was the direct cause of the following exception:";
  if (source == "__context__") return "During handling of the above exception, another exception occurred:";
  const bool is_member = source.starts_with("exceptions[") || source.starts_with("errors[");
  if (is_member && mechanism(at, "parent_id") == mechanism(at + 1, "exception_id")) return "The above exception is part of the following group:";
  return is_member ? "Of the same group:" : "The above exception led to the following one:";
}

bool is_in_app(const dom::element& frame) { return text_at(frame, "in_app") == "true"; }

std::string frame_head(const dom::element& frame, const Paint& paint) {
  std::string file = text_at(frame, "filename");
  for (const char* other : {"abs_path", "module"}) {
    if (file.empty()) file = text_at(frame, other);
  }
  const std::string line = text_at(frame, "lineno"), function = printable(text_at(frame, "function"));
  const std::string place = printable(file.empty() ? "?" : file) + (line.empty() ? "" : ":" + line);
  if (!is_in_app(frame)) return paint.faint("    " + place + behind("in", function));
  return "  " + paint.strong(">") + " " + paint.place(place) + (function.empty() ? "" : " in " + paint.strong(function));
}

void add_source(std::vector<std::string>& out, const dom::element& frame, const Paint& paint) {
  const std::string here = text_at(frame, "context_line");
  if (here.empty()) return;
  const auto before = list_in(frame, "/pre_context"), after = list_in(frame, "/post_context");
  const bool has_number = !text_at(frame, "lineno").empty();
  int64_t number = int_at(frame, "lineno") - static_cast<int64_t>(before.size());
  const auto add = [&](std::string_view text, bool is_here) {
    std::string line = fmt::format("     {} {:>5}  {}", is_here ? "->" : "  ", has_number ? std::to_string(number) : "", source_line(text));
    line.erase(line.find_last_not_of(' ') + 1);
    ++number;
    out.push_back(is_here ? paint.strong(line) : paint.faint(line));
  };
  const auto add_all = [&](const std::vector<dom::element>& lines) {
    for (const dom::element& line : lines) add(line.is_string() ? line.get_string().value_unsafe() : std::string_view(), false);
  };
  add_all(before);
  add(here, true);
  add_all(after);
}

void add_locals(std::vector<std::string>& out, const dom::element& frame, bool full, const Paint& paint) {
  dom::object locals;
  if (frame.at_pointer("/vars").get(locals) != simdjson::SUCCESS) return;
  for (const auto [name, value] : locals) {
    const std::string text = printable(value.is_string() ? std::string(value.get_string().value_unsafe()) : simdjson::minify(value));
    out.push_back("               " + paint.place(printable(name)) + " = " + (full ? text : cut(text, kValueBytes)));
  }
}

void add_exception(std::vector<std::string>& out, const dom::element& exception, IssueView view, const Paint& paint) {
  const auto frames = list_in(exception, "/frames");
  if (!frames.empty()) out.push_back("Stack trace, the innermost call last; > is the application's own code");
  // Where nothing is the application's, the innermost frame alone tells something.
  const bool has_own = std::ranges::any_of(frames, is_in_app);
  const bool is_long = !view.full && frames.size() > kFirstFrames + kLastFrames;
  for (size_t i = 0; i < frames.size(); ++i) {
    if (is_long && i == kFirstFrames) {
      const size_t hidden = frames.size() - kFirstFrames - kLastFrames;
      out.push_back(paint.faint(fmt::format("    … {} frames more (--full shows them)", hidden)));
      i += hidden;
    }
    out.push_back(frame_head(frames[i], paint));
    const bool is_shown = view.full || is_in_app(frames[i]) || (!has_own && i + 1 == frames.size());
    if (is_shown) add_source(out, frames[i], paint);
    if (view.locals && is_shown) add_locals(out, frames[i], view.full, paint);
  }
  const std::string type = printable(text_at(exception, "type")), value = printable(text_at(exception, "value"));
  out.push_back(paint.bad(type) + (type.empty() || value.empty() ? "" : ": ") + value +
                paint.faint(text_at(exception, "handled") == "false" ? "  (unhandled)" : ""));
}

void add_trace(std::vector<std::string>& out, const dom::element& event, const Paint& paint) {
  const base::UnixNanos time = int_at(event, "time_ns");
  const std::string range = fmt::format(" --since {} --until {}", time_text(time - base::kNanosPerHour), time_text(time + base::kNanosPerHour));
  const std::string trace = printable(text_at(event, "trace_id")), request = printable(text_at(event, "request_id"));
  if (!request.empty()) out.push_back(labelled(paint, "Request id", request));
  if (!trace.empty()) out.push_back(labelled(paint, "Trace", trace));
  if (!trace.empty()) out.push_back(labelled(paint, "", "tripod trace " + trace));
  // Lines of a request bear its id; those that Sentry's SDK sends have Sentry's trace.
  if (!request.empty()) out.push_back(labelled(paint, "", "tripod logs request_id:" + request + range));
  else if (!trace.empty()) out.push_back(labelled(paint, "", "tripod logs trace_id:" + trace + range));
}

std::string user_text(const dom::element& event) {
  for (const char* key : {"/user/email", "/user/username", "/user/id", "/user/ip_address"}) {
    if (const std::string text = text_in(event, key); !text.empty()) return printable(text);
  }
  return {};
}

std::string tags_text(const dom::element& event) {
  std::string out;
  for (const dom::element& tag : list_in(event, "/tags")) {
    out += (out.empty() ? "" : "  ") + printable(text_in(tag, "/0")) + "=" + printable(text_in(tag, "/1"));
  }
  return out;
}

}  // namespace

std::string state_word(const dom::element& issue) {
  const std::string status = text_at(issue, "status"), substatus = text_at(issue, "substatus");
  if (status == "ignored") return "archived";
  return status == "unresolved" && !substatus.empty() ? substatus : status;
}

std::string state_text(const dom::element& issue) {
  const std::string status = text_at(issue, "status"), substatus = text_at(issue, "substatus");
  std::string out = "unresolved";
  if (status == "resolved") out = resolution_text(issue);
  else if (status == "ignored") out = archive_text(issue);
  else if (substatus == "new") out += ": new, first seen within the last week";
  else if (substatus == "regressed") out += ": regressed, it came back after it was resolved";
  else if (substatus == "escalating") out += ": escalating, what it was archived until has been reached";
  else if (substatus == "ongoing") out += ": ongoing";
  if (status != "unresolved") out += behind("by", printable(text_at(issue, "status_by"))) + behind("at", int_at(issue, "status_time_ns") == 0 ? "" : time_at(issue, "status_time_ns"));
  if (const std::string whole = text_at(issue, "merged_into"); !whole.empty()) out += "; part of DEFAULT-" + whole;
  return out;
}

std::vector<std::string> issue_lines(const dom::element& issue, const Paint& paint) {
  const std::string level = text_at(issue, "level"), title = printable(text_at(issue, "title"));
  const bool is_bad = level == "error" || level == "fatal";
  std::vector<std::string> out;
  out.push_back(paint.strong(text_at(issue, "short_id")) + "  " + (is_bad ? paint.bad(title) : paint.warning(title)));
  const auto add = [&](std::string_view label, const std::string& text) {
    if (!text.empty()) out.push_back(labelled(paint, label, text));
  };
  add("Culprit", printable(text_at(issue, "culprit")));
  add("Level", level + behind("on", printable(text_at(issue, "platform"))));
  const bool is_open = text_at(issue, "status") == "unresolved";
  add("State", is_open ? paint.warning(state_text(issue)) : paint.good(state_text(issue)));
  add("Assignee", printable(text_in(issue, "/assignee/email")));
  const std::string users = text_at(issue, "users");
  const std::string of_users = (text_at(issue, "users_estimated") == "true" ? "about " : "") + users + (users == "1" ? " user" : " users");
  add("Events", text_at(issue, "count") + (users == "0" ? "" : " of " + of_users));
  const std::string stored = text_in(issue, "/stored/events"), whole = text_in(issue, "/stored/whole");
  if (stored != whole) add("Stored", whole + " of " + stored + " events whole: they came as a flood; counts are of all");
  add("First seen", time_at(issue, "first_seen_ns") + behind("in", printable(text_at(issue, "first_release"))));
  add("Last seen", time_at(issue, "last_seen_ns") + behind("in", printable(text_at(issue, "last_release"))));
  return out;
}

std::vector<std::string> event_lines(const dom::element& event, IssueView view, const Paint& paint) {
  std::vector<std::string> out;
  const auto add = [&](std::string_view label, const std::string& text) {
    if (!text.empty()) out.push_back(labelled(paint, label, text));
  };
  add("Event", text_at(event, "event_id") + " at " + time_at(event, "time_ns"));
  const std::string environment = printable(text_at(event, "environment"));
  add("Release", printable(text_at(event, "release")) + (environment.empty() ? "" : " (" + environment + ")"));
  add("Place", printable(text_at(event, "transaction")));
  add("Request", printable(text_in(event, "/request/method") + " " + text_in(event, "/request/url")).substr(text_in(event, "/request/method").empty() ? 1 : 0));
  add("User", user_text(event));
  add("Tags", tags_text(event));
  add_trace(out, event, paint);
  if (text_at(event, "thinned") == "true") add("Thinned", "one of a flood: counted, and stored without its stack trace");
  const auto exceptions = list_in(event, "/exceptions");
  if (exceptions.empty()) add("Message", printable(text_at(event, "message")));
  for (size_t i = 0; i < exceptions.size(); ++i) {
    out.emplace_back();
    if (i > 0) out.insert(out.end(), {chain_text(event, i - 1), ""});
    add_exception(out, exceptions[i], view, paint);
  }
  return out;
}

std::vector<std::string> tag_lines(const std::vector<dom::element>& tags, const Paint& paint) {
  std::vector<std::string> out;
  size_t width = 0;
  for (const dom::element& tag : tags) width = std::max(width, printable(text_at(tag, "key")).size());
  for (const dom::element& tag : tags) {
    const auto events = static_cast<double>(std::max<int64_t>(1, int_at(tag, "events")));
    const auto values = list_in(tag, "/values");
    std::string text;
    for (size_t i = 0; i < std::min(values.size(), kTagValues); ++i) {
      text += fmt::format("{}{} {:.0f} %", i == 0 ? "" : ", ", printable(text_at(values[i], "value")), 100.0 * static_cast<double>(int_at(values[i], "count")) / events);
    }
    if (values.size() > kTagValues || int_at(tag, "other") > 0) text += ", …";
    out.push_back("  " + paint.place(fmt::format("{:<{}}", printable(text_at(tag, "key")), width)) + "  " + text);
  }
  return out;
}

std::string activity_line(const dom::element& entry, const Paint& paint) {
  const std::string kind = text_at(entry, "kind"), release = printable(text_at(entry, "release"));
  const std::string issue = text_at(entry, "issue"), who = printable(text_at(entry, "by"));
  std::string what = kind;
  if (kind == "resolved") what = resolution_text(entry);
  else if (kind == "archived") what = archive_text(entry);
  else if (kind == "escalated") what = "escalated: what it was archived until was reached";
  else if (kind == "regressed") what = "regressed" + behind("in", release);
  else if (kind == "assigned") what = "assigned to " + printable(text_in(entry, "/assignee/email"));
  else if (kind == "unassigned") what = "assigned to nobody";
  else if (kind == "merged") what = "merged with DEFAULT-" + issue;
  else if (kind == "unmerged") what = "taken apart from DEFAULT-" + issue;
  else if (kind == "comment") what = "comment " + text_at(entry, "id") + ": " + printable(text_at(entry, "text"));
  return paint.faint(time_at(entry, "time_ns")) + "  " + (who.empty() ? "tripod" : who) + "  " + what + (text_at(entry, "edited_ns").empty() ? "" : " (edited)");
}

}  // namespace tripod::cli
