#include "pipeline/problems/call_spans.h"

#include <algorithm>
#include <cstring>

#include "base/hash.h"

namespace tripod::pipeline::problems {

using model::Attribute;
using model::SpanKind;

namespace {

constexpr size_t kLongestRoute = 200;
constexpr size_t kLongestPlace = 300;
constexpr size_t kMostPlaces = 8;      // of a part
constexpr size_t kLongestCall = 500;
constexpr uint64_t kMostDuration = (uint64_t{1} << 60) - 1;   // what a CallSpan has room for; a day is less

uint64_t number_of(const model::SpanId& id) {
  uint64_t number = 0;
  static_assert(sizeof(id.bytes) == sizeof(number));
  std::memcpy(&number, id.bytes.data(), sizeof(number));
  return number;
}

std::string cut(std::string_view text, size_t most) {
  if (text.size() > most) {
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
    text = text.substr(0, most);
  }
  return std::string(text);
}

// Attributes of a call or an entry that matter, found in one look at each.
struct Facts {
  std::string_view route, method, url;
  std::string_view function, file;
  int64_t line = 0;
};

Facts facts_of(const model::Span& span) {
  Facts facts;
  for (const Attribute& a : span.attributes) {
    const std::string_view key = a.key;
    if (key.starts_with("http.")) {
      if (key == "http.route") facts.route = a.value.text();
      else if (key == "http.request.method") facts.method = a.value.text();
    } else if (key == "url.full") {
      facts.url = a.value.text();
    } else if (key.starts_with("code.")) {
      if (key == "code.function.name" || key == "code.function") facts.function = a.value.text();
      else if (key == "code.file.path" || key == "code.filepath") facts.file = a.value.text();
      else if ((key == "code.line.number" || key == "code.lineno") && a.value.type() == model::ValueType::kInt64) facts.line = a.value.as_int64();
    }
  }
  return facts;
}

std::string place_text(const Facts& facts) {
  std::string out(facts.file);
  if (!facts.file.empty() && facts.line > 0) out += ':' + std::to_string(facts.line);
  if (!facts.function.empty()) out += (out.empty() ? "" : " in ") + std::string(facts.function);
  return cut(out, kLongestPlace);
}

bool is_entry(const model::Span& span) {
  return span.kind == SpanKind::kServer || span.kind == SpanKind::kConsumer || span.parent_span_id.empty();
}

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// A number, a UUID, or a hexadecimal word of eight or more with a digit in it.
bool is_identity(std::string_view segment) {
  if (segment.empty()) return false;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (std::ranges::all_of(segment, is_digit)) return true;
  return segment.size() >= 8 && std::ranges::any_of(segment, is_digit) && std::ranges::all_of(segment, [](char c) { return is_hex(c) || c == '-'; });
}

class Tallier {
 public:
  Tallier(const model::Batch& batch, uint64_t project, Tally& tally) : tally_(tally) {
    tally.senders.reserve(batch.resources.size());
    for (const model::Resource& resource : batch.resources) {
      const auto text = [&](std::string_view key) { return cut(model::find_text(resource.attributes, key), kLongestRoute); };
      tally.senders.push_back({.project = project,
                               .service = text("service.name"),
                               .release = text("service.version"),
                               .environment = text("deployment.environment.name"),
                               .language = text("telemetry.sdk.language")});
    }
  }

  void add(const model::Span& span) {
    const bool is_query = span.statement != nullptr;
    const bool is_call = !is_query && span.kind == SpanKind::kClient;
    const bool enters = is_entry(span);
    if ((!is_query && !is_call && !enters) || span.trace_id.empty()) return;
    const Facts facts = facts_of(span);
    if (enters) add_entry(span, facts);
    if (is_query || (is_call && !facts.url.empty())) add_call(span, facts);
  }

 private:
  TracePart& part_of(const model::Span& span) {
    if (last_ < tally_.parts.size() && tally_.parts[last_].trace_id == span.trace_id && tally_.parts[last_].sender == span.resource) return tally_.parts[last_];
    const uint64_t key = base::hash64({reinterpret_cast<const char*>(span.trace_id.bytes.data()), span.trace_id.bytes.size()}, span.resource);
    const auto [it, is_new] = places_.try_emplace(key, tally_.parts.size());
    last_ = it->second;
    if (is_new) tally_.parts.push_back({.trace_id = span.trace_id, .sender = span.resource, .calls = {}, .entries = {}, .places = {}});
    return tally_.parts[last_];
  }

  void add_entry(const model::Span& span, const Facts& facts) {
    part_of(span).entries.push_back({.span_id = number_of(span.span_id),
                                     .start = span.start_time,
                                     .end = span.end_time,
                                     .route = cut(facts.route.empty() ? span.name : facts.route, kLongestRoute)});
  }

  void add_call(const model::Span& span, const Facts& facts) {
    TracePart& part = part_of(span);
    CallSpan call{.span_id = number_of(span.span_id), .parent = number_of(span.parent_span_id), .start = span.start_time};
    call.duration = static_cast<uint64_t>(std::clamp<int64_t>(span.end_time - span.start_time, 0, base::kNanosPerDay)) & kMostDuration;
    call.is_sentry = span.source == model::SpanSource::kSentry;
    if (span.statement != nullptr) {
      call.is_query = true;
      call.is_select = span.statement->is_select;
      call.is_cut = span.statement->is_cut;
      call.pattern = span.statement->fingerprint;
      tally_.texts.try_emplace(call.pattern, span.statement->normalised);
    } else {
      std::string text = call_text(facts.method, facts.url);
      call.pattern = base::hash64(text);
      tally_.call_texts.try_emplace(call.pattern, std::move(text));
    }
    part.calls.push_back(call);
    if (part.places.size() < kMostPlaces && (!facts.file.empty() || !facts.function.empty())) part.places.push_back({call.span_id, place_text(facts)});
  }

  Tally& tally_;
  size_t last_ = SIZE_MAX;
  std::unordered_map<uint64_t, size_t> places_;   // of trace and sender, in Tally::parts
};

}  // namespace

Tally tally_of(const model::Batch& batch, uint64_t project) {
  Tally tally;
  Tallier tallier(batch, project, tally);
  for (const model::Span& span : batch.spans) tallier.add(span);
  return tally;
}

std::string call_text(std::string_view method, std::string_view url) {
  std::string out(method);
  if (!out.empty()) out += ' ';
  url = url.substr(0, std::min(url.find_first_of("?#"), kLongestCall));
  const size_t scheme = url.find("://");
  size_t at = url.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
  out += url.substr(0, at);
  while (at < url.size()) {
    const size_t end = std::min(url.find('/', at + 1), url.size());
    const std::string_view segment = url.substr(at + 1, end - at - 1);
    out += '/';
    out += is_identity(segment) ? std::string_view("{id}") : segment;
    at = end;
  }
  return out;
}

}  // namespace tripod::pipeline::problems
