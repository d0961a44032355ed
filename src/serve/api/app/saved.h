// What people saved: who may see it. Shared by views and dashboards.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "serve/auth/principal.h"
#include "store/meta/meta_store.h"

namespace tripod::serve::app {

bool is_mine(const store::View& view, const Principal& principal);
// One's own, and what is shared.
bool may_see(const store::View& view, const Principal& principal);
// All of these.
store::ViewQuery visible(store::ViewQuery::Kind kind, const Principal& principal);
// The id of a view as paths have it; nothing where it is no number.
std::optional<int64_t> view_id(std::string_view text);

}  // namespace tripod::serve::app
