// The search bar's text, in parameter `q`.
#pragma once

#include <expected>

#include "serve/http/message.h"
#include "store/events/plan.h"

namespace tripod::serve::app {

// What the text asks for; or the answer that says what is wrong with it and at which byte: {"error":{…,"position":12}}.
std::expected<store::Predicate, HttpResponse> query_of(const HttpRequest& request, store::Dataset dataset);

}  // namespace tripod::serve::app
