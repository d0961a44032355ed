// The command `tripod check rules`: are these rule files right?
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "base/fs.h"

namespace tripod::alert {

// Says of each file how many rules it has or all that is wrong with it, as `promtool check rules` does. The process's exit status: 1
// when something is wrong.
int check_rule_files(base::Fs& fs, const std::vector<std::string>& files, std::FILE* out, std::FILE* complaints);

}  // namespace tripod::alert
