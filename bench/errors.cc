// Sentry events of about 37 kB as sentry-python sends them: gzip, stack traces with locals and source context.
// The large part of each is compressed once and reused; id and time come before it in a stored block, so that the load
// program spends its time sending. https://www.rfc-editor.org/rfc/rfc1951 https://www.rfc-editor.org/rfc/rfc1952
#include <vector>

#include <fmt/format.h>
#include <zlib.h>

#include "load.h"

namespace tripod::bench {

namespace {

constexpr size_t kIssues = 40;
constexpr size_t kVariantsPerIssue = 4;   // the same stack with other locals
constexpr size_t kFrames = 26;

struct Tail {
  std::string deflated;   // raw deflate, ended
  uint32_t crc = 0;
  size_t size = 0;
};

// A line of code that nobody wrote: words in an order of their own for each number.
std::string code_line(uint64_t number) {
  static constexpr const char* kWords[] = {"response", "request", "order", "amount", "self", "context", "callback", "value", "session", "queryset", "instance", "result"};
  Random random(number);
  const auto word = [&] { return kWords[random.below(std::size(kWords))]; };
  return fmt::format("        {} = self.{}({}, {}={}[{}])", word(), word(), word(), word(), word(), random.below(100));
}

void append_lines(std::string& out, std::string_view name, uint64_t first) {
  fmt::format_to(std::back_inserter(out), R"("{}":[)", name);
  for (uint64_t i = 0; i < 5; ++i) fmt::format_to(std::back_inserter(out), R"({}"{}")", i ? "," : "", code_line(first + i));
  out += ']';
}

void append_frame(std::string& out, size_t issue, size_t index, Random& random) {
  const bool in_app = index % 6 == 5;
  const uint64_t code = in_app ? issue * 1000 + index * 20 : 1'000'000 + index * 20;
  fmt::format_to(std::back_inserter(out),
                 R"({{"filename":"{0}/module_{1}.py","abs_path":"/srv/djzen/{0}/module_{1}.py","function":"function_{1}_{2}","module":"{3}.module_{1}","lineno":{4},"in_app":{5},)",
                 in_app ? "shop" : "django", index, in_app ? issue : 0, in_app ? "shop" : "django.core", 20 + index * 7, in_app);
  append_lines(out, "pre_context", code);
  fmt::format_to(std::back_inserter(out), R"(,"context_line":"{}",)", code_line(code + 5));
  append_lines(out, "post_context", code + 6);
  out += R"(,"vars":{)";
  for (int i = 0; i < 5; ++i) {
    fmt::format_to(std::back_inserter(out), R"({}"local_{}":"<shop.models.Order object at 0x7f{:010x}>")", i ? "," : "", i, random.below(1ULL << 40));
  }
  out += "}}";
}

// All of the event that is not its id or time.
std::string event_rest(size_t issue, size_t variant) {
  Random random(issue * 100 + variant);
  std::string out = fmt::format(
      R"(,"level":"error","platform":"python","environment":"production","release":"abc{}","server_name":"web-{}","transaction":"/checkout/{}/",)", variant,
      variant % 2, issue);
  out += R"("exception":{"values":[{"module":"shop.errors","type":"PaymentError","value":"charge refused","mechanism":{"type":"django","handled":false},"stacktrace":{"frames":[)";
  for (size_t i = 0; i < kFrames; ++i) {
    if (i) out += ',';
    append_frame(out, issue, i, random);
  }
  out += R"(]}}]},"breadcrumbs":{"values":[)";
  for (int i = 0; i < 12; ++i) {
    fmt::format_to(std::back_inserter(out), R"({}{{"level":"info","category":"query","message":"SELECT * FROM shop_order WHERE id = {}","type":"default","data":{{}}}})",
                   i ? "," : "", random.below(100'000));
  }
  out += R"(]},"modules":{)";
  for (int i = 0; i < 70; ++i) fmt::format_to(std::back_inserter(out), R"({}"package-number-{}":"{}.{}.{}")", i ? "," : "", i, i % 7, i % 13, i);
  fmt::format_to(std::back_inserter(out),
                 R"(}},"request":{{"url":"http://127.0.0.1:8000/checkout/{}/","method":"POST","headers":{{"Host":"127.0.0.1:8000","User-Agent":"djzen-traffic/1.0"}},"data":{{"amount":"{}"}}}},)",
                 issue, random.below(1000));
  out += R"("sdk":{"name":"sentry.python.django","version":"2.75.0","integrations":["celery","django","logging"]}})";
  return out;
}

Tail deflate_tail(const std::string& text) {
  Tail tail{.deflated = {}, .crc = 0, .size = text.size()};
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  tail.deflated.resize(deflateBound(&stream, text.size()));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(tail.deflated.data());
  stream.avail_out = static_cast<uInt>(tail.deflated.size());
  deflate(&stream, Z_FINISH);
  tail.deflated.resize(stream.total_out);
  deflateEnd(&stream);
  tail.crc = static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size())));
  return tail;
}

void append_little_endian(std::string& out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

class Errors final : public Source {
 public:
  explicit Errors(const SourceOptions& options)
      : random_(options.seed * 1000 + static_cast<uint64_t>(options.connection)),
        headers_("Content-Type: application/x-sentry-envelope\r\nContent-Encoding: gzip\r\nX-Sentry-Auth: Sentry sentry_version=7, sentry_client=bench/1, "
                 "sentry_key=" + options.key + "\r\n") {
    for (size_t i = 0; i < kIssues * kVariantsPerIssue; ++i) {
      tails_.push_back(deflate_tail(event_rest(i / kVariantsPerIssue, i % kVariantsPerIssue)));
    }
  }

  Body next() override {
    const Tail& tail = tails_[random_.below(tails_.size())];
    std::string id;
    append_hex(id, random_, 32);
    std::string start = R"({"event_id":")" + id + R"(","timestamp":")";
    append_rfc3339(start, now_nanos());
    start += '"';
    head_ = fmt::format("{{\"event_id\":\"{}\"}}\n{{\"type\":\"event\",\"length\":{}}}\n{}", id, start.size() + tail.size, start);
    wire_.assign("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
    wire_ += '\0';  // a stored block, not the last
    append_little_endian(wire_, head_.size(), 2);
    append_little_endian(wire_, ~head_.size(), 2);
    wire_ += head_;
    wire_ += tail.deflated;
    const auto head_crc = crc32(0, reinterpret_cast<const Bytef*>(head_.data()), static_cast<uInt>(head_.size()));
    append_little_endian(wire_, crc32_combine(head_crc, tail.crc, static_cast<z_off_t>(tail.size)), 4);
    append_little_endian(wire_, head_.size() + tail.size, 4);
    return {.wire = wire_, .units = 1, .raw_bytes = head_.size() + tail.size};
  }
  std::string_view headers() const override { return headers_; }
  std::string_view path() const override { return "/api/1/envelope/"; }

 private:
  Random random_;
  const std::string headers_;
  std::vector<Tail> tails_;
  std::string head_;
  std::string wire_;
};

}  // namespace

std::unique_ptr<Source> make_errors(const SourceOptions& options) { return std::make_unique<Errors>(options); }

}  // namespace tripod::bench
