#include "ship/curl_transport.h"

#include <curl/curl.h>

#include <algorithm>
#include <vector>

#include "base/compress.h"

namespace tripod::ship {

namespace {

constexpr size_t kMostAnswerBytes = 1u << 20;
constexpr int kCompressionLevel = 1;
constexpr const char* kUserAgent = "User-Agent: tripod-ship/0.1.0";

size_t on_body(char* data, size_t size, size_t count, void* user) {
  auto& body = *static_cast<std::string*>(user);
  const size_t room = kMostAnswerBytes - std::min(kMostAnswerBytes, body.size());
  body.append(data, std::min(room, size * count));
  return size * count;  // the rest of an answer that long says nothing more
}

std::string address_of(const std::string& url) {
  const size_t last = url.find_last_not_of('/');
  return url.substr(0, last == std::string::npos ? 0 : last + 1) + "/push/json?format=frames";
}

}  // namespace

struct CurlTransport::Handles {
  CURLM* multi = curl_multi_init();
  CURL* easy = curl_easy_init();
  curl_slist* headers = nullptr;
  bool busy = false;
  std::string body;
  std::string answer;

  ~Handles() {
    if (busy) curl_multi_remove_handle(multi, easy);
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
    curl_multi_cleanup(multi);
  }
  void header(const std::string& line) { headers = curl_slist_append(headers, line.c_str()); }
};

CurlTransport::CurlTransport(const Output& output) : output_(output) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  curl_ = std::make_unique<Handles>();
}

CurlTransport::~CurlTransport() {
  curl_.reset();
  curl_global_cleanup();
}

void CurlTransport::start(Upload upload) {
  Handles& c = *curl_;
  CURL* easy = c.easy;
  curl_easy_reset(easy);  // options go, the connection stays
  curl_slist_free_all(c.headers);
  c.headers = nullptr;
  c.answer.clear();
  c.body = output_.compress ? base::zstd_compress(upload.body, kCompressionLevel)
                            : std::move(upload.body);
  c.header("Content-Type: application/octet-stream");
  c.header(kUserAgent);
  c.header("Expect:");  // a round trip less
  c.header("X-Tripod-Batch-Id: " + upload.batch_id);
  if (output_.compress) c.header("Content-Encoding: zstd");
  if (!upload.key.empty()) c.header("X-Tripod-Key: " + upload.key);
  curl_easy_setopt(easy, CURLOPT_URL, address_of(output_.url).c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_PROXY,
                   "");  // what the environment says is not configuration of ours
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);  // the key is for this server alone
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                   static_cast<long>(output_.timeout_ns / base::kNanosPerMilli));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(output_.timeout_ns / base::kNanosPerMilli));
  if (!output_.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, output_.ca_file.c_str());
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, c.body.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(c.body.size()));
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, c.headers);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &c.answer);
  curl_multi_add_handle(c.multi, easy);
  c.busy = true;
}

std::optional<Answer> CurlTransport::poll() {
  Handles& c = *curl_;
  if (!c.busy) return std::nullopt;
  int running = 0;
  curl_multi_perform(c.multi, &running);
  int left = 0;
  const CURLMsg* message = curl_multi_info_read(c.multi, &left);
  if (message == nullptr || message->msg != CURLMSG_DONE) return std::nullopt;
  Answer out;
  const CURLcode code = message->data.result;
  if (code == CURLE_OK) {
    long status = 0;
    curl_off_t retry_after = 0;
    curl_easy_getinfo(c.easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(c.easy, CURLINFO_RETRY_AFTER, &retry_after);
    out.status = static_cast<int>(status);
    if (retry_after > 0) out.retry_after_s = retry_after;
    out.body = std::move(c.answer);
  } else {
    out.error = curl_easy_strerror(code);
  }
  curl_multi_remove_handle(c.multi, c.easy);
  c.busy = false;
  c.body.clear();
  return out;
}

uint64_t CurlTransport::wait(std::span<const int> readable, int64_t most_ns) {
  std::vector<curl_waitfd> waits;
  for (const int fd : readable)
    waits.push_back({.fd = fd, .events = CURL_WAIT_POLLIN, .revents = 0});
  // Rounded up, so that a moment that is nearly there is not asked for again and again.
  const auto ms = static_cast<int>(
      std::clamp<int64_t>((most_ns + base::kNanosPerMilli - 1) / base::kNanosPerMilli, 0, 60'000));
  int ready = 0;
  curl_multi_poll(curl_->multi, waits.data(), static_cast<unsigned>(waits.size()), ms, &ready);
  uint64_t out = 0;
  for (size_t i = 0; i < waits.size(); ++i) {
    if (waits[i].revents != 0) out |= uint64_t{1} << i;
  }
  return out;
}

}  // namespace tripod::ship
