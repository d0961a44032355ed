// Websockets of RFC 6455, text messages from us to the client. The only file that includes Beast's websocket (it costs half a minute).
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket.hpp>

#include "serve/http/stream_session.h"

namespace tripod::serve {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;

namespace {

constexpr size_t kMostIncoming = 64u << 10;  // of one message of the client's; more closes with 1009

class Websocket final : public StreamSession {
 public:
  explicit Websocket(StreamSetup setup)
      : StreamSession(std::move(setup)), stream_(std::move(setup_.socket)) {}

 private:
  void handshake() override {
    stream_.read_message_max(kMostIncoming);
    // Pings at half of the idle time; whoever does not answer within the whole of it is gone.
    stream_.set_option(websocket::stream_base::timeout{
        .handshake_timeout = setup_.timeouts.header, .idle_timeout = setup_.timeouts.stream_stall, .keep_alive_pings = true});
    stream_.set_option(websocket::stream_base::decorator([this](websocket::response_type& response) {
      for (const Header& h : setup_.answer.headers) response.insert(h.name, h.value);
    }));
    stream_.text(true);
    stream_.async_accept(setup_.request, [me = self<Websocket>()](beast::error_code ec) {
      if (!ec) me->read();
      me->opened(ec);
    });
  }

  void read() {
    stream_.async_read(incoming_, [me = self<Websocket>()](beast::error_code ec, size_t) {
      me->incoming_.clear();
      if (ec) return me->gone();
      me->read();
    });
  }

  size_t write(const std::deque<std::string>& queue) override {
    stream_.async_write(asio::buffer(queue.front()), [me = self<Websocket>()](beast::error_code ec, size_t) { me->written(ec); });
    return 1;
  }

  void say_goodbye(StreamEnd why) override {
    stream_.async_close(websocket::close_reason(static_cast<websocket::close_code>(why)),
                        [me = self<Websocket>()](beast::error_code) { me->gone(); });
  }

  void beat(bool) override {}  // Beast's own pings

  void cut() override { beast::get_lowest_layer(stream_).close(); }

  websocket::stream<beast::tcp_stream> stream_;
  beast::flat_buffer incoming_;
};

}  // namespace

std::shared_ptr<StreamSession> make_websocket(StreamSetup setup) { return std::make_shared<Websocket>(std::move(setup)); }

}  // namespace tripod::serve
