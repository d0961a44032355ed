// Tags of an issue's events, the same in every API: counted by the store, no event is read. Counts are exact; of an issue with more than
// 50,000 events they are of about so many of its newest, and a warning says of how many.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "query/search/facets.h"
#include "serve/api/context.h"

namespace tripod::serve {

// Of the fields that are tags or that Sentry shows as such, those that most events have; the commonest `values` of each.
base::Result<query::search::Facets> tags_of_issue(const Api& api, const HttpRequest& request, int64_t id, size_t values);
// "release" for service.version, "browser" for tags.browser.
std::string tag_name(std::string_view field);

}  // namespace tripod::serve
