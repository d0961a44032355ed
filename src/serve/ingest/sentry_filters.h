// What of an envelope a site does not want: inbound filters. https://docs.sentry.io/concepts/data-management/filtering/
#pragma once

#include <string>
#include <vector>

#include "model/batch.h"

namespace tripod::serve {

// Globs (`*`, `?`, `[a-z]`) are compared with the whole text, letters as they are.
struct SentryFilters {
  std::vector<std::string> releases;   // of error events and spans
  std::vector<std::string> messages;   // of error events: "ValueError: bad amount", or the message
  bool health_checks = false;          // transactions named like /healthz, with all their spans
  bool localhost = false;              // error events of a site at localhost
  bool browser_extensions = false;     // JavaScript errors out of a browser's extensions
  bool legacy_browsers = false;        // error events of Internet Explorer, Opera Mini and Opera before 15
  bool any() const { return !releases.empty() || !messages.empty() || health_checks || localhost || browser_extensions || legacy_browsers; }
};

// Takes them out of the batch, each counted as a rejection "filtered_release", "filtered_message", "filtered_health_check",
// "filtered_localhost", "filtered_browser_extension" or "filtered_legacy_browser".
void filter_batch(const SentryFilters& filters, model::Batch& batch);

}  // namespace tripod::serve
