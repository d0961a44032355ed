#include "pipeline/line_joiner.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <utility>

#include "base/hash.h"
#include "pipeline/identities.h"

namespace tripod::pipeline {

using model::Attribute;
using model::LogRecord;
using model::Value;

namespace {

constexpr int64_t kTimeSlot = 64 * base::kNanosPerMilli;
// For the numbers of all the batches that one batch's records are joined with.
constexpr std::chrono::seconds kPatience{2};

// What a collector says of a line that it read from a file or a container's output.
bool was_read_by_collector(std::span<const Attribute> attributes) {
  return std::ranges::any_of(attributes, [](const Attribute& a) {
    return a.key == "log.file.name" || a.key == "log.file.path" || a.key == "log.iostream";
  });
}

Origin origin_of(const LogRecord& record, std::span<const Attribute> resource, std::string_view protocol) {
  if (record.source == model::SpanSource::kSentry) return Origin::kSentry;
  const bool is_sdk = protocol == "otlp" && !was_read_by_collector(record.attributes) && !was_read_by_collector(resource);
  return is_sdk ? Origin::kSdk : Origin::kText;
}

// Of several origins the one that says most of the line itself.
Origin main_origin(uint8_t origins) { return static_cast<Origin>(static_cast<uint8_t>(origins & -origins)); }

// Sentry's SDK does not say it; the decoder put the project's there.
std::string_view service_of(std::string_view named, uint8_t origins) {
  return main_origin(origins) == Origin::kSentry ? std::string_view() : named;
}

uint64_t time_key(uint64_t body, int64_t slot) { return base::hash64({}, body ^ static_cast<uint64_t>(slot)); }

// Under which a record is found; 0: no such key.
std::array<uint64_t, 3> keys_of(const LineCopy& copy) {
  const uint64_t body = base::hash64(copy.record.body.text());
  std::array<uint64_t, 3> out{};
  if (const std::string_view id = joining_id(copy.record); !id.empty()) out[0] = base::hash64(id, body);
  if (const auto& trace = copy.record.trace_id; !trace.empty()) {
    out[1] = base::hash64({reinterpret_cast<const char*>(trace.bytes.data()), trace.bytes.size()}, body + 1);
  }
  if (copy.has_program_time()) out[2] = time_key(body, copy.record.time / kTimeSlot);
  return out;
}

// Those of the times that is_same_line() finds near enough without an id.
std::array<int64_t, 2> slots_around(base::UnixNanos time) {
  constexpr int64_t kNear = 10 * base::kNanosPerMilli;
  const int64_t before = (time - kNear) / kTimeSlot, behind = (time + kNear) / kTimeSlot;
  const int64_t own = time / kTimeSlot;
  return {own, before != own ? before : behind != own ? behind : INT64_MIN};
}

}  // namespace

std::optional<uint64_t> BatchPlace::first_sequence(std::chrono::steady_clock::time_point until) const {
  std::unique_lock lock(mu_);
  told_.wait_until(lock, until, [&] { return first_.has_value(); });
  return first_ && *first_ != 0 ? first_ : std::nullopt;
}

void BatchPlace::settle(uint64_t first) {
  std::lock_guard lock(mu_);
  if (!first_) first_ = first;
  told_.notify_all();
}

struct LineJoiner::Entry {
  std::unique_ptr<HeldRecord> held;
  uint8_t origins = 0;
  std::vector<std::string> protocols;
  std::shared_ptr<BatchPlace> place;
  uint32_t index = 0;  // of the record in its batch
  base::UnixNanos arrived = 0;
  std::array<uint64_t, kKeys> keys{};
  base::MemoryCharge charge;
  uint64_t number = 0;  // rising: the order of arrival
  std::optional<std::list<EntryPtr>::iterator> in_order;  // while it can be found

  size_t resource_bytes = 0;  // of a resource that this entry was the first to hold

  // With what the tables take.
  size_t bytes() const { return held->bytes() + resource_bytes + 512; }

  LineCopy copy() const {
    return {held->record(), main_origin(origins), service_of(held->resource().service, origins), held->resource().attributes};
  }
};

struct LineJoiner::Match {
  uint32_t index;     // in the batch
  EntryPtr before;
  EntryPtr now;       // what the joined record is held as; null: it is not
  LogRecord alone;    // the record as it came
  uint8_t origin;
  bool took_in = false;  // another record of its batch, which is nowhere else then
};

// One batch.
class LineJoiner::Run {
 public:
  Run(LineJoiner& joiner, model::Batch& batch, std::string_view protocol, base::UnixNanos now)
      : joiner_(joiner), batch_(batch), protocol_(protocol), now_(now), place_(std::make_shared<BatchPlace>()) {}

  Joined run() {
    {
      std::lock_guard lock(joiner_.mu_);
      joiner_.forget_old(now_);
      for (uint32_t i = 0; i < batch_.logs.size(); ++i) add(i);
    }
    Joined out;
    const auto until = std::chrono::steady_clock::now() + kPatience;
    for (Match& match : matches_) settle(match, until, out);
    std::ranges::sort(out.supersedes);
    remove_repeated();
    if (!held_.empty()) out.place = place_;
    out.held = std::move(held_);
    out.taken_out = repeated_.size();
    out.count += repeated_.size();
    return out;
  }

 private:
  // Requires the joiner's mu_.
  void add(uint32_t i) {
    LogRecord& record = batch_.logs[i];
    const auto resource = resource_of(record);
    const Origin origin = origin_of(record, resource, protocol_);
    const auto origins = static_cast<uint8_t>(origin);
    for (uint64_t& unseen : joiner_.unseen_) ++unseen;
    joiner_.unseen_[static_cast<size_t>(std::countr_zero(origins))] = 0;
    if (!record.body.is_string() || record.body.text().empty() || !joiner_.is_waited_for(origins)) return;
    const LineCopy copy{record, origin, service_of(model::find_text(resource, "service.name"), origins), resource};
    const EntryPtr before = joiner_.find(copy, origins);
    if (before == nullptr) {
      hold(i, origins, {std::string(protocol_)});
      return;
    }
    if (before->place == place_) return join_within(i, before, origins);
    Match match{.index = i, .before = before, .now = {}, .alone = record, .origin = origins};
    std::vector<std::string> protocols = joined_protocols(*before);
    merge(record, origins, *before, protocols);
    joiner_.drop(before);
    const auto all = static_cast<uint8_t>(before->origins | origins);
    if (joiner_.is_waited_for(all)) match.now = hold(i, all, std::move(protocols));
    matches_.push_back(std::move(match));
  }

  // Both copies are of this batch: the later becomes the earlier one, where that has not been joined already.
  void join_within(uint32_t i, const EntryPtr& before, uint8_t origins) {
    LogRecord& record = batch_.logs[i];
    std::vector<std::string> protocols = joined_protocols(*before);
    merge(record, origins, *before, protocols);
    const auto all = static_cast<uint8_t>(before->origins | origins);
    joiner_.drop(before);
    batch_.logs[before->index] = record;
    repeated_.push_back(i);
    const auto match = std::ranges::lower_bound(matches_, before->index, {}, &Match::index);
    if (match != matches_.end() && match->index == before->index) match->took_in = true;
    if (joiner_.is_waited_for(all)) hold(before->index, all, std::move(protocols));
  }

  std::vector<std::string> joined_protocols(const Entry& before) const {
    std::vector<std::string> out = before.protocols;
    out.emplace_back(protocol_);
    return out;
  }

  // Requires the joiner's mu_. Null where the record is not held.
  EntryPtr hold(uint32_t i, uint8_t origins, std::vector<std::string> protocols) {
    const LogRecord& record = batch_.logs[i];
    auto entry = std::make_shared<Entry>();
    const std::string_view scope = record.scope < batch_.scopes.size() ? batch_.scopes[record.scope].name : std::string_view();
    entry->origins = origins;
    entry->keys = keys_of({record, main_origin(origins), {}, {}});
    if (std::ranges::all_of(entry->keys, [](uint64_t key) { return key == 0; })) return nullptr;
    const bool is_first = !held_resources_.contains(record.resource);
    const auto resource = held_resource(record.resource);
    entry->held = std::make_unique<HeldRecord>(record, resource, scope);
    if (is_first) entry->resource_bytes = resource->bytes;
    entry->protocols = std::move(protocols);
    entry->place = place_;
    entry->index = i;
    entry->arrived = now_;
    if (joiner_.budget_ != nullptr) {
      entry->charge = joiner_.budget_->try_charge(entry->bytes());
      if (!entry->charge) return nullptr;
    }
    held_.push_back(entry);
    joiner_.hold(entry);
    return entry;
  }

  std::span<const Attribute> resource_of(const LogRecord& record) const {
    if (record.resource >= batch_.resources.size()) return {};
    return batch_.resources[record.resource].attributes;
  }

  std::shared_ptr<const HeldResource> held_resource(uint32_t number) {
    auto& held = held_resources_[number];
    if (held != nullptr) return held;
    std::span<const Attribute> attributes;
    if (number < batch_.resources.size()) attributes = batch_.resources[number].attributes;
    held = std::make_shared<const HeldResource>(attributes);
    return held;
  }

  Value copied(const Value& value) {
    switch (value.type()) {
      case model::ValueType::kString: return Value::string(batch_.arena.copy(value.text()));
      case model::ValueType::kJson: return Value::json(batch_.arena.copy(value.text()));
      case model::ValueType::kBytes: return Value::bytes(batch_.arena.copy(value.text()));
      default: return value;
    }
  }

  // The held resource as one of this batch.
  uint32_t own_resource(const std::shared_ptr<const HeldResource>& held) {
    const auto known = own_resources_.find(held.get());
    if (known != own_resources_.end()) return known->second;
    std::vector<Attribute> attributes;
    for (const Attribute& a : held->attributes) attributes.push_back({batch_.arena.copy(a.key), copied(a.value)});
    batch_.resources.push_back({batch_.arena.copy_array(std::span<const Attribute>(attributes))});
    const auto number = static_cast<uint32_t>(batch_.resources.size() - 1);
    own_resources_.emplace(held.get(), number);
    return number;
  }

  LogRecord copied(const HeldRecord& held) {
    LogRecord out = held.record();
    out.severity_text = batch_.arena.copy(out.severity_text);
    out.body = copied(out.body);
    out.original = batch_.arena.copy(out.original);
    out.original_template = batch_.arena.copy(out.original_template);
    out.attributes = batch_.arena.copy_array(std::span<const Attribute>(held.record().attributes));
    for (Attribute& a : out.attributes) a = {batch_.arena.copy(a.key), copied(a.value)};
    out.resource = own_resource(held.shared_resource());
    out.scope = UINT32_MAX;
    return out;
  }

  // Makes `record`, which came as `origin`, one with what came before. The copy that is the line itself is the base: its place in its
  // stream, its time and its text; of the other comes what that one does not say.
  void merge(LogRecord& record, uint8_t origin, const Entry& before, std::span<const std::string> protocols) {
    const LogRecord earlier = copied(*before.held);
    const std::string_view earlier_scope = batch_.arena.copy(before.held->scope());
    const std::string_view later_scope = record.scope < batch_.scopes.size() ? batch_.scopes[record.scope].name : std::string_view();
    const bool later_is_base = origin < static_cast<uint8_t>(main_origin(before.origins));
    LogRecord base = later_is_base ? record : earlier;
    const LogRecord& other = later_is_base ? earlier : record;
    const bool base_time = base.time_is_of_line || main_origin(static_cast<uint8_t>(before.origins | origin)) != Origin::kText;
    if (!base_time) {
      base.time = other.time;
      base.time_is_of_line = true;
    }
    if (base.observed_time == 0) base.observed_time = other.observed_time;
    if (base.severity_number == 0) {
      base.severity_number = other.severity_number;
      base.severity_text = other.severity_text;
    }
    fields_.assign(base.attributes.begin(), base.attributes.end());
    merge_traces(base, other);
    const auto stream = resource_of(base);
    const auto add = [&](const Attribute& a) {
      const bool known = model::find_attribute(fields_, a.key) != nullptr || model::find_attribute(stream, a.key) != nullptr;
      if (!known && a.key != kOriginsAttribute) fields_.push_back(a);
    };
    for (const Attribute& a : other.attributes) add(a);
    for (const Attribute& a : resource_of(other)) add(a);
    // A later base keeps its own scope.
    const std::string_view base_scope = later_is_base ? later_scope : earlier_scope;
    const std::string_view scope = !base_scope.empty() ? base_scope : later_is_base ? earlier_scope : later_scope;
    if (!scope.empty() && (!later_is_base || base_scope.empty())) add({"otel.scope.name", Value::string(scope)});
    std::erase_if(fields_, [](const Attribute& a) { return a.key == kOriginsAttribute; });
    fields_.push_back({kOriginsAttribute, Value::string(origins_text(protocols))});
    base.attributes = batch_.arena.copy_array(std::span<const Attribute>(fields_));
    record = base;
  }

  // OpenTelemetry's trace is the record's, Sentry's is beside it.
  void merge_traces(LogRecord& base, const LogRecord& other) {
    const bool swap = base.source == model::SpanSource::kSentry && !other.trace_id.empty() && other.source == model::SpanSource::kOtel;
    const LogRecord& sentrys = base.source == model::SpanSource::kSentry ? base : other;
    if (base.source != other.source && !sentrys.trace_id.empty() && (swap || !base.trace_id.empty())) {
      fields_.push_back({kSentryTraceIdAttribute, Value::string(hex_text(sentrys.trace_id, batch_.arena))});
    }
    // A line may print its trace and not its span.
    if (base.source == other.source && base.trace_id == other.trace_id && base.span_id.empty()) base.span_id = other.span_id;
    if (!swap && !base.trace_id.empty()) return;
    if (swap || !other.trace_id.empty()) {
      base.trace_id = other.trace_id;
      base.span_id = other.span_id;
      base.source = other.source;
    }
  }

  std::string_view origins_text(std::span<const std::string> protocols) {
    std::string text;
    for (const std::string& protocol : protocols) text.append(text.empty() ? "" : ", ").append(protocol);
    return batch_.arena.copy(text);
  }

  // The record that was there before is known by its number now, or was never stored.
  void settle(Match& match, std::chrono::steady_clock::time_point until, Joined& out) {
    const auto first = match.before->place->first_sequence(until);
    if (first) {
      out.supersedes.push_back(*first + match.before->index);
      out.replaced.push_back(match.before);
      ++out.count;
      return;
    }
    if (match.took_in) return;  // what the earlier one said stays in it
    batch_.logs[match.index] = match.alone;
    if (match.now == nullptr) return;
    std::lock_guard lock(joiner_.mu_);
    match.now->origins = match.origin;
    match.now->protocols = {std::string(protocol_)};
  }

  // Behind a record that goes all others move up, and what is held of them with them; nobody asks for it before the batch
  // has its numbers.
  void remove_repeated() {
    if (repeated_.empty()) return;
    for (const EntryPtr& entry : held_) {
      const auto before = std::ranges::lower_bound(repeated_, entry->index) - repeated_.begin();
      entry->index -= static_cast<uint32_t>(before);
    }
    uint32_t at = 0;
    std::erase_if(batch_.logs, [&](const LogRecord&) { return std::ranges::binary_search(repeated_, at++); });
  }

  LineJoiner& joiner_;
  model::Batch& batch_;
  const std::string_view protocol_;
  const base::UnixNanos now_;
  const std::shared_ptr<BatchPlace> place_;
  std::vector<EntryPtr> held_;
  std::vector<Match> matches_;  // in the order of the batch
  std::vector<uint32_t> repeated_;  // rising: records that are in another of the batch
  std::vector<Attribute> fields_;
  std::unordered_map<uint32_t, std::shared_ptr<const HeldResource>> held_resources_;
  std::unordered_map<const HeldResource*, uint32_t> own_resources_;
};

LineJoiner::Joined LineJoiner::join(model::Batch& batch, std::string_view protocol, base::UnixNanos now) {
  if (batch.logs.empty()) return {};
  return Run(*this, batch, protocol, now).run();
}

void LineJoiner::undo(const Joined& joined) {
  std::lock_guard lock(mu_);
  for (const EntryPtr& entry : joined.held) drop(entry);
  for (const EntryPtr& before : joined.replaced) {
    if (!before->in_order) hold(before);
  }
}

size_t LineJoiner::held_bytes() const {
  std::lock_guard lock(mu_);
  return bytes_;
}

bool LineJoiner::is_waited_for(uint8_t origins) const {
  for (size_t i = 0; i < kOrigins; ++i) {
    if ((origins >> i & 1) == 0 && unseen_[i] < limits_.patience) return true;
  }
  return false;
}

// The nearest in time of those that are the same line and did not come this way; of equally near ones the first.
LineJoiner::EntryPtr LineJoiner::find(const LineCopy& copy, uint8_t origin) const {
  EntryPtr best;
  const auto look = [&](uint64_t key) {
    const auto [first, last] = by_key_.equal_range(key);
    for (auto at = first; at != last; ++at) {
      const EntryPtr& entry = at->second;
      if ((entry->origins & origin) != 0 || !is_same_line(copy, entry->copy())) continue;
      const bool nearer = best == nullptr || distance(copy, entry->copy()) < distance(copy, best->copy()) ||
                          (distance(copy, entry->copy()) == distance(copy, best->copy()) && entry->number < best->number);
      if (nearer) best = entry;
    }
  };
  const auto keys = keys_of(copy);
  for (size_t i = 0; i < 2; ++i) {
    if (keys[i] != 0) look(keys[i]);
  }
  if (keys[2] == 0 || best != nullptr) return best;
  const uint64_t body = base::hash64(copy.record.body.text());
  for (const int64_t slot : slots_around(copy.record.time)) look(time_key(body, slot));
  return best;
}

void LineJoiner::hold(const EntryPtr& entry) {
  entry->number = ++last_number_;
  for (const uint64_t key : entry->keys) {
    if (key != 0 && by_key_.count(key) < kMostAlike) by_key_.emplace(key, entry);
  }
  bytes_ += entry->bytes();
  entry->in_order = in_order_.insert(in_order_.end(), entry);
  while (bytes_ > limits_.bytes && !in_order_.empty()) drop(in_order_.front());
}

void LineJoiner::drop(EntryPtr entry) {
  if (!entry->in_order) return;
  in_order_.erase(*std::exchange(entry->in_order, std::nullopt));
  bytes_ -= entry->bytes();
  for (const uint64_t key : entry->keys) {
    const auto [first, last] = by_key_.equal_range(key);
    const auto found = std::find_if(first, last, [&](const auto& pair) { return pair.second == entry; });
    if (found != last) by_key_.erase(found);
  }
}

void LineJoiner::forget_old(base::UnixNanos now) {
  while (!in_order_.empty() && in_order_.front()->arrived < now - limits_.age) drop(in_order_.front());
}

}  // namespace tripod::pipeline
