// What the program prints once it listens: the sign-in link and the four ready-to-paste blocks.
#pragma once

#include <string>

#include "serve/api/context.h"

namespace tripod::serve {

// One of the four ways in, as "Get started" and the terminal show it.
struct SetupBlock {
  const char* id;         // "errors", "traces", "metrics", "logs"
  const char* title;
  const char* language;   // of `text`: "python", "shell", "yaml"
  std::string text;
  std::string curl;       // sends one record, or shows that the source answers
};
std::vector<SetupBlock> setup_blocks(const PublicAddresses& addresses, const std::string& dsn_key);
std::string dsn_of(const PublicAddresses& addresses, const std::string& dsn_key);

// To standard output. `link_token` empty: no sign-in link is printed.
void print_welcome(const PublicAddresses& addresses, const std::string& dsn_key, const std::string& link_token);

}  // namespace tripod::serve
