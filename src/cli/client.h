// The command line's HTTP client: our own API by URL and token. libcurl stays inside client.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace tripod::cli {

struct Server {
  std::string url = "http://127.0.0.1:8700";
  std::string token;
};

using Parameters = std::vector<std::pair<std::string, std::string>>;

// {url}{path}; `path` begins with a slash, and the URL may end with any number of them.
std::string address_of(const Server& server, std::string_view path);

// GET {url}{path}?{parameters} with the token. Errors: kUnavailable when nobody answers, kUnauthenticated, kNotFound, kInvalidArgument with
// the server's own message.
base::Result<std::string> get(const Server& server, std::string_view path, const Parameters& parameters);

// Any other request, with a JSON body, and the answer's body, whose status may be any of success.
enum class Verb : uint8_t { kPost, kPut, kDelete };
base::Result<std::string> send(const Server& server, Verb verb, std::string_view path, const std::string& json);

// `get` for an answer without end, whose bytes are given on as they come. Ends with success when the server ends it, and with
// kUnavailable when the connection breaks, stays silent for 45 seconds, or `on_bytes` answers false. `last_event_id` may be empty.
using OnBytes = std::function<bool(std::string_view)>;
base::Result<> get_stream(const Server& server, std::string_view path, const Parameters& parameters, const std::string& last_event_id,
                          const OnBytes& on_bytes);

}  // namespace tripod::cli
