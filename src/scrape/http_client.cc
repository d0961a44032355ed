#include "scrape/http_client.h"

#include "scrape/fetch.h"

namespace tripod::scrape {

using base::fail;
using base::Result;

namespace {

std::string without_line_end(std::string text) {
  while (text.ends_with('\n') || text.ends_with('\r') || text.ends_with(' ')) text.pop_back();
  return text;
}

// What is given, or what the file holds.
Result<std::string> secret(base::Fs& fs, const std::string& given, const std::string& file) {
  if (file.empty()) return given;
  auto text = fs.read_all(file);
  if (!text) return fail(std::move(text.error()));
  return without_line_end(std::move(*text));
}

Result<> add_headers(const HttpClientConfig& config, base::Fs& fs, FetchRequest& request) {
  for (const HttpHeader& header : config.headers) {
    for (const std::string& value : header.values) request.headers.emplace_back(header.name, value);
    for (const std::string& file : header.files) {
      auto value = secret(fs, {}, file);
      if (!value) return fail(std::move(value.error()));
      request.headers.emplace_back(header.name, std::move(*value));
    }
  }
  return {};
}

}  // namespace

Result<> apply(const HttpClientConfig& config, base::Fs& fs, FetchRequest& request) {
  request.follow_redirects = config.follow_redirects;
  request.tls = config.tls;
  const HttpAuth& auth = config.auth;
  if (!auth.username.empty() || !auth.username_file.empty()) {
    auto user = secret(fs, auth.username, auth.username_file);
    if (!user) return fail(std::move(user.error()));
    auto password = secret(fs, auth.password, auth.password_file);
    if (!password) return fail(std::move(password.error()));
    request.user = std::move(*user);
    request.password = std::move(*password);
  }
  if (!auth.type.empty()) {
    auto credentials = secret(fs, auth.credentials, auth.credentials_file);
    if (!credentials) return fail(std::move(credentials.error()));
    request.headers.emplace_back("Authorization", auth.type + " " + *credentials);
  }
  return add_headers(config, fs, request);
}

}  // namespace tripod::scrape
