// Series of a PromQL answer as a table. Private to cli.
#pragma once

#include <simdjson.h>

#include <vector>

#include "cli/commands.h"

namespace tripod::cli {

// A line for each, a column for each label that any of them has; behind them the value, or of a range the number of samples and their
// last, mean, least and largest value.
void print_series_table(const Output& output, const std::vector<simdjson::dom::element>& series);

}  // namespace tripod::cli
