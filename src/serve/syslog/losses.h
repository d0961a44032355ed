// What was lost before it could be read: counted at once and exactly, listed once a second.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "pipeline/intake_ledger.h"

namespace tripod::serve {

inline constexpr std::string_view kSyslogProtocol = "syslog";

// Why something was not taken, for the rejected list.
struct Loss {
  std::string_view reason;  // stable word
  std::string_view detail;
};
inline constexpr Loss kPeerNotAllowed{"peer_not_allowed", "the sender is in none of the networks of syslog.allow_from"};
inline constexpr Loss kTooManyConnections{"too_many_connections", "the connection was refused: too many are open"};
inline constexpr Loss kQueueFull{"udp_queue_full", "datagrams were dropped: what came before them was not stored yet"};
inline constexpr Loss kKernelDropped{"udp_receive_buffer_full", "datagrams were dropped by the kernel: they came faster than they were read"};

// A flood must not fill the rejected list with itself. Thread-safe.
class Losses {
 public:
  explicit Losses(pipeline::IntakeLedger& ledger) : ledger_(ledger) {}
  void add(const Loss& loss, std::string_view peer, uint64_t count = 1);
  // Tells the ledger what came since the last call.
  void report();

 private:
  static constexpr size_t kMostKinds = 64;  // addresses come from outside: those beyond have none

  pipeline::IntakeLedger& ledger_;
  std::mutex mu_;
  std::map<std::pair<std::string_view, std::string>, std::pair<const Loss*, uint64_t>> counts_;  // guarded by mu_
};

}  // namespace tripod::serve
