// What a start finds of the run before: decisions among the kept spans, undecided traces in the window; and the links of errors.
#include <algorithm>
#include <charconv>

#include "sampling/sampler.h"

namespace tripod::sampling {

using base::Result;
using store::Dataset;
using store::EventRow;
using store::Predicate;

namespace {

constexpr std::string_view kTitle = "tripod sampling checkpoint 1\n";
// Error events whose traces may not have been kept yet.
constexpr int64_t kErrorsBack = 5 * base::kNanosPerMinute;
constexpr size_t kMostRemembered = 500'000;

// 0 where there is none, or none that can be read: everything in the window is looked at then.
uint64_t read_checkpoint(base::Fs& fs, const std::string& path) {
  if (!fs.exists(path)) return 0;
  auto file = fs.open_read(path);
  auto bytes = file ? (*file)->read(0, (*file)->size()) : base::fail(std::move(file.error()));
  if (!bytes || !bytes->starts_with(kTitle)) return 0;
  uint64_t out = 0;
  const std::string_view number = std::string_view(*bytes).substr(kTitle.size());
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), out);
  return error == std::errc() && end != number.data() + number.size() && *end == '\n' ? out : 0;
}

double adjusted_count_of(const EventRow& row) {
  const store::FieldValue* value = row.find(kAdjustedCountField);
  const auto* number = value == nullptr ? nullptr : std::get_if<double>(value);
  return number == nullptr ? 1 : *number;
}

}  // namespace

Result<std::unique_ptr<Sampler>> Sampler::open(const SamplerContext& context, std::shared_ptr<const Policies> policies, SamplerOptions options,
                                               TraceObserver observer) {
  std::unique_ptr<Sampler> sampler(new Sampler(context, std::move(policies), std::move(options), std::move(observer)));
  const uint64_t stored = context.events.durable_sequence(Dataset::kSpanWindow);
  const uint64_t checkpoint = read_checkpoint(context.fs, sampler->options_.checkpoint);
  // A folder that was restored may have a window that ends earlier.
  sampler->saved_sequence_ = checkpoint <= stored ? checkpoint : 0;
  sampler->recovered_up_to_ = stored;
  sampler->taken_sequence_ = stored;
  return sampler;
}

Result<> Sampler::recover() {
  for (auto step : {&Sampler::recover_kept, &Sampler::recover_undecided, &Sampler::recover_errors}) {
    if (auto ok = (this->*step)(); !ok) return ok;
  }
  recovered_ = true;
  return {};
}

Result<> Sampler::recover_kept() {
  store::ScanPlan plan{.dataset = Dataset::kSpans,
                       .range = {context_.clock.now() - options_.window, INT64_MAX},
                       .filter = Predicate::exists(std::string(kPolicyField)),
                       .project = {"trace_id", std::string(kPolicyField), std::string(kAdjustedCountField)}};
  size_t remembered = 0;
  return scan_all(context_.events, std::move(plan), [&](const EventRow& row) {
    if (++remembered <= kMostRemembered) table_.remember(model::TraceId::from_hex(row.text("trace_id")), {true, interned(row.text(kPolicyField)), adjusted_count_of(row)});
    return !stopping_;
  });
}

// Their rows stay on the disk. Where some of a trace is among the kept ones, the rest is wanted.
Result<> Sampler::recover_undecided() {
  // So many rows of one batch can be told apart.
  const uint64_t first = std::max<uint64_t>(saved_sequence_, recovered_up_to_ - std::min<uint64_t>(recovered_up_to_, UINT32_MAX)) + 1;
  if (first > recovered_up_to_) return {};
  const auto batch = held_.add(first, nullptr, context_.clock.now());
  const auto policies = this->policies();
  store::ScanPlan plan{.dataset = Dataset::kSpanWindow, .min_sequence = first - 1, .max_sequence = recovered_up_to_};
  uint64_t spans = 0;
  auto read = scan_all(context_.events, std::move(plan), [&](const EventRow& row) {
    base::Arena arena;
    const StoredSpan stored = span_of(row, arena);
    TracePart part{.id = stored.span.trace_id};
    policies->observe(stored.span, stored.resource, stored.scope, part.facts);
    if (stored.span.parent_span_id.empty()) part.root_end = std::max<base::UnixNanos>(1, stored.span.end_time);
    if (stored.span.kind == model::SpanKind::kClient) part.client_calls = 1;
    const RowRun run{batch, static_cast<uint32_t>(row.sequence - first), 1};
    if (auto late = table_.add(part, {run}, context_.clock.now()); late && late->decision.kept) {
      kept_.push_back({late->id, late->decision, std::move(late->runs), range_of(part.facts)});
      ++waiting_;
    }
    ++spans;
    return !stopping_.load();
  });
  if (read && spans > 0) context_.log.info("sampling_undecided_found", {{"spans", static_cast<int64_t>(spans)}});
  return read;
}

Result<> Sampler::recover_errors() {
  store::ScanPlan plan{.dataset = Dataset::kErrors,
                       .range = {context_.clock.now() - kErrorsBack, INT64_MAX},
                       // What was found in traces keeps examples of them, which is done when it is found.
                       .filter = Predicate::all_of({Predicate::exists("trace_id"), Predicate::negate(Predicate::exists("issue.type"))}),
                       .project = {"trace_id"}};
  return scan_all(context_.events, std::move(plan), [&](const EventRow& row) {
    error_event(model::TraceId::from_hex(row.text("trace_id")));
    return !stopping_.load();
  });
}

// Other trace and request ids of records that hold one of these.
Result<std::vector<std::string>> Sampler::linked(std::span<const std::string> fields, std::span<const std::string> ids) {
  std::vector<Predicate> any;
  for (const std::string& field : fields) {
    for (const std::string& id : ids) any.push_back(Predicate::equal(field, id));
  }
  std::vector<std::string> out;
  store::ScanPlan plan{.dataset = Dataset::kLinks,
                       .range = recent(),
                       .filter = Predicate::any_of(std::move(any)),
                       .project = {"request_id", "trace_id", "sentry_trace_id"}};
  auto ok = scan_all(context_.events, std::move(plan), [&](const EventRow& row) {
    for (const auto& [key, value] : row.fields) out.push_back(key == "request_id" ? "request " + row.text(key) : row.text(key));
    return true;
  });
  if (!ok) return base::fail(std::move(ok.error()));
  return out;
}

// An event of Sentry's names Sentry's trace; the other tracer's is known by a record that holds both ids, or by the request's id.
Result<> Sampler::follow_links() {
  const base::UnixNanos now = context_.clock.now();
  std::vector<std::string> ids;
  {
    std::lock_guard lock(waiting_mu_);
    std::erase_if(errors_, [&](const auto& error) {
      if (error.first > now || ids.size() >= kTracesPerScan) return false;
      ids.push_back(error.second);
      return true;
    });
  }
  static const std::vector<std::string> kTraces = {"trace_id", "sentry_trace_id"};
  static const std::vector<std::string> kRequests = {"request_id"};
  if (ids.empty()) return {};
  auto found = linked(kTraces, ids);
  if (!found) return base::fail(std::move(found.error()));
  std::vector<std::string> requests;
  for (const std::string& id : *found) {
    if (id.starts_with("request ") && requests.size() < kTracesPerScan) requests.push_back(id.substr(8));
  }
  if (!requests.empty()) {
    auto more = linked(kRequests, requests);
    if (!more) return base::fail(std::move(more.error()));
    std::ranges::move(*more, std::back_inserter(*found));
  }
  for (const std::string& id : *found) {
    const auto trace = model::TraceId::from_hex(id);
    if (trace.empty()) continue;
    if (auto asked = keep(trace, "error_event", recent()); !asked) return asked;
  }
  return {};
}

}  // namespace tripod::sampling
