#include "store/metrics/postings.h"

#include <algorithm>
#include <optional>

namespace tripod::store::metrics {

Postings intersect(const Postings& a, const Postings& b) {
  const Postings& small = a.size() <= b.size() ? a : b;
  const Postings& large = a.size() <= b.size() ? b : a;
  Postings out;
  out.reserve(small.size());
  if (large.size() / 16 > small.size()) {
    auto at = large.begin();
    for (uint32_t id : small) {
      at = std::lower_bound(at, large.end(), id);
      if (at == large.end()) break;
      if (*at == id) out.push_back(id);
    }
    return out;
  }
  std::ranges::set_intersection(small, large, std::back_inserter(out));
  return out;
}

Postings subtract(const Postings& from, const Postings& what) {
  Postings out;
  out.reserve(from.size());
  std::ranges::set_difference(from, what, std::back_inserter(out));
  return out;
}

Postings unite(std::vector<Postings> lists) {
  if (lists.empty()) return {};
  if (lists.size() == 1) return std::move(lists.front());
  size_t total = 0;
  for (const Postings& list : lists) total += list.size();
  Postings out;
  out.reserve(total);
  for (const Postings& list : lists) out.insert(out.end(), list.begin(), list.end());
  std::ranges::sort(out);
  const auto same = std::ranges::unique(out);
  out.erase(same.begin(), same.end());
  return out;
}

namespace {

// Series whose label's value the matcher accepts (or, `wanted` false, does not); series without the
// label are not among them.
base::Result<Postings> series_by_value(const PostingsSource& source, const CompiledMatcher& matcher,
                                       bool wanted) {
  if (const auto* literals = matcher.literals(wanted)) {
    std::vector<Postings> lists;
    for (const std::string& value : *literals) {
      if (value.empty()) continue;
      auto list = source.of(matcher.name(), value);
      if (!list) return list;
      lists.push_back(std::move(*list));
    }
    return unite(std::move(lists));
  }
  return source.of_values(matcher.name(),
                          [&](std::string_view value) { return matcher.matches(value) == wanted; });
}

// How many series the lists of series_by_value() hold together, where that can be told without reading them.
std::optional<size_t> size_by_value(const PostingsSource& source, const CompiledMatcher& matcher,
                                    bool wanted) {
  const auto* literals = matcher.literals(wanted);
  if (literals == nullptr) return std::nullopt;
  size_t size = 0;
  for (const std::string& value : *literals) {
    if (!value.empty()) size += source.count(matcher.name(), value);
  }
  return size;
}

// Whether looking at each candidate's label costs less than reading lists of that size, or, for an expression, all values.
bool better_by_label(const PostingsSource& source, const Postings& candidates,
                     std::optional<size_t> list_size) {
  constexpr size_t kLabelCost = 32;  // of one candidate, in entries of a list
  return candidates.size() * kLabelCost < list_size.value_or(source.size());
}

struct Required {
  const CompiledMatcher* matcher;
  std::optional<size_t> size;  // nullopt sorts last
};

// Matchers that refuse a series without the label: the shortest lists first.
std::vector<Required> required_of(const PostingsSource& source,
                                  std::span<const CompiledMatcher> matchers) {
  std::vector<Required> out;
  for (const CompiledMatcher& matcher : matchers) {
    if (!matcher.matches_empty()) out.push_back({&matcher, size_by_value(source, matcher, true)});
  }
  std::ranges::stable_sort(out, {}, [&](const Required& r) { return r.size.value_or(source.size()); });
  return out;
}

base::Result<> keep_matching(const PostingsSource& source, const CompiledMatcher& matcher,
                             Postings& candidates) {
  return source.keep_if(candidates, matcher.name(),
                        [&](std::string_view value) { return matcher.matches(value); });
}

}  // namespace

base::Result<Postings> resolve(const PostingsSource& source,
                               std::span<const CompiledMatcher> matchers) {
  std::optional<Postings> kept;
  for (const Required& required : required_of(source, matchers)) {
    if (kept && better_by_label(source, *kept, required.size)) {
      if (auto done = keep_matching(source, *required.matcher, *kept); !done) return base::fail(done.error());
    } else {
      auto list = series_by_value(source, *required.matcher, true);
      if (!list) return list;
      kept = kept ? intersect(*kept, *list) : std::move(*list);
    }
    if (kept->empty()) return Postings{};
  }
  if (!kept) {
    auto all = source.all();
    if (!all) return all;
    kept = std::move(*all);
  }
  // A matcher that accepts the empty value also accepts series without the label: take away those
  // it refuses.
  for (const CompiledMatcher& matcher : matchers) {
    if (!matcher.matches_empty() || matcher.matches_everything()) continue;
    if (better_by_label(source, *kept, size_by_value(source, matcher, false))) {
      if (auto done = keep_matching(source, matcher, *kept); !done) return base::fail(done.error());
      continue;
    }
    auto refused = series_by_value(source, matcher, false);
    if (!refused) return refused;
    if (!refused->empty()) kept = subtract(*kept, *refused);
  }
  return std::move(*kept);
}

}  // namespace tripod::store::metrics
