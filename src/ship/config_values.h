// Values that stand in the YAML file and on the command line alike. Internal to the configuration.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ship/config.h"

namespace tripod::ship {

// "1GiB", "512MiB", "64MB", "4096"; at most a petabyte.
std::optional<uint64_t> parse_bytes(std::string_view text);

// What is wrong with a label's name, if anything.
std::optional<std::string> wrong_label(std::string_view name);
// The later value of a name counts.
void set_label(Labels& labels, std::string_view name, std::string_view value);

// kInvalidArgument: not http or https, no host, or with credentials, query or fragment.
base::Result<> check_url(std::string_view url);

// Join::kStart with this expression.
base::Result<> set_start(LineRules& rules, const std::string& expression);

// Names that compressed rotated files have: never followed.
std::vector<base::Glob> compressed_files();

// What is in common to both: bounds between the values, something to follow, the key out of its
// file or variable.
base::Result<> finish_config(Config& config, const std::string& key_env,
                             const Surroundings& surroundings);

}  // namespace tripod::ship
