// The command `tripod store`: looks into a data folder, checks it, takes data out of it, copies it and brings it back. All but
// restoring work on the folder of a running server too, without asking it: nothing there is changed, and what the server changes
// meanwhile is allowed for.
#pragma once

#include <cstdio>
#include <string>

#include "base/clock.h"
#include "base/fs.h"
#include "base/result.h"

namespace tripod::datafolder {

struct Command {
  enum class Action { kInspect, kVerify, kExport, kBackup, kRestore };
  Action action = Action::kInspect;
  std::string data = "./tripod-data";  // the data folder, or a backup where nothing is written
  std::string backup;                  // kBackup, kRestore: the other folder
  std::string dataset;                 // kInspect: one of them, empty: all; kExport: the one
  std::string start, end;              // kExport: as parse_instant() reads them; empty: no bound
  std::string query;                   // kExport: in the search language
  bool json = false;                   // kInspect, kVerify
};

// The process's exit status: 0; 1 when kVerify found damage or the command failed (it has said why on `complaints`); 2 when the
// arguments are wrong.
int run_command(base::Fs& fs, const base::Clock& clock, const Command& command, std::FILE* out, std::FILE* complaints);

}  // namespace tripod::datafolder
