// A label set that is being changed: of a target while it is set up, of a series while it is
// relabelled.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tripod::scrape {

// Sorted by name, without empty values, as everywhere. Not thread-safe.
class LabelSet {
 public:
  using Pair = std::pair<std::string, std::string>;

  LabelSet() = default;
  LabelSet(std::initializer_list<Pair> pairs) {
    for (const Pair& pair : pairs) set(pair.first, pair.second);
  }

  // Empty when there is none.
  std::string_view get(std::string_view name) const {
    const auto at = std::ranges::lower_bound(pairs_, name, {}, &Pair::first);
    return at != pairs_.end() && at->first == name ? std::string_view(at->second)
                                                   : std::string_view();
  }
  bool has(std::string_view name) const { return !get(name).empty(); }
  // An empty value takes the label away.
  void set(std::string_view name, std::string_view value) {
    const auto at = std::ranges::lower_bound(pairs_, name, {}, &Pair::first);
    const bool there = at != pairs_.end() && at->first == name;
    if (value.empty()) {
      if (there) pairs_.erase(at);
    } else if (there) {
      at->second = value;
    } else {
      pairs_.emplace(at, name, value);
    }
  }
  void remove(std::string_view name) { set(name, {}); }
  template <class Predicate>
  void remove_if(Predicate predicate) {
    std::erase_if(pairs_,
                  [&](const Pair& pair) { return predicate(std::string_view(pair.first)); });
  }
  void clear() { pairs_.clear(); }

  const std::vector<Pair>& pairs() const { return pairs_; }
  bool empty() const { return pairs_.empty(); }
  friend bool operator==(const LabelSet&, const LabelSet&) = default;
  friend auto operator<=>(const LabelSet&, const LabelSet&) = default;

 private:
  std::vector<Pair> pairs_;
};

}  // namespace tripod::scrape
