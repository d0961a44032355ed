// Getting one page of metrics, as a seam: libcurl in production, prepared answers in tests.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "scrape/http_client.h"

namespace tripod::scrape {

struct FetchRequest {
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string user;  // basic auth, where not empty
  std::string password;
  TlsConfig tls;
  int64_t timeout_ns = 0;
  uint64_t max_body_bytes = 0;  // after decompression; 0: kDefaultMostBodyBytes
  bool follow_redirects = true;
  bool accept_gzip = true;
};
inline constexpr uint64_t kDefaultMostBodyBytes = 64u << 20;

struct FetchResponse {
  int status = 0;
  std::string content_type;
  std::shared_ptr<const std::string> body;  // decompressed
};

// Thread-safe.
class Fetcher {
 public:
  virtual ~Fetcher() = default;
  // Any HTTP status is an answer. kDeadlineExceeded, kTooLarge, kCancelled (stopped) or
  // kUnavailable otherwise.
  virtual base::Result<FetchResponse> fetch(const FetchRequest& request, std::stop_token stop) = 0;
};

}  // namespace tripod::scrape
