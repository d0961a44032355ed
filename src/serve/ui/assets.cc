#include "serve/ui/assets.h"

#include <algorithm>

namespace tripod::serve {

const Asset* find_asset(std::string_view path) {
  const auto all = assets();
  const auto it = std::ranges::lower_bound(all, path, {}, &Asset::path);
  return it != all.end() && it->path == path ? &*it : nullptr;
}

}  // namespace tripod::serve
