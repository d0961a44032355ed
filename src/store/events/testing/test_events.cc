#include "store/events/testing/test_events.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <future>
#include <limits>
#include <memory>

#include "store/events/field_text.h"

namespace tripod::store::testing {
namespace {

std::vector<model::Attribute> view(const Fields& fields) {
  std::vector<model::Attribute> out;
  for (const auto& [key, value] : fields) out.push_back({key, to_view(value)});
  return out;
}

}  // namespace

base::Result<AppendSummary> append_and_wait(EventStore& store, const TestBatch& batch) {
  std::vector<std::vector<model::Attribute>> stream_fields;
  for (const Fields& fields : batch.streams) stream_fields.push_back(view(fields));
  std::vector<std::span<const model::Attribute>> streams(stream_fields.begin(), stream_fields.end());
  std::vector<std::vector<model::Attribute>> event_fields;
  std::vector<Event> events;
  for (const TestEvent& event : batch.events) {
    event_fields.push_back(view(event.fields));
    events.push_back({event.time, event.stream, event_fields.back()});
  }
  // Shared: this thread may go on before set_value() has returned on the other.
  auto promise = std::make_shared<std::promise<base::Result<AppendSummary>>>();
  auto answer = promise->get_future();
  store.append({.dataset = batch.dataset, .streams = streams, .events = events, .id = batch.id, .supersedes = batch.supersedes},
               [promise](base::Result<AppendSummary> result) { promise->set_value(std::move(result)); });
  return answer.get();
}

bool identical(const FieldValue& a, const FieldValue& b) {
  if (a.index() != b.index()) return false;
  if (const auto* number = std::get_if<double>(&a)) {
    return std::bit_cast<uint64_t>(*number) == std::bit_cast<uint64_t>(std::get<double>(b));
  }
  return a == b;
}

std::string describe(const EventRow& row) {
  std::string out = std::to_string(row.time) + "#" + std::to_string(row.sequence) + " {";
  for (const auto& [key, value] : row.fields) {
    out += key + "=" + std::to_string(value.index()) + ":" + field_text(value) + " ";
  }
  return out + "}";
}

std::string RandomEvents::word() {
  static const std::vector<std::string> kWords = {
      "timeout", "Error", "checkout", "paid", "user", "naïve", "ÄÖ", "GET", "/api/v1/orders/", "x", "", "a.b-c_d",
      "connection refused", "日本", "true", "500", "-1", "1.5", "null", "ORDER", "%%", "\"q\"", "back\\slash", "star*"};
  return kWords[below(kWords.size())];
}

std::string RandomEvents::hex(size_t digits, uint64_t distinct) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::mt19937_64 id(below(distinct));
  std::string out;
  for (size_t i = 0; i < digits; ++i) out += kDigits[id() % 16];
  return out;
}

std::string RandomEvents::sentence() {
  std::string out;
  const size_t words = below(12);
  for (size_t i = 0; i < words; ++i) out += word() + (one_in(3) ? std::to_string(below(1000)) : " ");
  if (one_in(200)) out.append(5000, 'z');
  return out;
}

double RandomEvents::corner_float() {
  static const std::vector<double> kCorners = {
      0.0, -0.0, 1.0, -1.0, 1.5, 500.0, 0.1, 1e300, -1e300, 5e-324, 9007199254740993.0, 9.3e18, -9.3e18,
      std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
      -std::numeric_limits<double>::infinity()};
  if (one_in(2)) return kCorners[below(kCorners.size())];
  return static_cast<double>(below(10'000'000)) / 1000.0;
}

int64_t RandomEvents::corner_int() {
  static const std::vector<int64_t> kCorners = {0, 1, -1, 500, INT64_MIN, INT64_MAX, (1LL << 53) + 1, 1LL << 53, 255, 256};
  if (one_in(3)) return kCorners[below(kCorners.size())];
  return static_cast<int64_t>(below(100'000)) - 1000;
}

std::string RandomEvents::key() {
  static const std::vector<std::string> kKeys = {"service.name", "body",  "trace_id", "span_id", "uuid", "status", "duration",
                                                 "ok",           "extra", "mixed",    "empty",   "const", "level", "bignum"};
  if (one_in(12)) return "rare." + std::to_string(below(rare_keys));
  return kKeys[below(kKeys.size())];
}

FieldValue RandomEvents::value(const std::string& key) {
  if (key == "body") return sentence();
  if (key == "trace_id") return one_in(50) ? word() : hex(32, 300);
  if (key == "span_id") return hex(16, 100'000);
  if (key == "uuid") {
    const std::string h = hex(32, 50'000);
    return h.substr(0, 8) + "-" + h.substr(8, 4) + "-" + h.substr(12, 4) + "-" + h.substr(16, 4) + "-" + h.substr(20);
  }
  if (key == "status") return static_cast<int64_t>(200 + below(5) * 75);
  if (key == "duration") return static_cast<double>(below(100'000)) / 100.0;
  if (key == "ok") return one_in(2);
  if (key == "extra") return JsonText{"{\"k\":\"" + word() + "\",\"n\":" + std::to_string(below(5)) + "}"};
  if (key == "const") return std::string("always");
  if (key == "empty") return std::string();
  if (key == "level") return std::string(one_in(2) ? "info" : "ERROR");
  if (key == "bignum") return corner_int();
  switch (below(5)) {
    case 0: return word();
    case 1: return corner_int();
    case 2: return corner_float();
    case 3: return one_in(2);
    default: return JsonText{"[" + std::to_string(below(3)) + "]"};
  }
}

TestBatch RandomEvents::batch(size_t events) {
  TestBatch out;
  const size_t streams = below(3);
  for (size_t i = 0; i < streams; ++i) {
    Fields fields = {{"service.name", "svc-" + std::to_string(below(4))}};
    if (one_in(2)) fields.emplace_back("level", value("level"));
    if (one_in(4)) fields.emplace_back("mixed", value("mixed"));
    out.streams.push_back(std::move(fields));
  }
  for (size_t i = 0; i < events; ++i) {
    TestEvent event;
    event.time = start + static_cast<int64_t>(below(static_cast<uint64_t>(span)));
    // Equal times must be ordered by sequence.
    if (one_in(2)) event.time -= event.time % base::kNanosPerHour;
    event.stream = streams == 0 ? 0 : static_cast<uint32_t>(below(streams));
    const size_t fields = below(14);
    for (size_t j = 0; j < fields; ++j) {
      std::string name = key();
      const bool repeated = std::ranges::any_of(event.fields, [&](const auto& f) { return f.first == name; });
      if (!repeated) event.fields.emplace_back(name, value(name));
    }
    out.events.push_back(std::move(event));
  }
  return out;
}

Predicate RandomEvents::leaf() {
  using Op = Predicate::Op;
  static const std::vector<Op> kOps = {Op::kEqual, Op::kEqual, Op::kNotEqual, Op::kLess, Op::kLessEqual, Op::kGreater,
                                       Op::kGreaterEqual, Op::kContains, Op::kWildcard, Op::kRegex, Op::kExists};
  const Op op = kOps[below(kOps.size())];
  std::string name = key();
  FieldValue operand = one_in(6) ? value(key()) : value(name);
  if (op == Op::kContains || op == Op::kWildcard || op == Op::kRegex) {
    std::string text = field_text(operand);
    // A piece of a value that exists: random texts would never be found.
    if (text.size() > 3 && one_in(2)) text = text.substr(below(text.size() / 2), 1 + below(text.size()));
    if (text.size() > 200) text.resize(20);
    if (op == Op::kRegex) text = one_in(2) ? "^[a-f]+[0-9]" : "(?i)e.r|5";
    if (op == Op::kWildcard) text = one_in(2) ? "*" + text + "*" : text + "?" + (one_in(2) ? "*" : "");
    operand = text;
    if (one_in(3)) name.clear();
  }
  return Predicate::compare(op, name, op == Op::kExists ? FieldValue{} : operand);
}

Predicate RandomEvents::predicate(int depth) {
  if (depth == 0 || one_in(3)) return leaf();
  if (one_in(10)) return {};
  std::vector<Predicate> children;
  const size_t n = below(4);
  for (size_t i = 0; i < n; ++i) children.push_back(predicate(depth - 1));
  switch (below(3)) {
    case 0: return Predicate::all_of(std::move(children));
    case 1: return Predicate::any_of(std::move(children));
    default: return Predicate::negate(predicate(depth - 1));
  }
}

}  // namespace tripod::store::testing
