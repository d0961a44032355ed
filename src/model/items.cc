#include "model/items.h"

#include <algorithm>
#include <array>

namespace tripod::model {

namespace {

constexpr std::array<std::string_view, 5> kStatuses = {"in_progress", "ok", "error", "missed", "timeout"};

}  // namespace

std::string_view check_in_status_name(CheckInStatus status) { return kStatuses[static_cast<size_t>(status)]; }

std::optional<CheckInStatus> check_in_status_of(std::string_view name) {
  const auto* known = std::ranges::find(kStatuses, name);
  if (known == kStatuses.end()) return std::nullopt;
  return static_cast<CheckInStatus>(known - kStatuses.begin());
}

}  // namespace tripod::model
