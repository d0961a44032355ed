#include "pipeline/problems/problems.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

namespace tripod::pipeline::problems {

namespace {

struct Words {
  std::string_view issue_type, title;
};
constexpr std::array<Words, kProblemKinds> kWords = {{{"performance_n_plus_one_db_queries", "N+1 Query"},
                                                      {"performance_n_plus_one_api_calls", "N+1 API Call"},
                                                      {"performance_slow_db_query", "Slow DB Query"}}};

// Only what reads may come back once a row, and only whole statements are known to be the same.
bool may_repeat(const CallSpan& span) { return span.pattern != 0 && !span.is_cut && (!span.is_query || span.is_select); }

// Siblings of one tracer, oldest first, by their places.
using Siblings = std::span<const uint32_t>;

class Finder {
 public:
  Finder(std::span<const CallSpan> spans, const ProblemRules& rules) : spans_(spans), rules_(rules) {}

  std::vector<Problem> run() {
    std::vector<uint32_t> order(spans_.size());
    for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::sort(order, [this](uint32_t a, uint32_t b) { return key_of(a) < key_of(b); });
    for (size_t from = 0; from < order.size();) {
      size_t to = from;
      while (to < order.size() && group_of(order[to]) == group_of(order[from])) ++to;
      look_at(Siblings(order).subspan(from, to - from));
      from = to;
    }
    find_slow();
    return std::move(found_);
  }

 private:
  std::tuple<uint64_t, bool, bool> group_of(uint32_t i) const { return {spans_[i].parent, spans_[i].is_sentry, spans_[i].is_query}; }
  std::tuple<uint64_t, bool, bool, base::UnixNanos, uint32_t> key_of(uint32_t i) const {
    return {spans_[i].parent, spans_[i].is_sentry, spans_[i].is_query, spans_[i].start, i};
  }

  void look_at(Siblings siblings) {
    const bool are_queries = spans_[siblings.front()].is_query;
    if (siblings.size() < (are_queries ? std::min(rules_.least_in_sequence + 1, rules_.least_in_parent) : rules_.least_calls)) return;
    std::map<uint64_t, std::vector<uint32_t>> by_pattern;
    for (const uint32_t i : siblings) {
      if (may_repeat(spans_[i])) by_pattern[spans_[i].pattern].push_back(i);
    }
    for (auto& [pattern, same] : by_pattern) {
      if (!are_queries) {
        if (same.size() >= rules_.least_calls) add(ProblemKind::kNPlusOneCalls, std::move(same), rules_.least_call_time);
      } else if (same.size() >= rules_.least_in_parent || is_sequence(siblings, pattern)) {
        add(ProblemKind::kNPlusOneQueries, std::move(same), rules_.least_query_time);
      }
    }
  }

  // Behind a query that is another one: that which gave the rows.
  bool is_sequence(Siblings siblings, uint64_t pattern) const {
    uint32_t in_a_row = 0;
    bool has_source = false;
    for (const uint32_t i : siblings) {
      const bool is_same = spans_[i].pattern == pattern && may_repeat(spans_[i]);
      if (is_same && has_source && ++in_a_row >= rules_.least_in_sequence) return true;
      if (!is_same) {
        in_a_row = 0;
        has_source = true;
      }
    }
    return false;
  }

  void add(ProblemKind kind, std::vector<uint32_t> same, int64_t least_time) {
    Problem problem{.kind = kind, .pattern = spans_[same.front()].pattern, .parent = spans_[same.front()].parent, .start = spans_[same.front()].start, .spans = std::move(same)};
    base::UnixNanos covered_to = problem.start;
    for (const uint32_t i : problem.spans) {
      problem.cost += std::max<int64_t>(0, spans_[i].end() - std::max(covered_to, spans_[i].start));
      covered_to = std::max(covered_to, spans_[i].end());
    }
    problem.end = covered_to;
    if (problem.cost >= least_time) found_.push_back(std::move(problem));
  }

  // What is part of an N+1 is told once.
  void find_slow() {
    std::vector<bool> is_told(spans_.size());
    for (const Problem& problem : found_) {
      for (const uint32_t i : problem.spans) is_told[i] = true;
    }
    for (uint32_t i = 0; i < spans_.size(); ++i) {
      const bool is_slow = spans_[i].is_query && spans_[i].pattern != 0 && static_cast<int64_t>(spans_[i].duration) >= rules_.slow_query;
      if (is_slow && !is_told[i]) add(ProblemKind::kSlowQuery, {i}, 0);
    }
  }

  const std::span<const CallSpan> spans_;
  const ProblemRules& rules_;
  std::vector<Problem> found_;
};

}  // namespace

std::string_view issue_type_of(ProblemKind kind) { return kWords[static_cast<size_t>(kind)].issue_type; }
std::string_view title_of(ProblemKind kind) { return kWords[static_cast<size_t>(kind)].title; }

std::vector<Problem> find_problems(std::span<const CallSpan> spans, const ProblemRules& rules) { return Finder(spans, rules).run(); }

}  // namespace tripod::pipeline::problems
