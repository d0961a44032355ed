// Answers that stay open: Server-Sent Events and websockets, as whoever feeds them sees them. Nothing of sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tripod::serve {

enum class StreamKind : uint8_t {
  kNone,       // one answer
  kEvents,     // text/event-stream: https://html.spec.whatwg.org/multipage/server-sent-events.html
  kWebsocket,  // RFC 6455, text messages; what clients send is read and dropped
};
std::string_view stream_kind_name(StreamKind kind);  // "none", "events", "websocket"

// Why a stream is ended from our side; on a websocket the close code.
enum class StreamEnd : uint16_t {
  kDone = 1000,
  kGoingAway = 1001,      // the server stops
  kNotAllowed = 1008,     // the credential it was opened with is gone
  kFailed = 1011,
};

// The sending side of an open stream. Thread-safe.
class Stream {
 public:
  virtual ~Stream() = default;
  // Queues a message: of a websocket one text message, of an event stream one or more whole events (sse_event()). False, and
  // nothing queued, when the stream is over or there is no room; a message is taken whatever its size when the queue is empty.
  virtual bool send(std::string message) = 0;
  // Bytes that may be queued now; 0 when the stream is over.
  virtual size_t room() const = 0;
  // Sends what is queued, says goodbye, closes. Nothing can be sent after it.
  virtual void end(StreamEnd why) = 0;
};

// Who feeds a stream. Called on an I/O thread, one call at a time: must be short.
class StreamFeeder {
 public:
  virtual ~StreamFeeder() = default;
  // At least half of the queue is free. Called after writes, also when nobody waits for it.
  virtual void on_room() = 0;
  // An event stream has said nothing for an interval. What is sent now keeps proxies from taking it for dead; a comment is sent
  // where the answer is false.
  virtual bool on_quiet() { return false; }
  // The last call, made once: the client is gone, or the stream was ended.
  virtual void on_closed() = 0;
};

// Makes the feeder of a stream that has just been opened. Called once, on an I/O thread; not called when the client is gone before.
using StreamOpener = std::function<std::shared_ptr<StreamFeeder>(std::shared_ptr<Stream>)>;

// One event. `id` and `data` without line breaks (JSON has none); an empty id leaves the client's last one as it is.
std::string sse_event(std::string_view name, std::string_view id, std::string_view data);

// Bytes a stream may hold that its client has not taken. Charged to the memory budget as long as the stream is open.
inline constexpr size_t kStreamQueueBytes = 256u << 10;

}  // namespace tripod::serve
