// Fetches over HTTP and HTTPS with libcurl.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "scrape/fetch.h"

namespace tripod::scrape {

// Thread-safe. Connections are kept, up to a quarter of the files that the process may have open, until the server ends them: each
// server has a handle that is tried first.
class CurlFetcher final : public Fetcher {
 public:
  CurlFetcher();
  ~CurlFetcher() override;
  base::Result<FetchResponse> fetch(const FetchRequest& request, std::stop_token stop) override;

 private:
  struct Handle;
  static constexpr size_t kHandles = 16;
  // The handle of that place, or another one where somebody has it.
  std::unique_ptr<Handle> take(size_t place);
  void give_back(size_t place, std::unique_ptr<Handle> handle);

  const long connections_per_handle_;
  std::mutex mu_;
  // guarded by mu_
  std::array<std::unique_ptr<Handle>, kHandles> places_;  // nullptr: taken, or not made yet
  std::vector<std::unique_ptr<Handle>> more_;             // of times when a place was taken
};

}  // namespace tripod::scrape
