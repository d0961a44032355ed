// The one place where secrets are taken out, before anything is stored. docs/scrubbing.md
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "model/batch.h"
#include "pipeline/scrub/json_scrub.h"
#include "pipeline/scrub/text_scan.h"
#include "pipeline/scrub/words.h"

namespace re2 {
class RE2;
}

namespace tripod::pipeline::scrub {

struct ScrubOptions {
  std::vector<std::string> extra_names;  // sensitive too, as parts of names
  std::vector<std::string> safe_names;   // never sensitive, as whole names
  bool ip_addresses = false;             // hide IPv4 and IPv6 addresses as well
  ScrubRules rules = {};                 // of the server and the project
};

// Thread-safe after construction. What it returns lives in the arena, or is the argument itself
// where nothing was found.
class Scrubber {
 public:
  static constexpr std::string_view kScrubbedField = "scrubbed";

  explicit Scrubber(ScrubOptions options = {});
  ~Scrubber();
  Scrubber(const Scrubber&) = delete;
  Scrubber& operator=(const Scrubber&) = delete;

  std::string_view scrub_text(std::string_view text, base::Arena& arena,
                              TextKind kind = TextKind::kFree) const;
  // In place: by the attributes' names and in their values.
  void scrub_attributes(std::span<model::Attribute> attributes, base::Arena& arena) const;
  // kInvalidArgument when it is not JSON or nested more than kMostJsonDepth deep.
  base::Result<std::string> scrub_json(std::string_view json, ScrubTally* tally = nullptr) const;
  bool is_sensitive_name(std::string_view name) const {
    return words_.match_name(name).has_value();
  }

  // Logs (body, original, attributes), spans (name, status message, attributes, events, links),
  // error events (typed members and payload), resources and the labels of exemplars, in place. Labels
  // of series stay: see scrub_series(). An event whose payload is not JSON is rejected ("unscrubbable") and taken out. A log record, span or event of which something was hidden gets the attribute
  // kScrubbedField: where and how often.
  void scrub_batch(model::Batch& batch) const;
  // Values of labels, in place: for metrics whose labels were attributes that an SDK took from the request at hand (Sentry,
  // OpenTelemetry). Those of Prometheus's formats are what a metric was given to be told apart by, and stay.
  void scrub_series(model::Batch& batch) const;

 private:
  class Pass;

  const Words words_;
  const bool ip_addresses_;
  const ScrubRules rules_;
  std::unique_ptr<re2::RE2> ip_address_;  // compiled only where ip_addresses is set
};

}  // namespace tripod::pipeline::scrub
