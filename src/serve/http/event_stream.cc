// Server-Sent Events: a response of HTTP/1.1 whose chunks come as there is something to say.
#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <array>

#include "serve/http/stream_session.h"

namespace tripod::serve {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

constexpr size_t kMostAtOnce = 64u << 10;  // of one chunk, but for a message that is longer
constexpr std::string_view kLastChunk = "0\r\n\r\n";
constexpr std::string_view kComment = ":\n\n";

class EventStream final : public StreamSession {
 public:
  explicit EventStream(StreamSetup setup)
      : StreamSession(std::move(setup)), is_chunked_(setup_.request.version() >= 11) {}

 private:
  using Next = void (EventStream::*)(beast::error_code);

  void handshake() override {
    out_ = fmt::format("HTTP/1.1 {} OK\r\n", setup_.answer.status);
    for (const Header& h : setup_.answer.headers) out_ += fmt::format("{}: {}\r\n", h.name, h.value);
    // Proxies must not wait for more (nginx), nor anybody keep it.
    out_ += "Content-Type: text/event-stream\r\nCache-Control: no-store\r\nX-Accel-Buffering: no\r\nX-Content-Type-Options: nosniff\r\n";
    out_ += is_chunked_ ? "Transfer-Encoding: chunked\r\n\r\n" : "Connection: close\r\n\r\n";
    flush(&EventStream::header_written);
    watch();
  }

  void header_written(beast::error_code ec) { opened(ec); }

  // Nothing more is awaited of the client than that it goes.
  void watch() {
    setup_.socket.async_read_some(asio::buffer(in_), [me = self<EventStream>()](beast::error_code ec, size_t) {
      if (ec) return me->gone();
      me->watch();
    });
  }

  size_t write(const std::deque<std::string>& queue) override {
    size_t bytes = 0;
    size_t count = 0;
    while (count < queue.size() && (count == 0 || bytes + queue[count].size() <= kMostAtOnce)) bytes += queue[count++].size();
    out_.clear();
    if (is_chunked_) out_ = fmt::format("{:x}\r\n", bytes);
    for (size_t i = 0; i < count; ++i) out_ += queue[i];
    if (is_chunked_) out_ += "\r\n";
    flush(&EventStream::chunk_written);
    return count;
  }

  void chunk_written(beast::error_code ec) { written(ec); }

  // Piece by piece, so that a client that takes little but takes is not taken for one that is gone.
  void flush(Next next) {
    setup_.socket.async_write_some(asio::buffer(out_) + done_, [me = self<EventStream>(), next](beast::error_code ec, size_t bytes) {
      me->done_ += bytes;
      if (!ec && me->done_ < me->out_.size()) {
        me->wrote_some();
        return me->flush(next);
      }
      me->done_ = 0;
      ((*me).*next)(ec);
    });
  }

  void say_goodbye(StreamEnd) override {
    if (!is_chunked_) return gone();
    out_ = kLastChunk;
    flush(&EventStream::said_goodbye);
  }

  void said_goodbye(beast::error_code) { gone(); }

  void beat(bool was_quiet) override {
    if (was_quiet && !feeder()->on_quiet()) send(std::string(kComment));
  }

  void cut() override {
    beast::error_code ignored;
    setup_.socket.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
    setup_.socket.close(ignored);
  }

  const bool is_chunked_;
  std::string out_;   // being written
  size_t done_ = 0;   // of it
  std::array<char, 512> in_;
};

}  // namespace

std::shared_ptr<StreamSession> make_event_stream(StreamSetup setup) { return std::make_shared<EventStream>(std::move(setup)); }

}  // namespace tripod::serve
