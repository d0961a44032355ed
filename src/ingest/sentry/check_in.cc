#include "ingest/sentry/check_in.h"

#include <charconv>
#include <cmath>
#include <string>
#include <utility>

namespace tripod::ingest::sentry {
namespace {

using model::CheckIn;
using model::CheckInStatus;
using model::MonitorConfig;

constexpr size_t kMostSlug = 50;
constexpr size_t kMostEnvironment = 64;
constexpr size_t kMostRelease = 250;
constexpr int64_t kMostMinutes = 40'320;     // four weeks, as Sentry has it
constexpr int64_t kMostThreshold = 720;
constexpr double kMostSeconds = 1e9;

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || ec != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<int64_t> duration_of(std::string_view text, double unit_ns) {
  const auto value = number_of(text);
  if (!value || *value < 0 || *value * unit_ns > kMostSeconds * 1e9) return std::nullopt;
  return static_cast<int64_t>(*value * unit_ns);
}

void set_within(int64_t& target, std::string_view text, int64_t most) {
  const auto value = number_of(text);
  if (value && *value >= 1 && *value <= static_cast<double>(most)) target = static_cast<int64_t>(*value);
}

// Members that are not understood stay as they are by default; the schedule as a whole is judged by whoever keeps monitors.
class ConfigReader {
 public:
  explicit ConfigReader(base::Arena& arena) : arena_(arena) {}

  MonitorConfig read(od::value& value) {
    for_each_field(value, [&](std::string_view key, od::value& member) {
      if (key == "schedule") schedule(member);
      else if (key == "timezone") time_zone(member);
      else if (key == "checkin_margin") set_within(out_.margin_minutes, read_text(member, arena_), kMostMinutes);
      else if (key == "max_runtime") set_within(out_.max_runtime_minutes, read_text(member, arena_), kMostMinutes);
      else if (key == "failure_issue_threshold") set_within(out_.failure_threshold, read_text(member, arena_), kMostThreshold);
      else if (key == "recovery_threshold") set_within(out_.recovery_threshold, read_text(member, arena_), kMostThreshold);
    });
    return std::move(out_);
  }

 private:
  void schedule(od::value& value) {
    std::string_view type, amount, unit;
    for_each_field(value, [&](std::string_view key, od::value& member) {
      if (key == "type") type = read_text(member, arena_);
      else if (key == "value") amount = read_text(member, arena_);
      else if (key == "unit") unit = read_text(member, arena_);
    });
    out_.is_crontab = type != "interval";
    if (out_.is_crontab) {
      out_.crontab = amount;
      return;
    }
    if (unit.ends_with('s')) unit.remove_suffix(1);
    out_.unit = unit;
    const auto number = number_of(amount);
    out_.interval = number && *number >= 0 && *number < 1e9 ? static_cast<int64_t>(*number) : 0;
  }
  void time_zone(od::value& member) {
    const std::string_view name = read_text(member, arena_);
    if (!name.empty()) out_.time_zone = name.substr(0, kMostEnvironment);
  }

  base::Arena& arena_;
  MonitorConfig out_;
};

class CheckInReader {
 public:
  CheckInReader(const SentryContext& context, base::Arena& arena, std::string_view slug) : context_(context), arena_(arena) { out_.slug = monitor_slug(slug); }

  void read(od::value root) {
    for_each_field(root, [&](std::string_view key, od::value& member) { field(key, member); });
  }
  ItemResult<> finish(model::Batch& batch) {
    if (out_.slug.empty()) return reject("invalid_check_in", "check-in has no monitor_slug");
    const auto status = model::check_in_status_of(status_);
    if (!status) return reject("invalid_check_in", "check-in of \"" + out_.slug + "\" has no status that is known: in_progress, ok, error");
    out_.status = *status;
    out_.project = context_.project;
    out_.time = context_.received_time;
    if (out_.environment.empty()) out_.environment = "production";
    batch.items.check_ins.push_back(std::move(out_));
    return {};
  }

 private:
  void field(std::string_view key, od::value& member) {
    if (key == "contexts") return contexts(member);
    if (key == "monitor_config") {
      if (is_object(member)) out_.config = ConfigReader(arena_).read(member);
      return;
    }
    const std::string_view text = read_text(member, arena_);
    if (key == "check_in_id") out_.id = model::EventId::from_hex(text);
    else if (key == "monitor_slug" && out_.slug.empty()) out_.slug = monitor_slug(text);
    else if (key == "status") status_ = text;
    else if (key == "duration") out_.duration_ns = duration_of(text, 1e9);
    else if (key == "environment") out_.environment = text.substr(0, kMostEnvironment);
    else if (key == "release") out_.release = text.substr(0, kMostRelease);
  }
  void contexts(od::value& value) {
    for_each_field(value, [&](std::string_view name, od::value& context) {
      if (name != "trace") return;
      for_each_field(context, [&](std::string_view key, od::value& member) {
        if (key == "trace_id") out_.trace_id = model::TraceId::from_hex(read_text(member, arena_));
      });
    });
  }

  const SentryContext& context_;
  base::Arena& arena_;
  CheckIn out_;
  std::string_view status_;
};

}  // namespace

std::string monitor_slug(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const char low = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool is_plain = (low >= 'a' && low <= 'z') || (low >= '0' && low <= '9') || low == '_' || low == '-';
    if (is_plain) out.push_back(low);
    else if (!out.empty() && out.back() != '-') out.push_back('-');
    if (out.size() == kMostSlug) break;
  }
  while (out.ends_with('-')) out.pop_back();
  return out;
}

ItemResult<> decode_check_in(std::string_view json, const SentryContext& context, JsonParser& parser, model::Batch& batch, std::string_view slug) {
  const auto prepared = prepare_object(json, kMostCheckInBytes, "check-in", batch.arena);
  if (!prepared) return std::unexpected(prepared.error());
  CheckInReader reader(context, batch.arena, slug);
  try {
    od::document document = open_document(parser, *prepared);
    reader.read(document.get_value());
  } catch (const simdjson::simdjson_error& error) {
    return reject("invalid_json", error.what());
  }
  return reader.finish(batch);
}

ItemResult<> add_check_in(const CheckInQuery& query, const SentryContext& context, model::Batch& batch) {
  const auto status = model::check_in_status_of(query.status);
  CheckIn out{.id = model::EventId::from_hex(query.check_in_id), .project = context.project, .slug = monitor_slug(query.slug)};
  if (out.slug.empty()) return reject("invalid_check_in", "check-in has no monitor slug");
  if (!status) return reject("invalid_check_in", "status must be in_progress, ok or error");
  out.status = *status;
  out.time = context.received_time;
  out.duration_ns = duration_of(query.duration, 1e6);
  out.environment = query.environment.empty() ? "production" : std::string(query.environment.substr(0, kMostEnvironment));
  batch.items.check_ins.push_back(std::move(out));
  return {};
}

}  // namespace tripod::ingest::sentry
