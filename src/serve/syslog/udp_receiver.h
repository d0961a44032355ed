// Syslog datagrams: read in bursts, gathered while the last ones are being stored, dropped by count when too many wait. RFC 5426.
// Internal to this folder.
#pragma once

#include <atomic>
#include <boost/asio/ip/udp.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "serve/syslog/courier.h"
#include "serve/syslog/losses.h"
#include "serve/syslog/networks.h"

namespace tripod::serve {

// Lives while an operation holds it. Everything runs on its socket's strand.
class UdpReceiver : public std::enable_shared_from_this<UdpReceiver> {
 public:
  // `open` counts it; it is counted already. Networks and losses outlive it.
  UdpReceiver(boost::asio::ip::udp::socket socket, const SyslogContext& context, const ingest::syslog::Options& decoding,
              const Networks& networks, Losses& losses, std::shared_ptr<std::atomic<size_t>> open);
  ~UdpReceiver();
  void start();
  // Reads what has come, and no more; ends once it is stored.
  void drain();

 private:
  struct Burst;  // what one system call reads into

  void read();
  // False: nothing more is there.
  bool read_burst();
  void take(std::string_view datagram, const boost::asio::ip::udp::endpoint& from);
  void meet(const boost::asio::ip::udp::endpoint& from);
  void count_kernel_drops();
  void hand_over();

  const SyslogContext& context_;
  const Networks& networks_;
  Losses& losses_;
  const std::shared_ptr<std::atomic<size_t>> open_;
  boost::asio::ip::udp::socket socket_;
  const std::shared_ptr<Courier> courier_;
  const std::unique_ptr<Burst> burst_;
  const base::MemoryCharge memory_;  // of the burst and both queues: the one being filled and the one being stored
  uint32_t kernel_drops_ = 0;        // told so far
  bool draining_ = false;

  // the sender of the last datagram
  boost::asio::ip::address last_;
  std::string last_text_;
  bool last_is_allowed_ = false;

  // what waits
  std::string body_;
  std::vector<ingest::syslog::Frame> frames_;
  std::vector<std::string> senders_;
  std::vector<uint32_t> sender_of_;
  std::unordered_map<std::string, uint32_t> sender_index_;
};

}  // namespace tripod::serve
