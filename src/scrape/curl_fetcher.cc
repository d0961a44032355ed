#include "scrape/curl_fetcher.h"

#include <curl/curl.h>
#include <sys/resource.h>

#include <algorithm>

#include "base/hash.h"

namespace tripod::scrape {

using base::Code;
using base::fail;
using base::Result;

namespace {

// What the callbacks of one transfer see.
struct Transfer {
  std::string body;
  uint64_t max_bytes = 0;
  bool too_large = false;
  std::stop_token stop;
};

size_t on_body(char* data, size_t size, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const size_t bytes = size * count;
  if (bytes > transfer.max_bytes - transfer.body.size()) {
    transfer.too_large = true;
    return 0;
  }
  transfer.body.append(data, bytes);
  return bytes;
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Transfer*>(user)->stop.stop_requested() ? 1 : 0;
}

class HeaderList {
 public:
  explicit HeaderList(const FetchRequest& request) {
    for (const auto& [name, value] : request.headers) {
      list_ = curl_slist_append(list_, (name + ": " + value).c_str());
    }
  }
  ~HeaderList() { curl_slist_free_all(list_); }
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  curl_slist* get() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

// PEM that is no file.
void set_blob(CURL* curl, CURLoption option, const std::string& pem) {
  if (pem.empty()) return;
  curl_blob blob{const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_COPY};
  curl_easy_setopt(curl, option, &blob);
}

long least_version(TlsVersion version) {
  switch (version) {
    case TlsVersion::k1_0: return CURL_SSLVERSION_TLSv1_0;
    case TlsVersion::k1_1: return CURL_SSLVERSION_TLSv1_1;
    case TlsVersion::k1_2: return CURL_SSLVERSION_TLSv1_2;
    case TlsVersion::k1_3: return CURL_SSLVERSION_TLSv1_3;
    case TlsVersion::kAny: break;
  }
  return CURL_SSLVERSION_DEFAULT;
}

long most_version(TlsVersion version) {
  switch (version) {
    case TlsVersion::k1_0: return CURL_SSLVERSION_MAX_TLSv1_0;
    case TlsVersion::k1_1: return CURL_SSLVERSION_MAX_TLSv1_1;
    case TlsVersion::k1_2: return CURL_SSLVERSION_MAX_TLSv1_2;
    case TlsVersion::k1_3: return CURL_SSLVERSION_MAX_TLSv1_3;
    case TlsVersion::kAny: break;
  }
  return CURL_SSLVERSION_MAX_DEFAULT;
}

void set_tls(CURL* curl, const TlsConfig& tls) {
  if (tls.insecure_skip_verify) {
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  // Who names whom to trust trusts nobody else.
  if (!tls.ca_file.empty() || !tls.ca.empty()) curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);
  if (!tls.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, tls.ca_file.c_str());
  if (!tls.cert_file.empty()) curl_easy_setopt(curl, CURLOPT_SSLCERT, tls.cert_file.c_str());
  if (!tls.key_file.empty()) curl_easy_setopt(curl, CURLOPT_SSLKEY, tls.key_file.c_str());
  set_blob(curl, CURLOPT_CAINFO_BLOB, tls.ca);
  set_blob(curl, CURLOPT_SSLCERT_BLOB, tls.cert);
  set_blob(curl, CURLOPT_SSLKEY_BLOB, tls.key);
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, least_version(tls.least) | most_version(tls.most));
}

void set_options(CURL* curl, const FetchRequest& request, const HeaderList& headers,
                 Transfer& transfer) {
  const long timeout_ms = static_cast<long>(std::max<int64_t>(1, request.timeout_ns / 1'000'000));
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_PROXY,
                   "");  // what the environment says is not configuration of ours
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  // Names are looked up when a connection is made, which is rare; a list of them would be walked with each fetch.
  curl_easy_setopt(curl, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, request.follow_redirects ? 1L : 0L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 10L);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  if (request.accept_gzip) curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip");
  if (!request.user.empty()) {
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    curl_easy_setopt(curl, CURLOPT_USERNAME, request.user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, request.password.c_str());
  }
  set_tls(curl, request.tls);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
}

// scheme://host:port
std::string_view server_of(std::string_view url) {
  const size_t host = url.find("://");
  return url.substr(0, host == std::string_view::npos ? host : url.find_first_of("/?", host + 3));
}

long most_connections() {
  constexpr rlim_t kMost = 8192;
  constexpr rlim_t kFew = 128;
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return kFew;
  return static_cast<long>(std::clamp(files.rlim_cur / 4, kFew, kMost));
}

}  // namespace

struct CurlFetcher::Handle {
  CURL* curl = curl_easy_init();
  ~Handle() { curl_easy_cleanup(curl); }
};

CurlFetcher::CurlFetcher() : connections_per_handle_(most_connections() / kHandles) { curl_global_init(CURL_GLOBAL_DEFAULT); }
CurlFetcher::~CurlFetcher() {
  for (auto& place : places_) place.reset();
  more_.clear();
  curl_global_cleanup();
}

std::unique_ptr<CurlFetcher::Handle> CurlFetcher::take(size_t place) {
  std::lock_guard lock(mu_);
  if (places_[place] != nullptr) return std::move(places_[place]);
  if (more_.empty()) return std::make_unique<Handle>();
  auto handle = std::move(more_.back());
  more_.pop_back();
  return handle;
}

void CurlFetcher::give_back(size_t place, std::unique_ptr<Handle> handle) {
  curl_easy_reset(handle->curl);  // options go, connections stay
  std::lock_guard lock(mu_);
  if (places_[place] == nullptr) places_[place] = std::move(handle);
  else more_.push_back(std::move(handle));
}

Result<FetchResponse> CurlFetcher::fetch(const FetchRequest& request, std::stop_token stop) {
  const size_t place = base::hash64(server_of(request.url)) % kHandles;
  auto handle = take(place);
  if (handle->curl == nullptr) return fail(Code::kUnavailable, "libcurl gives no handle");
  Transfer transfer;
  transfer.max_bytes = request.max_body_bytes > 0 ? request.max_body_bytes : kDefaultMostBodyBytes;
  transfer.stop = std::move(stop);
  CURLcode code = CURLE_OK;
  FetchResponse out;
  {
    const HeaderList headers(request);
    set_options(handle->curl, request, headers, transfer);
    curl_easy_setopt(handle->curl, CURLOPT_MAXCONNECTS, connections_per_handle_);
    code = curl_easy_perform(handle->curl);
    long status = 0;
    const char* content_type = nullptr;
    curl_easy_getinfo(handle->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(handle->curl, CURLINFO_CONTENT_TYPE, &content_type);
    out.status = static_cast<int>(status);
    if (content_type != nullptr) out.content_type = content_type;
  }
  give_back(place, std::move(handle));
  if (transfer.too_large) {
    return fail(Code::kTooLarge,
                "the body is larger than " + std::to_string(transfer.max_bytes) + " bytes");
  }
  switch (code) {
    case CURLE_OK:
      break;
    case CURLE_OPERATION_TIMEDOUT:
      return fail(Code::kDeadlineExceeded,
                  "no answer within " + std::to_string(request.timeout_ns / 1'000'000) + " ms");
    case CURLE_ABORTED_BY_CALLBACK:
      return fail(Code::kCancelled, "stopped");
    default:
      return fail(Code::kUnavailable, curl_easy_strerror(code));
  }
  out.body = std::make_shared<const std::string>(std::move(transfer.body));
  return out;
}

}  // namespace tripod::scrape
