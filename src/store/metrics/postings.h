// Sorted lists of series numbers, and how matchers turn into one.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/metrics/matcher.h"

namespace tripod::store::metrics {

// Ascending, distinct.
using Postings = std::vector<uint32_t>;

Postings intersect(const Postings& a, const Postings& b);
Postings subtract(const Postings& from, const Postings& what);
// The union of lists that are each ascending.
Postings unite(std::vector<Postings> lists);

// What holds series by label: the head's index or a block's. The text given to `visit` is valid
// until it returns.
class PostingsSource {
 public:
  virtual ~PostingsSource() = default;
  virtual base::Result<Postings> all() const = 0;
  virtual size_t size() const = 0;
  // How many series have the pair.
  virtual size_t count(std::string_view name, std::string_view value) const = 0;
  // Series with the pair; none is an empty list.
  virtual base::Result<Postings> of(std::string_view name, std::string_view value) const = 0;
  // Series of every value of the label that `accept` takes; each value is asked once.
  virtual base::Result<Postings> of_values(
      std::string_view name, const std::function<bool(std::string_view value)>& accept) const = 0;
  // Leaves of the candidates, numbers of series that are there, those whose value `accept` takes; "" is asked for a series
  // without the label, and a value that follows itself once.
  virtual base::Result<> keep_if(
      Postings& candidates, std::string_view name,
      const std::function<bool(std::string_view value)>& accept) const = 0;
};

// Series that satisfy all matchers; all of them when there is none.
base::Result<Postings> resolve(const PostingsSource& source,
                               std::span<const CompiledMatcher> matchers);

}  // namespace tripod::store::metrics
