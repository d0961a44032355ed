// Answers of the server as the commands read and print them. Private to cli; simdjson comes along.
#pragma once

#include <simdjson.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/client.h"
#include "cli/commands.h"

namespace tripod::cli {

// A member's text, or the JSON of any other type; empty where it is missing or null.
std::string text_at(const simdjson::dom::element& e, std::string_view key);
int64_t int_at(const simdjson::dom::element& e, std::string_view key);
// Of a member with nanoseconds: "2026-11-22T16:39:54.824Z".
std::string time_at(const simdjson::dom::element& e, std::string_view key);
std::string time_text(base::UnixNanos time);
std::string duration_text(int64_t nanos);
// Text from outside on a terminal: control characters are shown, not obeyed.
std::string printable(std::string_view text);

// A parsed answer; its elements live as long as it.
class Document {
 public:
  static base::Result<std::unique_ptr<Document>> parse(const std::string& body);
  simdjson::dom::element root;
  // Elements of a list member; empty when there is none.
  std::vector<simdjson::dom::element> list(std::string_view pointer) const;

 private:
  simdjson::dom::parser parser_;
};

base::Result<std::unique_ptr<Document>> ask(const Server& server, std::string_view path, const Parameters& parameters);
void print(const Output& output, const std::string& line);
void print_warnings(const Document& document);  // on standard error
std::string record_line(const simdjson::dom::element& row);
void print_rows(const Output& output, const std::vector<simdjson::dom::element>& rows);

}  // namespace tripod::cli
