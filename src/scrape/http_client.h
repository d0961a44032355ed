// How a server is asked over HTTP: Prometheus's HTTP client settings, as scrapes and http_sd_configs have them.
// https://prometheus.io/docs/prometheus/latest/configuration/configuration/#http_config
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/fs.h"
#include "base/result.h"

namespace tripod::scrape {

struct FetchRequest;

// Secrets: never to be logged or shown. What is in files is read for every request.
struct HttpAuth {
  std::string username;  // basic_auth
  std::string username_file;
  std::string password;
  std::string password_file;
  std::string type;  // authorization: "Bearer" unless said otherwise; empty: no authorization section
  std::string credentials;
  std::string credentials_file;
};

enum class TlsVersion : uint8_t { kAny, k1_0, k1_1, k1_2, k1_3 };

// PEM, in a file or as it is.
struct TlsConfig {
  std::string ca_file, ca;
  std::string cert_file, cert;
  std::string key_file, key;
  bool insecure_skip_verify = false;
  TlsVersion least = TlsVersion::kAny, most = TlsVersion::kAny;
};

struct HttpHeader {
  std::string name;
  std::vector<std::string> values;  // http_headers: values and secrets
  std::vector<std::string> files;
};

struct HttpClientConfig {
  HttpAuth auth;
  TlsConfig tls;
  bool follow_redirects = true;
  std::vector<HttpHeader> headers;
};

// Puts all of it on a request. An error names the file that could not be read.
base::Result<> apply(const HttpClientConfig& config, base::Fs& fs, FetchRequest& request);

}  // namespace tripod::scrape
