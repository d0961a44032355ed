// Functions of times. http://masterminds.github.io/sprig/date.html
#include "query/logql/template/functions.h"

namespace tripod::query::logql::text_template {
namespace {

using base::Result;
using Args = std::span<const Value>;

Result<GoTime> time_argument(const Value& value) {
  if (const auto* time = value.as<GoTime>()) return *time;
  return wrong_type("time.Time", value);
}

Result<Value> timestamp(const Context& context, Args) { return Value(GoTime{.nanos = context.time}); }
Result<Value> now(const Context& context, Args) { return Value(GoTime{.nanos = context.now}); }

template <int64_t Unit>
Result<Value> unix_epoch(const Context&, Args args) {
  const auto time = time_argument(args[0]);
  if (!time) return base::fail(time.error());
  const int64_t rest = time->nanos % Unit;
  return Value(std::to_string(time->nanos / Unit - (rest < 0 ? 1 : 0)));
}

// A number is unix seconds; anything else that is no time is now.
Result<Value> date(const Context& context, Args args) {
  const auto layout = text_argument(args[0]);
  if (!layout) return base::fail(layout.error());
  GoTime time{.nanos = context.now};
  if (const auto* given = args[1].as<GoTime>()) time = *given;
  constexpr int64_t kMost = INT64_MAX / 1'000'000'000;
  const auto* seconds = args[1].as<int64_t>();
  if (seconds != nullptr && *seconds <= kMost && *seconds >= -kMost) time.nanos = *seconds * 1'000'000'000;
  return Value(format_go_time(time, *layout));
}

Result<Value> parsed(const std::string& layout, const std::string& text, const ZonePtr& zone) {
  auto time = parse_go_time(layout, text, zone);
  if (!time) return base::fail(std::move(time.error()));
  return Value(std::move(*time));
}

Result<Value> to_date(const Context&, Args args) {
  const auto layout = text_argument(args[0]), text = text_argument(args[1]);
  if (!layout) return base::fail(layout.error());
  if (!text) return base::fail(text.error());
  return parsed(*layout, *text, utc());
}

Result<Value> to_date_in_zone(const Context&, Args args) {
  const auto layout = text_argument(args[0]), zone = text_argument(args[1]), text = text_argument(args[2]);
  if (!layout) return base::fail(layout.error());
  if (!zone) return base::fail(zone.error());
  if (!text) return base::fail(text.error());
  return parsed(*layout, *text, load_zone(*zone));
}

constexpr Function kFunctions[] = {
    {"__timestamp__", 0, 0, timestamp},
    {"now", 0, 0, now},
    {"date", 2, 2, date},
    {"toDate", 2, 2, to_date},
    {"toDateInZone", 3, 3, to_date_in_zone},
    {"unixEpoch", 1, 1, unix_epoch<1'000'000'000>},
    {"unixEpochMillis", 1, 1, unix_epoch<1'000'000>},
    {"unixEpochNanos", 1, 1, unix_epoch<1>},
};

}  // namespace

std::span<const Function> time_functions() { return kFunctions; }

}  // namespace tripod::query::logql::text_template
