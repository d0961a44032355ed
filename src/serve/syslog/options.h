// What the settings say of the syslog listeners. docs/configuration.md
#pragma once

#include <string>
#include <vector>

namespace tripod::serve {

struct SyslogOptions {
  std::string tcp;                      // "host:port"; empty: not listened
  std::string udp;                      // the same
  std::vector<std::string> allow_from;  // networks that may send; none: loopback alone
  std::string service;                  // service.name where a message names none
  std::string environment;              // deployment.environment.name of all
  std::string time_zone = "UTC";        // of times that name none
};

}  // namespace tripod::serve
