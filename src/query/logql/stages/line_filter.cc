// |= != |~ !~ |> !> over the line as it is at this point of the pipeline.
#include <algorithm>
#include <variant>
#include <vector>

#include "query/logql/stages/ip.h"
#include "query/logql/stages/pattern.h"
#include "query/logql/stages/regex.h"
#include "query/logql/stages/stage.h"

namespace tripod::query::logql {
namespace {

using Term = std::variant<std::string, Regex, LinePattern, IpMatcher>;

// A pattern is also one of the message that was taken out of a line: patterns are found in messages.
bool matches(const Term& term, const Line& line) {
  const std::string_view text = line.text;
  if (const auto* part = std::get_if<std::string>(&term)) return text.find(*part) != text.npos;
  if (const auto* regex = std::get_if<Regex>(&term)) {
    return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), **regex);
  }
  if (const auto* pattern = std::get_if<LinePattern>(&term)) return pattern->matches(text) || (!line.message.empty() && pattern->matches(line.message));
  return std::get<IpMatcher>(term).found_in(text);
}

class Runner final : public StageRunner {
 public:
  Runner(std::vector<Term> terms, bool negative) : terms_(std::move(terms)), negative_(negative) {}
  bool run(Line& line) override {
    return std::ranges::any_of(terms_, [&](const Term& term) { return matches(term, line); }) !=
           negative_;
  }

 private:
  const std::vector<Term> terms_;
  const bool negative_;
};

base::Result<Term> compile_term(LineOp op, const LineFilter::Term& term) {
  if (term.is_ip) {
    auto ip = IpMatcher::make(term.text);
    if (!ip) return base::fail(std::move(ip.error()));
    return Term(*ip);
  }
  if (op == LineOp::kRegex || op == LineOp::kNotRegex) {
    auto regex = compile_regex(term.text);
    if (!regex) return base::fail(std::move(regex.error()));
    return Term(std::move(*regex));
  }
  if (op == LineOp::kPattern || op == LineOp::kNotPattern) {
    auto pattern = LinePattern::parse_filter(term.text);
    if (!pattern) return base::fail(std::move(pattern.error()));
    return Term(std::move(*pattern));
  }
  return Term(term.text);
}

}  // namespace

base::Result<StagePtr> compile(const LineFilter& stage) {
  std::vector<Term> terms;
  for (const LineFilter::Term& term : stage.terms) {
    auto one = compile_term(stage.op, term);
    if (!one) return base::fail(std::move(one.error()));
    terms.push_back(std::move(*one));
  }
  return std::make_unique<Runner>(std::move(terms), is_negative(stage.op));
}

}  // namespace tripod::query::logql
