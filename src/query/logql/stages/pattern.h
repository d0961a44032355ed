// Pattern expressions: "<ip> - <_> [<time>] <rest>", literals with captures between them.
// https://grafana.com/docs/loki/latest/query/log_queries/#pattern
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tripod::query::logql {

// Immutable; thread-safe.
class LinePattern {
 public:
  struct Part {
    bool is_capture = false;
    std::string text;  // the literal, or the capture's name ("_": thrown away)
  };

  // For the parser stage: at least one named capture, no two with one name, no two side by side.
  static base::Result<LinePattern> parse(std::string_view text);
  // For |> and !>: only <_>.
  static base::Result<LinePattern> parse_filter(std::string_view text);

  // Whether the whole line is of this form; every capture takes at least one byte.
  bool matches(std::string_view line) const;
  // Calls `found(name, value)` for the named captures up to where the line ends to follow the form.
  template <class F>
  void capture(std::string_view line, F&& found) const {
    size_t at = 0;
    if (!parts_[0].is_capture) {
      if (!line.starts_with(parts_[0].text)) return;
      line.remove_prefix(parts_[at++].text.size());
    }
    while (at < parts_.size()) {
      const Part& capture = parts_[at];
      const size_t end = at + 1 < parts_.size() ? line.find(parts_[at + 1].text) : line.npos;
      if (capture.text != "_") found(capture.text, line.substr(0, end));
      if (end == line.npos) return;
      line.remove_prefix(end + parts_[at + 1].text.size());
      at += 2;
    }
  }
  const std::vector<Part>& parts() const { return parts_; }

 private:
  static base::Result<LinePattern> split(std::string_view text);
  std::vector<Part> parts_;
};

}  // namespace tripod::query::logql
