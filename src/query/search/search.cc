#include "query/search/search.h"

#include <algorithm>
#include <array>

#include "query/search/fields.h"
#include "query/search/parser.h"
#include "query/search/pipe_parser.h"
#include "query/search/question.h"

namespace tripod::query::search {

using store::Dataset;
using store::Predicate;
using Op = Predicate::Op;

namespace {

constexpr std::array kAllDatasets = {Dataset::kLogs, Dataset::kSpans, Dataset::kErrors};

std::unexpected<base::Error> failure(std::string_view text, const ScanError& error, size_t* position) {
  if (position != nullptr) *position = error.position;
  return base::fail(error.code, "column " + std::to_string(column_of(text, error.position)) + ": " + error.message);
}

std::optional<ScanError> too_long(std::string_view text) {
  if (text.size() <= kMaxQueryBytes) return std::nullopt;
  return ScanError{0, base::Code::kInvalidArgument,
                   "the query is longer than " + std::to_string(kMaxQueryBytes) + " bytes"};
}

bool is_never(const Predicate& p) {
  return (p.op == Op::kOr && p.children.empty()) || (p.op == Op::kNot && p.children.front().op == Op::kTrue);
}

// Takes constants out of where they decide nothing: what `in:logs` becomes.
Predicate simplified(Predicate p) {
  for (Predicate& child : p.children) child = simplified(std::move(child));
  if (p.op == Op::kNot && is_never(p.children.front())) return {};
  if (p.op != Op::kAnd && p.op != Op::kOr) return p;
  const bool all = p.op == Op::kAnd;
  const auto decides = [all](const Predicate& child) { return all ? is_never(child) : child.op == Op::kTrue; };
  if (std::ranges::any_of(p.children, decides)) return all ? Predicate::negate({}) : Predicate{};
  std::erase_if(p.children, [all](const Predicate& child) { return all ? child.op == Op::kTrue : is_never(child); });
  if (p.children.empty()) return all ? Predicate{} : Predicate::negate({});
  if (p.children.size() > 1) return p;
  Predicate only = std::move(p.children.front());
  return only;
}

}  // namespace

base::Result<Predicate> parse(std::string_view text, Dataset dataset, size_t* error_position) {
  if (const auto error = too_long(text)) return failure(text, *error, error_position);
  Scanner in(text);
  Parser parser(in, dataset);
  Predicate out = parser.parse();
  if (!in.failed() && !in.at_end()) in.fail(in.at, "pipes are unsupported here: only records can be asked for", base::Code::kUnsupported);
  if (in.failed()) return failure(text, *in.error, error_position);
  return parser.asks_dataset() ? simplified(std::move(out)) : std::move(out);
}

base::Result<Question> parse_question(std::string_view text, std::span<const Dataset> datasets, size_t* error_position) {
  if (const auto error = too_long(text)) return failure(text, *error, error_position);
  Question out;
  bool names_datasets = false;
  for (size_t i = 0; i < datasets.size(); ++i) {
    Scanner in(text);
    Parser parser(in, datasets[i]);
    Predicate filter = parser.parse();
    PipeParser pipes(in, datasets[i], filter);
    Question read;
    if (!in.failed()) pipes.parse(read);
    if (in.failed()) return failure(text, *in.error, error_position);
    names_datasets = parser.asks_dataset() || pipes.asks_dataset();
    if (names_datasets && datasets.size() < kAllDatasets.size()) return parse_question(text, kAllDatasets, error_position);
    if (names_datasets) filter = simplified(std::move(filter));
    if (i == 0) out = std::move(read);
    if (!is_never(filter)) out.parts.push_back({datasets[i], std::move(filter)});
  }
  return out;
}

size_t text_column(std::string_view text, size_t position) { return column_of(text, position); }

std::vector<std::string> fields_behind(Dataset dataset, const FieldName& name) {
  if (name.literal) return {name.name};
  return resolve_fields(dataset, name.name);
}

}  // namespace tripod::query::search
