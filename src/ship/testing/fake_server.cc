#include "ship/testing/fake_server.h"

#include <charconv>

#include "base/result.h"

namespace tripod::ship::testing {

std::vector<Record> read_frames(std::string_view body) {
  std::vector<Record> out;
  std::string source;
  while (!body.empty()) {
    const size_t line = body.find('\n');
    TRIPOD_CHECK(line != body.npos && line > 2);
    const std::string_view head = body.substr(2, line - 2);
    const bool is_source = body.starts_with("S ");
    TRIPOD_CHECK(is_source || body.starts_with("R "));
    body.remove_prefix(line + 1);
    if (is_source) {
      source = head;
      continue;
    }
    Record record{.source = source};
    size_t size = 0;
    const auto time = std::from_chars(head.data(), head.data() + head.size(), record.observed);
    TRIPOD_CHECK(time.ec == std::errc() && *time.ptr == ' ');
    const auto length = std::from_chars(time.ptr + 1, head.data() + head.size(), size);
    TRIPOD_CHECK(length.ec == std::errc() && size < body.size() && body[size] == '\n');
    record.text = body.substr(0, size);
    body.remove_prefix(size + 1);
    out.push_back(std::move(record));
  }
  return out;
}

std::vector<std::string> FakeServer::texts() const {
  std::vector<std::string> out;
  for (const Record& record : records) out.push_back(record.text);
  return out;
}

Answer FakeServer::answer(const Upload& upload) {
  ids.push_back(upload.batch_id);
  last_key = upload.key;
  if (told.empty() && !always) return keep(upload);
  const Told now = told.empty() ? *always : told.front();
  if (!told.empty()) told.pop_front();
  if (now.kept) keep(upload);
  return {.status = now.status,
          .error = now.status == 0 ? "connection refused" : "",
          .body = "no",
          .retry_after_s = now.retry_after_s};
}

Answer FakeServer::keep(const Upload& upload) {
  auto sent = read_frames(upload.body);
  if (sent.size() > most_records) return {.status = 413, .body = "too large"};
  const bool repeated = !known.insert(upload.batch_id).second;
  if (!repeated) records.insert(records.end(), sent.begin(), sent.end());
  return {.status = 200,
          .body = "{\"accepted\":" + std::to_string(sent.size()) + ",\"rejected\":0" +
                  (repeated ? ",\"repeated\":true" : "") + ",\"rejections\":[]}"};
}

}  // namespace tripod::ship::testing
