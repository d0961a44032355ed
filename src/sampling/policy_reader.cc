#include "sampling/policy_reader.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "base/hash.h"
#include "sampling/policy_yaml.h"

namespace tripod::sampling {

using base::Code;
using base::Result;

namespace {

constexpr size_t kMostBytes = 1u << 20;
constexpr size_t kMostPolicies = 1000;  // with those inside others
constexpr int kMostDepth = 8;
constexpr double kNoBound = std::numeric_limits<double>::infinity();

bool is_given(const YAML::Node& node) { return node.IsDefined() && !node.IsNull(); }

Policy named(std::string name, PolicyKind kind) {
  Policy out;
  out.id = base::hash64(name) | 1;
  out.name = std::move(name);
  out.kind = kind;
  return out;
}

Policy probabilistic(std::string name, double share) {
  Policy out = named(std::move(name), PolicyKind::kProbabilistic);
  out.share = share;
  out.threshold = threshold_of(share);
  return out;
}

Policy inside(std::string name, PolicyKind kind, std::vector<Policy> children) {
  Policy out = named(std::move(name), kind);
  out.children = std::move(children);
  return out;
}

// Reads one document. Throws PolicyFault and YAML::Exception.
class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  ReadPolicies read(const YAML::Node& document);
  std::string place(const YAML::Mark& mark) const {
    return mark.is_null() ? file_ + ": " : fmt::format("{}:{}:{}: ", file_, mark.line + 1, mark.column + 1);
  }

 private:
  YAML::Node processor_of(const YAML::Node& document);
  void read_processor(const YAML::Node& node);
  void read_short(const YAML::Node& node);
  void note_settings(PolicyMap& map);
  Policy read_rule(const YAML::Node& node, std::vector<Policy>& earlier);
  Policy read_policy(const YAML::Node& node, const std::string& above, int depth);
  void read_kind(const std::string& type, PolicyMap map, Policy& out, int depth);
  void read_attribute(const std::string& type, PolicyMap& map, Policy& out);
  void read_ottl(PolicyMap& map, Policy& out);
  void read_rate(const std::string& type, PolicyMap& map, Policy& out);
  void read_status(PolicyMap& map, Policy& out);
  void read_children(PolicyMap& map, const char* key, Policy& out, int depth);
  void read_composite(PolicyMap& map, Policy& out, int depth);
  void allocate(PolicyMap& map, Policy& out);

  const std::string file_;
  ReadPolicies out_;
  size_t policies_ = 0;
};

void Reader::read_attribute(const std::string& type, PolicyMap& map, Policy& out) {
  out.kind = PolicyKind::kCondition;
  const std::string key = map.text("key");
  if (key.empty()) map.wrong("key", "is missing");
  if (type == "trace_state") {
    out.condition = trace_state_condition(key, map.texts("values"));
    return;
  }
  out.inverted = map.boolean("invert_match", false);
  if (type == "boolean_attribute") {
    out.condition = boolean_condition(key, map.boolean("value", false));
  } else if (type == "numeric_attribute") {
    constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
    const int64_t least = map.whole("min_value", 0, kLeast), most = map.whole("max_value", 0, kLeast);
    // 0 is "not given" to the Collector.
    if (least == 0 && most == 0) map.wrong("min_value", "min_value or max_value other than 0 is needed");
    out.condition = numeric_condition(key, least == 0 ? -kNoBound : static_cast<double>(least), most == 0 ? kNoBound : static_cast<double>(most));
  } else {
    const auto values = map.texts("values");
    const bool is_regex = map.boolean("enabled_regex_matching", false);
    map.whole("cache_max_size", 0);  // expressions are matched in linear time, without a cache
    auto condition = string_condition(key, values, is_regex);
    if (!condition) map.wrong("values", condition.error().message);
    out.condition = std::move(*condition);
  }
}

void Reader::read_ottl(PolicyMap& map, Policy& out) {
  out.kind = PolicyKind::kCondition;
  const std::string mode = map.text("error_mode");
  if (!mode.empty() && mode != "ignore" && mode != "silent" && mode != "propagate") map.wrong("error_mode", "ignore, silent or propagate is expected");
  const auto spans = map.texts("span"), events = map.texts("spanevent");
  if (spans.empty() && events.empty()) map.wrong("span", "at least one condition of span or spanevent is needed");
  auto condition = ottl_condition(spans, events);
  if (!condition) map.wrong(spans.empty() ? "spanevent" : "span", condition.error().message, condition.error().code);
  out.condition = std::move(*condition);
}

void Reader::read_rate(const std::string& type, PolicyMap& map, Policy& out) {
  out.kind = PolicyKind::kRate;
  out.counts_bytes = type == "bytes_limiting";
  const char* key = out.counts_bytes ? "bytes_per_second" : "spans_per_second";
  const int64_t per_second = map.whole(key, 0);
  if (per_second == 0) map.wrong(key, "must be above 0");
  out.per_second = static_cast<double>(per_second);
  const int64_t burst = map.whole("burst_capacity", 0);
  out.burst = burst == 0 ? 2 * out.per_second : static_cast<double>(burst);
}

void Reader::read_status(PolicyMap& map, Policy& out) {
  out.kind = PolicyKind::kStatus;
  const auto codes = map.texts("status_codes");
  if (codes.empty()) map.wrong("status_codes", "at least one of OK, ERROR, UNSET is needed");
  for (const std::string& code : codes) {
    if (code == "OK") out.ok = true;
    else if (code == "ERROR") out.error = true;
    else if (code == "UNSET") out.unset = true;
    else map.wrong("status_codes", fmt::format("unknown status code \"{}\": OK, ERROR or UNSET is expected", code));
  }
}

void Reader::read_children(PolicyMap& map, const char* key, Policy& out, int depth) {
  const auto nodes = map.list(key);
  if (nodes.empty()) map.wrong(key, "at least one policy is needed");
  for (const YAML::Node& node : nodes) out.children.push_back(read_policy(node, out.name, depth + 1));
}

// Asked in policy_order; those that it does not name come after.
void Reader::read_composite(PolicyMap& map, Policy& out, int depth) {
  out.kind = PolicyKind::kComposite;
  out.per_second = static_cast<double>(map.whole("max_total_spans_per_second", 0));
  if (out.per_second == 0) map.wrong("max_total_spans_per_second", "must be above 0");
  read_children(map, "composite_sub_policy", out, depth);
  size_t place = 0;
  for (const std::string& name : map.texts("policy_order")) {
    const auto found = std::find_if(out.children.begin() + static_cast<std::ptrdiff_t>(place), out.children.end(), [&](const Policy& one) { return one.name == name; });
    if (found == out.children.end()) map.wrong("policy_order", fmt::format("no policy \"{}\" in composite_sub_policy, or named twice", name));
    std::rotate(out.children.begin() + static_cast<std::ptrdiff_t>(place), found, found + 1);
    ++place;
  }
  allocate(map, out);
}

// What rate_allocation leaves is shared by those that it does not name.
void Reader::allocate(PolicyMap& map, Policy& out) {
  out.allocated.assign(out.children.size(), -1);
  double left = 100;
  for (const YAML::Node& node : map.list("rate_allocation")) {
    PolicyMap one(node, map.where() + ": rate_allocation", map.mark());
    const std::string name = one.text("policy");
    const auto found = std::ranges::find(out.children, name, &Policy::name);
    if (found == out.children.end()) one.wrong("policy", fmt::format("no policy \"{}\" in composite_sub_policy", name));
    const double percent = static_cast<double>(one.whole("percent", 0, 0, 100));
    left -= percent;
    // 0 is "an equal part" to the Collector.
    out.allocated[static_cast<size_t>(found - out.children.begin())] = percent == 0 ? out.per_second / static_cast<double>(out.children.size()) : percent / 100 * out.per_second;
    one.finish();
  }
  if (left < 0) map.wrong("rate_allocation", "the percentages are more than 100 together");
  const auto others = static_cast<double>(std::ranges::count(out.allocated, -1.0));
  for (double& rate : out.allocated) {
    if (rate < 0) rate = left / 100 * out.per_second / others;
  }
}

void Reader::read_kind(const std::string& type, PolicyMap map, Policy& out, int depth) {
  constexpr int64_t kMostMs = std::numeric_limits<int64_t>::max() / base::kNanosPerMilli;
  if (type == "always_sample") {
    out.kind = PolicyKind::kAlways;
  } else if (type == "latency" || type == "root_latency") {
    out.kind = type == "latency" ? PolicyKind::kLatency : PolicyKind::kRootLatency;
    out.least = map.whole("threshold_ms", 0, 0, kMostMs) * base::kNanosPerMilli;
    out.most = map.whole("upper_threshold_ms", 0, 0, kMostMs) * base::kNanosPerMilli;
  } else if (type == "status_code") {
    read_status(map, out);
  } else if (type == "trace_flags") {
    out.kind = PolicyKind::kTraceFlags;
  } else if (type == "span_count") {
    out.kind = PolicyKind::kSpanCount;
    out.least = map.whole("min_spans", 0);
    out.most = map.whole("max_spans", 0);
  } else if (type == "trace_state" || type == "boolean_attribute" || type == "numeric_attribute" || type == "string_attribute") {
    read_attribute(type, map, out);
  } else if (type == "ottl_condition") {
    read_ottl(map, out);
  } else if (type == "probabilistic") {
    out.kind = PolicyKind::kProbabilistic;
    const double percentage = map.real("sampling_percentage", 0);
    if (percentage < 0) map.wrong("sampling_percentage", "must not be negative");
    out.share = std::min(1.0, percentage / 100);
    out.threshold = threshold_of(out.share);
    out.salt = map.text("hash_salt");
  } else if (type == "rate_limiting" || type == "bytes_limiting") {
    read_rate(type, map, out);
  } else if (type == "and" || type == "drop") {
    out.kind = type == "and" ? PolicyKind::kAnd : PolicyKind::kDrop;
    read_children(map, type == "and" ? "and_sub_policy" : "drop_sub_policy", out, depth);
  } else if (type == "not") {
    out.kind = PolicyKind::kNot;
    if (!map.has("not_sub_policy")) map.wrong("not_sub_policy", "is missing");
    out.children.push_back(read_policy(map.node("not_sub_policy"), out.name, depth + 1));
  } else if (type == "composite") {
    read_composite(map, out, depth);
  }
  map.finish();
}

Policy Reader::read_policy(const YAML::Node& node, const std::string& above, int depth) {
  static constexpr std::array<std::string_view, 18> kTypes = {"always_sample", "latency", "root_latency", "status_code", "trace_flags", "span_count", "trace_state", "boolean_attribute", "numeric_attribute",
                                                              "string_attribute", "ottl_condition", "probabilistic", "rate_limiting", "bytes_limiting", "and", "not", "drop", "composite"};
  if (++policies_ > kMostPolicies) throw PolicyFault{Code::kTooLarge, fmt::format("more than {} policies", kMostPolicies), node.Mark()};
  if (!node.IsMap()) throw PolicyFault{Code::kInvalidArgument, "policies: a mapping with name and type is expected", node.Mark()};
  const YAML::Node name = node["name"];
  const std::string written = name.IsDefined() && name.IsScalar() ? name.Scalar() : "";
  PolicyMap map(node, above.empty() ? fmt::format("policy \"{}\"", written) : fmt::format("policy \"{}\" of \"{}\"", written, above), node.Mark());
  if (map.text("name").empty()) map.wrong("name", "is missing");
  const std::string type = map.text("type");
  if (std::ranges::find(kTypes, type) == kTypes.end()) {
    map.wrong("type", type.empty() ? "is missing" : fmt::format("unsupported: {}; supported: {}", type, fmt::join(kTypes, ", ")), type.empty() ? Code::kInvalidArgument : Code::kUnsupported);
  }
  if (depth > kMostDepth) map.wrong("type", "policies in policies, too deep");
  if (depth > 0 && (type == "drop" || type == "composite")) map.wrong("type", fmt::format("{} may not stand inside another policy", type));
  Policy out = named(written, PolicyKind::kAlways);
  out.id = base::hash64(above + "/" + written) | 1;
  out.line = node.Mark().line + 1;
  read_kind(type, PolicyMap(map.node(type.c_str()), map.where(), node.Mark()), out, depth);
  map.finish();
  return out;
}

// Of the Collector's own settings those without meaning here are named.
void Reader::note_settings(PolicyMap& map) {
  static constexpr std::array<std::pair<const char*, std::string_view>, 7> kWithoutEffect = {
      {{"decision_wait", "a trace is decided when its root has ended and an SDK had time to send the rest"},
       {"num_traces", "undecided traces are bounded by memory"},
       {"expected_new_traces_per_sec", "nothing is allocated in advance"},
       {"decision_cache", "decisions are always remembered"},
       {"block_on_overflow", "what cannot be taken is refused, and the sender tries again"},
       {"drop_pending_traces_on_shutdown", "undecided traces are decided after the next start"},
       {"decision_wait_after_root_received", "a trace is decided when its root has ended and an SDK had time to send the rest"}}};
  for (const auto& [key, why] : kWithoutEffect) {
    if (map.has(key)) out_.notes.push_back(place(map.node(key).Mark()) + fmt::format("{} has no effect: {}", key, why));
  }
  out_.first_match_ends = map.boolean("sample_on_first_match", false);
}

void Reader::read_processor(const YAML::Node& node) {
  PolicyMap map(node, "tail_sampling", node.Mark());
  note_settings(map);
  std::set<std::string> names;
  for (const YAML::Node& one : map.list("policies")) {
    out_.policies.push_back(read_policy(one, "", 0));
    if (!names.insert(out_.policies.back().name).second) {
      throw PolicyFault{Code::kInvalidArgument, fmt::format("policy \"{}\": the name is there twice", out_.policies.back().name), one.Mark()};
    }
  }
  if (out_.policies.empty()) map.wrong("policies", "at least one policy is needed");
  map.finish();
}

// A rule of the short form; `earlier` are the conditions of those before, which go first.
Policy Reader::read_rule(const YAML::Node& node, std::vector<Policy>& earlier) {
  PolicyMap map(node, "rules", node.Mark());
  const std::string service = map.text("service"), route = map.text("route");
  if (service.empty() && route.empty()) map.wrong("service", "service or route is needed");
  const std::string name = map.has("name") ? map.text("name") : service + (service.empty() || route.empty() ? "" : " ") + route;
  const bool drops = map.boolean("drop", false);
  if (drops == map.has("keep")) map.wrong("keep", "either keep or drop: true is needed");
  const double share = map.share("keep", 0);
  map.finish();
  Policy condition = named(name + " (spans)", PolicyKind::kCondition);
  condition.condition = route_condition(service, route);
  std::vector<Policy> parts = {condition};
  // What it drops it drops, whichever rule comes before.
  if (!drops) {
    for (const Policy& other : earlier) parts.push_back(inside("not " + other.name, PolicyKind::kNot, {other}));
    parts.push_back(probabilistic(name + " (share)", share));
  }
  earlier.push_back(condition);
  Policy out = inside(name, drops ? PolicyKind::kDrop : PolicyKind::kAnd, std::move(parts));
  out.line = node.Mark().line + 1;
  return out;
}

void Reader::read_short(const YAML::Node& node) {
  PolicyMap map(node, "sampling", node.Mark());
  PolicyMap keep(map.node("keep"), "keep", node.Mark());
  const bool errors = keep.boolean("errors", true);
  const bool has_slow = keep.text("slower_than") != "never";
  const int64_t slow = has_slow ? keep.duration_ns("slower_than", base::kNanosPerSecond) : 0;
  const double rest = keep.share("rest", 0.05);
  keep.finish();
  for (Policy& policy : kept_by_default(slow, rest)) {
    if (policy.name == "errors" && !errors) continue;
    if (policy.name == "slow" && !has_slow) continue;
    out_.policies.push_back(std::move(policy));
  }
  Policy of_rest = std::move(out_.policies.back());
  out_.policies.pop_back();
  std::set<std::string> names = {"errors", "slow", "rest"};
  std::vector<Policy> earlier;
  for (const YAML::Node& rule : map.list("rules")) {
    if (++policies_ > kMostPolicies / 10) throw PolicyFault{Code::kTooLarge, fmt::format("more than {} rules", kMostPolicies / 10), rule.Mark()};
    out_.policies.push_back(read_rule(rule, earlier));
    if (!names.insert(out_.policies.back().name).second) {
      throw PolicyFault{Code::kInvalidArgument, fmt::format("rule \"{}\": the name is there twice", out_.policies.back().name), rule.Mark()};
    }
  }
  map.finish();
  if (!earlier.empty()) {
    std::vector<Policy> parts;
    for (const Policy& other : earlier) parts.push_back(inside("not " + other.name, PolicyKind::kNot, {other}));
    parts.push_back(std::move(of_rest));
    of_rest = inside("rest", PolicyKind::kAnd, std::move(parts));
  }
  out_.policies.push_back(std::move(of_rest));
}

// tail_sampling of a collector's configuration.
YAML::Node Reader::processor_of(const YAML::Node& document) {
  const YAML::Node processors = document["processors"];
  if (!processors.IsMap()) throw PolicyFault{Code::kInvalidArgument, "processors: a mapping is expected", processors.Mark()};
  std::optional<YAML::Node> found;
  for (const auto& pair : processors) {
    const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : "";
    if (key != "tail_sampling" && !key.starts_with("tail_sampling/")) continue;
    if (found) throw PolicyFault{Code::kInvalidArgument, "processors: more than one tail_sampling: give the one that is meant alone", pair.first.Mark()};
    found.emplace(pair.second);
  }
  if (!found) throw PolicyFault{Code::kInvalidArgument, "processors: there is no tail_sampling", processors.Mark()};
  return *found;
}

ReadPolicies Reader::read(const YAML::Node& document) {
  if (!document.IsMap()) throw PolicyFault{Code::kInvalidArgument, "a mapping with policies, processors, or keep and rules is expected", document.Mark()};
  if (is_given(document["processors"])) read_processor(processor_of(document));
  else if (is_given(document["tail_sampling"])) read_processor(document["tail_sampling"]);
  else if (is_given(document["keep"]) || is_given(document["rules"])) read_short(document);
  else read_processor(document);
  return std::move(out_);
}

}  // namespace

std::vector<Policy> kept_by_default(int64_t slow, double rest) {
  Policy errors = named("errors", PolicyKind::kStatus);
  errors.error = true;
  Policy slow_ones = named("slow", PolicyKind::kRootLatency);
  slow_ones.least = slow;
  return {std::move(errors), std::move(slow_ones), probabilistic("rest", rest)};
}

Result<ReadPolicies> read_policies(const std::string& yaml, const std::string& file) {
  if (yaml.size() > kMostBytes) return base::fail(Code::kTooLarge, fmt::format("{}: larger than {} bytes", file, kMostBytes));
  Reader reader(file);
  try {
    return reader.read(YAML::Load(yaml));
  } catch (const PolicyFault& fault) {
    return base::fail(fault.code, reader.place(fault.mark) + fault.message);
  } catch (const YAML::Exception& e) {
    return base::fail(Code::kInvalidArgument, reader.place(e.mark) + "yaml: " + e.msg);
  }
}

}  // namespace tripod::sampling
