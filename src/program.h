// The server: everything it is made of, from the start to the signal that ends it.
#pragma once

#include "cli/arguments.h"
#include "cli/settings.h"

namespace tripod {

// Serves until SIGTERM or SIGINT; SIGHUP reads the configuration again, for which `environment` is asked too. The program's exit code: 0 after a
// clean stop, 1 where it could not start, 2 where its settings are wrong, which standard error has said. Call it from the main thread, before any other starts.
int serve_until_signal(const cli::ServeCommand& command, cli::EnvironmentOf environment);

}  // namespace tripod
