// "/" and every path that nothing else serves: the web UI's files and pages.
#pragma once

#include <functional>

#include "serve/http/router.h"

namespace tripod::serve {

// What a program that asks for "/" is told instead of the page: one whose Accept does not name HTML.
using ProgramAnswer = std::function<HttpResponse(const HttpRequest&)>;
void add_ui_routes(Router& router, ProgramAnswer for_programs = {});

}  // namespace tripod::serve
