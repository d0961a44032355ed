// The command `tripod ship`.
#pragma once

#include "ship/config.h"

namespace tripod::ship {

// Runs until SIGTERM, SIGINT or the end of standard input; answers the process's exit status: 0
// when nothing is left, 1 when lines wait in the spool or it could not start, 2 when the options or
// the file are wrong. `environment` answers a variable or nullptr. With
// --check it only says whether the configuration is right. Call before any thread is started.
int run_command(const Options& options, const char* (*environment)(const char* name));

}  // namespace tripod::ship
