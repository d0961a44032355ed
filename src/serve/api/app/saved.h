// What people saved: who may see it. Shared by views and dashboards.
#pragma once

#include <string_view>

#include "serve/auth/principal.h"
#include "store/meta/meta_store.h"

namespace tripod::serve::app {

// The dataset of a view that is no question but a dashboard: its query is the dashboard's text.
inline constexpr std::string_view kDashboard = "dashboard";

bool is_mine(const store::View& view, const Principal& principal);
// One's own, and what is shared.
bool may_see(const store::View& view, const Principal& principal);

}  // namespace tripod::serve::app
