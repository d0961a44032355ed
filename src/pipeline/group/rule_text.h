// What the two languages of grouping rules have in common: one rule a line, # comments, key:value, quotes; and errors that say where.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tripod::pipeline::group {

inline constexpr size_t kMostRulesBytes = 128 * 1024;
inline constexpr size_t kMostRules = 2000;

// Reads one line from left to right. Views into the line.
class RuleLine {
 public:
  RuleLine(std::string_view line, size_t number) : line_(line), number_(number) {}

  void skip_blanks();
  bool at_end() const { return at_ >= line_.size(); }
  // At the end, or where a comment starts.
  bool nothing_left();
  std::string_view rest() const { return line_.substr(at_); }
  size_t position() const { return at_; }
  void move(size_t bytes) { at_ += bytes; }
  bool take(std::string_view text);  // true: it was next, and is passed over
  // Letters, digits, "_", "-" and ".".
  std::string_view word();
  // What stands in double quotes (\" and \\ inside), or up to the next blank or character of `stops`.
  base::Result<std::string> argument(std::string_view stops = {});
  // kInvalidArgument: "line 3, column 14: <what>".
  std::unexpected<base::Error> error(std::string_view what) const { return error_at(at_, what); }
  std::unexpected<base::Error> error_at(size_t position, std::string_view what) const;

 private:
  std::string_view line_;
  size_t number_;
  size_t at_ = 0;
};

struct NumberedLine {
  std::string_view text;  // without blanks behind it
  size_t number = 0;      // from 1
  size_t indent = 0;      // blanks before it
};

// The lines that are neither blank nor comments. kInvalidArgument: more than kMostRules of them, or kMostRulesBytes.
base::Result<std::vector<NumberedLine>> rule_lines(std::string_view text);

}  // namespace tripod::pipeline::group
