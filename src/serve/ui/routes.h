// "/" and every path that nothing else serves: the web UI's files and pages.
#pragma once

#include "serve/http/router.h"

namespace tripod::serve {

void add_ui_routes(Router& router);

}  // namespace tripod::serve
