#include "cli/client.h"

#include <curl/curl.h>
#include <simdjson.h>

#include <memory>

namespace tripod::cli {

using base::Code;
using base::Result;

namespace {

constexpr size_t kMostBytes = size_t{256} << 20;

size_t append_body(char* data, size_t size, size_t count, void* target) {
  auto& body = *static_cast<std::string*>(target);
  if (body.size() + size * count > kMostBytes) return 0;
  body.append(data, size * count);
  return size * count;
}

Code code_of(long status) {
  switch (status) {
    case 400: return Code::kInvalidArgument;
    case 401: return Code::kUnauthenticated;
    case 403: return Code::kPermissionDenied;
    case 404: return Code::kNotFound;
    case 409: return Code::kAlreadyExists;
    case 429: return Code::kResourceExhausted;
    case 503: return Code::kUnavailable;
    case 504: return Code::kDeadlineExceeded;
    default: return Code::kInternal;
  }
}

// {"error":{"message"}} of our API, or {"error":"…"} of Prometheus's.
std::string message_of(const std::string& body, long status) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::string_view text;
  if (parser.parse(body).get(root) == simdjson::SUCCESS) {
    if (root.at_pointer("/error/message").get(text) == simdjson::SUCCESS) return std::string(text);
    if (root.at_pointer("/error").get(text) == simdjson::SUCCESS) return std::string(text);
  }
  return "the server answered " + std::to_string(status);
}

}  // namespace

std::string address_of(const Server& server, std::string_view path) {
  const size_t last = server.url.find_last_not_of('/');
  return server.url.substr(0, last == std::string::npos ? 0 : last + 1) + std::string(path);
}

namespace {

using Curl = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

// A request that is ready but for its URL's answer: where the bytes go, and how long it may take.
struct Call {
  Curl curl{curl_easy_init(), &curl_easy_cleanup};
  HeaderList headers{nullptr, &curl_slist_free_all};

  void add_header(const std::string& line) { headers.reset(curl_slist_append(headers.release(), line.c_str())); }
  Result<> prepare(const Server& server, std::string_view path, const Parameters& parameters) {
    if (!curl) return base::fail(Code::kInternal, "libcurl did not start");
    std::string url = address_of(server, path);
    char separator = '?';
    for (const auto& [key, value] : parameters) {
      const std::unique_ptr<char, decltype(&curl_free)> escaped(
          curl_easy_escape(curl.get(), value.data(), static_cast<int>(value.size())), &curl_free);
      url += separator + key + "=" + escaped.get();
      separator = '&';
    }
    if (!server.token.empty()) add_header("Authorization: Bearer " + server.token);
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    return {};
  }
  // To its end, which comes within a minute; the answer into `body`.
  Result<> perform(const Server& server, std::string& body) {
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, append_body);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 60L);
    const CURLcode rc = curl_easy_perform(curl.get());
    if (rc != CURLE_OK) return base::fail(Code::kUnavailable, server.url + ": " + curl_easy_strerror(rc));
    return {};
  }
  long status() const {
    long out = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &out);
    return out;
  }
};

struct StreamTarget {
  const Call& call;
  const OnBytes& on_bytes;
  std::string refusal;  // body of an answer that is no stream
};

size_t give_on(char* data, size_t size, size_t count, void* target) {
  auto& stream = *static_cast<StreamTarget*>(target);
  const size_t bytes = size * count;
  if (stream.call.status() == 200) return stream.on_bytes({data, bytes}) ? bytes : 0;
  return append_body(data, size, count, &stream.refusal);
}

}  // namespace

Result<std::string> get(const Server& server, std::string_view path, const Parameters& parameters) {
  Call call;
  if (auto ready = call.prepare(server, path, parameters); !ready) return base::fail(std::move(ready.error()));
  std::string body;
  if (auto done = call.perform(server, body); !done) return base::fail(std::move(done.error()));
  if (const long status = call.status(); status != 200) return base::fail(code_of(status), message_of(body, status));
  return body;
}

Result<std::string> send(const Server& server, Verb verb, std::string_view path, const std::string& json) {
  Call call;
  if (auto ready = call.prepare(server, path, {}); !ready) return base::fail(std::move(ready.error()));
  call.add_header("Content-Type: application/json");
  std::string body;
  curl_easy_setopt(call.curl.get(), CURLOPT_CUSTOMREQUEST, verb == Verb::kPost ? "POST" : verb == Verb::kPut ? "PUT" : "DELETE");
  curl_easy_setopt(call.curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(json.size()));
  curl_easy_setopt(call.curl.get(), CURLOPT_POSTFIELDS, json.c_str());
  if (auto done = call.perform(server, body); !done) return base::fail(std::move(done.error()));
  if (const long status = call.status(); status < 200 || status > 299) return base::fail(code_of(status), message_of(body, status));
  return body;
}

Result<> get_stream(const Server& server, std::string_view path, const Parameters& parameters, const std::string& last_event_id,
                    const OnBytes& on_bytes) {
  Call call;
  if (auto ready = call.prepare(server, path, parameters); !ready) return ready;
  call.add_header("Accept: text/event-stream");
  if (!last_event_id.empty()) call.add_header("Last-Event-ID: " + last_event_id);
  StreamTarget target{call, on_bytes, {}};
  curl_easy_setopt(call.curl.get(), CURLOPT_HTTPHEADER, call.headers.get());
  curl_easy_setopt(call.curl.get(), CURLOPT_WRITEFUNCTION, give_on);
  curl_easy_setopt(call.curl.get(), CURLOPT_WRITEDATA, &target);
  curl_easy_setopt(call.curl.get(), CURLOPT_CONNECTTIMEOUT, 10L);
  // The server says something every 15 seconds.
  curl_easy_setopt(call.curl.get(), CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(call.curl.get(), CURLOPT_LOW_SPEED_TIME, 45L);
  if (const CURLcode rc = curl_easy_perform(call.curl.get()); rc != CURLE_OK) {
    return base::fail(Code::kUnavailable, server.url + ": " + curl_easy_strerror(rc));
  }
  if (const long status = call.status(); status != 200) return base::fail(code_of(status), message_of(target.refusal, status));
  return {};
}

}  // namespace tripod::cli
