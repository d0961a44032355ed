// Templates of line_format and label_format: the language of Go's text/template over the labels of one line,
// with the functions Loki documents. https://grafana.com/docs/loki/latest/query/template_functions/
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "query/logql/label_set.h"
#include "query/logql/template/node.h"

namespace tripod::query::logql::text_template {

// What an execution sees besides the labels.
struct Context {
  const LabelSet* labels = nullptr;
  std::string_view line;
  int64_t time = 0;  // nanoseconds, the line's
  int64_t now = 0;   // nanoseconds
};

inline constexpr size_t kMostOutputBytes = 4u << 20;

// Immutable; thread-safe.
class Template {
 public:
  // `name` is how errors call it ("line", "label"). kInvalidArgument: `template: line:1: function "x" not
  // defined`; `error_position`, where given, receives the byte offset in `text`. {{define}}, {{template}} and
  // {{block}} are kUnsupported.
  static base::Result<Template> parse(std::string_view name, std::string_view text,
                                      size_t* error_position = nullptr);

  // Appends to `out`. kInvalidArgument: a function refused its arguments; kTooLarge: more than
  // kMostOutputBytes. What was written stays in `out`.
  base::Result<> execute(const Context& context, std::string& out) const;

  // Labels it reads by name; false: it reads labels whose names are not known beforehand.
  bool labels_read(NameSet& names) const;

 private:
  std::string name_;
  std::shared_ptr<const NodeList> nodes_;
};

}  // namespace tripod::query::logql::text_template
