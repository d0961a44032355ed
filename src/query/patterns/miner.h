// Clusters of messages by their words, after Drain (He, Zhu, Zheng, Lyu: "Drain: An Online Log Parsing Approach with Fixed Depth
// Tree", ICWS 2017): messages of one shape and first word belong together where most of their words are equal; words in which
// they differ become holes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "query/patterns/tokens.h"

namespace tripod::query::patterns {

// Not thread-safe. Messages that come first decide more: give the commonest first.
class Miner {
 public:
  static constexpr size_t kMostClusters = 10'000;

  // The cluster that the message is now one of; nullopt where it would be one cluster too many.
  std::optional<size_t> add(std::string_view message);
  // The cluster that the message would be one of, without changing any.
  std::optional<size_t> find(std::string_view message) const;

  size_t size() const { return clusters_.size(); }
  // "order <_> paid after <_>ms"
  std::string text(size_t cluster) const;
  // An RE2 expression that its messages match, anchored at both ends.
  std::string regex(size_t cluster) const;

 private:
  using Group = std::vector<size_t>;
  std::optional<size_t> best_of(const Group& group, const Tokens& tokens) const;

  std::vector<Tokens> clusters_;
  std::unordered_map<std::string, Group> groups_;  // by shape and first word
};

}  // namespace tripod::query::patterns
