// The stack trace rules that hold without anybody writing them, in the language of stack_rules.h.
#pragma once

#include <string_view>

namespace tripod::pipeline::group {

// Of the version in force. docs/grouping.md
std::string_view built_in_rules();
// Of newstyle:2026-01-20: library folders alone.
std::string_view library_folder_rules();

}  // namespace tripod::pipeline::group
