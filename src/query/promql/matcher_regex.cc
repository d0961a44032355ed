#include "query/promql/matcher_regex.h"

#include <re2/re2.h>

#include <string_view>

namespace tripod::query::promql {
namespace {

RE2::Options quiet() {
  RE2::Options options;
  options.set_log_errors(false);
  return options;
}

// Anchored as Prometheus anchors it; '.' matches newline.
std::string anchored(const std::string& pattern) { return "^(?s:" + pattern + ")$"; }

// https://pkg.go.dev/regexp/syntax#ErrorCode
std::string_view words(RE2::ErrorCode code) {
  switch (code) {
    case RE2::ErrorBadEscape:
      return "invalid escape sequence";
    case RE2::ErrorBadCharClass:
      return "invalid character class";
    case RE2::ErrorBadCharRange:
      return "invalid character class range";
    case RE2::ErrorMissingBracket:
      return "missing closing ]";
    case RE2::ErrorMissingParen:
      return "missing closing )";
    case RE2::ErrorUnexpectedParen:
      return "unexpected )";
    case RE2::ErrorTrailingBackslash:
      return "trailing backslash at end of expression";
    case RE2::ErrorRepeatArgument:
      return "missing argument to repetition operator";
    case RE2::ErrorRepeatSize:
      return "invalid repeat count";
    case RE2::ErrorRepeatOp:
      return "invalid nested repetition operator";
    case RE2::ErrorBadPerlOp:
      return "invalid or unsupported Perl syntax";
    case RE2::ErrorBadUTF8:
      return "invalid UTF-8";
    case RE2::ErrorBadNamedCapture:
      return "invalid named capture";
    case RE2::ErrorPatternTooLarge:
      return "expression too large";
    default:
      return "regexp/syntax: internal error";
  }
}

}  // namespace

std::string regex_fault(const std::string& pattern) {
  const RE2 regex(anchored(pattern), quiet());
  if (regex.ok()) return {};
  return "error parsing regexp: " + std::string(words(regex.error_code())) + ": `" +
         regex.error_arg() + "`";
}

bool regex_matches_empty(const std::string& pattern) {
  return RE2::FullMatch("", RE2(anchored(pattern), quiet()));
}

}  // namespace tripod::query::promql
