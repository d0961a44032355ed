// Fetches over HTTP and HTTPS with libcurl.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "scrape/fetch.h"

namespace tripod::scrape {

// Thread-safe. Keeps as many handles (with their connections) as fetches ran at once.
class CurlFetcher final : public Fetcher {
 public:
  CurlFetcher();
  ~CurlFetcher() override;
  base::Result<FetchResponse> fetch(const FetchRequest& request, std::stop_token stop) override;

 private:
  struct Handle;
  std::unique_ptr<Handle> take();
  void give_back(std::unique_ptr<Handle> handle);

  std::mutex mu_;
  std::vector<std::unique_ptr<Handle>> idle_;  // guarded by mu_
};

}  // namespace tripod::scrape
