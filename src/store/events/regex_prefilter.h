// What every text that matches a regular expression has in it, asked of a block's grams: blocks without it are passed over.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/events/text_filter.h"

namespace re2 {
class FilteredRE2;
}

namespace tripod::store {

// Thread-safe after construction.
class RegexPrefilter {
 public:
  // `pattern` compiles. nullptr: texts without any part in common match it, or parts too short for grams.
  static std::unique_ptr<const RegexPrefilter> of(const std::string& pattern);
  ~RegexPrefilter();

  // False: no text with these grams matches.
  bool may_be_in(std::string_view grams) const;

 private:
  RegexPrefilter();

  std::unique_ptr<re2::FilteredRE2> tree_;        // which of the atoms must be there together
  std::vector<std::vector<GramProbe>> atoms_;     // by atom: all of its pieces are needed; none: nothing is known of it
};

}  // namespace tripod::store
