#include "cli/document.h"

#include <fmt/format.h>

#include <charconv>

#include "base/clock.h"
#include "base/time_text.h"

namespace tripod::cli {

using base::Code;
using base::Result;
namespace dom = simdjson::dom;

std::string text_at(const dom::element& e, std::string_view key) {
  dom::element value;
  if (!e.is_object() || e.get_object().value_unsafe().at_key(key).get(value) != simdjson::SUCCESS || value.is_null()) return {};
  return value.is_string() ? std::string(value.get_string().value_unsafe()) : simdjson::minify(value);
}

int64_t int_at(const dom::element& e, std::string_view key) {
  const std::string text = text_at(e, key);
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string time_text(base::UnixNanos time) {
  const std::string text = base::format_rfc3339(time / base::kNanosPerMilli * base::kNanosPerMilli);
  return text.size() > 23 ? text.substr(0, 23) + "Z" : text;
}

std::string time_at(const dom::element& e, std::string_view key) { return time_text(int_at(e, key)); }

std::string duration_text(int64_t nanos) {
  if (nanos >= base::kNanosPerSecond) return fmt::format("{:.2f}s", static_cast<double>(nanos) / 1e9);
  return fmt::format("{:.2f}ms", static_cast<double>(nanos) / 1e6);
}

// Text from outside on a terminal: control characters are shown, not obeyed.
std::string printable(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\n') out += "\\n";
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else out += c;
  }
  return out;
}

Result<std::unique_ptr<Document>> Document::parse(const std::string& body) {
  auto document = std::make_unique<Document>();
  if (document->parser_.parse(body).get(document->root) != simdjson::SUCCESS) {
    return base::fail(Code::kInternal, "the server's answer is not JSON: is the URL right?");
  }
  return document;
}

std::vector<dom::element> Document::list(std::string_view pointer) const {
  dom::array array;
  std::vector<dom::element> out;
  if (root.at_pointer(pointer).get(array) == simdjson::SUCCESS) {
    for (const dom::element e : array) out.push_back(e);
  }
  return out;
}

Result<std::unique_ptr<Document>> ask(const Server& server, std::string_view path, const Parameters& parameters) {
  auto body = get(server, path, parameters);
  if (!body) return base::fail(std::move(body.error()));
  return Document::parse(*body);
}

void print(const Output& output, const std::string& line) { fmt::print(output.to, "{}\n", line); }

void print_warnings(const Document& document) {
  for (const dom::element warning : document.list("/warnings")) {
    fmt::print(stderr, "warning: {}\n", printable(warning.get_string().value_unsafe()));
  }
}

// What is most worth a column of its own, by dataset.
std::string record_line(const dom::element& row) {
  dom::element fields;
  if (row.at_pointer("/fields").get(fields) != simdjson::SUCCESS) return {};
  const std::string dataset = text_at(row, "dataset");
  std::string level = text_at(fields, "severity_text");
  std::string text = text_at(fields, "body");
  if (dataset == "spans") {
    level = text_at(fields, "status_code") == "error" ? "error" : "span";
    text = text_at(fields, "name") + "  " + duration_text(int_at(fields, "duration_ns"));
  } else if (dataset == "errors") {
    level = text_at(fields, "level");
    text = text_at(fields, "title");
  }
  return fmt::format("{}  {:<5}  {:<16}  {}", time_at(row, "time_ns"), level, text_at(fields, "service.name"), printable(text));
}

void print_rows(const Output& output, const std::vector<dom::element>& rows) {
  for (const dom::element& row : rows) print(output, output.json ? simdjson::minify(row) : record_line(row));
}

}  // namespace tripod::cli
