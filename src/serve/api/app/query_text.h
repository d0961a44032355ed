// The search bar's text, in parameter `q`, and the datasets it is about.
#pragma once

#include <expected>
#include <vector>

#include "query/search/question.h"
#include "serve/http/message.h"
#include "store/events/plan.h"

namespace tripod::serve::app {

// The answer about a text that cannot be read; `position` is a byte offset in it.
HttpResponse wrong_query(std::string_view text, const base::Error& error, size_t position);

// What the text asks for; or the answer that says what is wrong with it and where: {"error":{…,"position":12,"column":13}}.
std::expected<store::Predicate, HttpResponse> query_of(const HttpRequest& request, store::Dataset dataset);
// The same with pipes.
std::expected<query::search::Question, HttpResponse> question_of(const HttpRequest& request, std::span<const store::Dataset> datasets);

// Of parameter `dataset`: logs where it is missing, three for all.
base::Result<std::vector<store::Dataset>> datasets_of(const HttpRequest& request);
base::Result<store::Dataset> dataset_of(const HttpRequest& request);

}  // namespace tripod::serve::app
