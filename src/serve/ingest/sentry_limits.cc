#include "serve/ingest/sentry_limits.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "base/time_text.h"

namespace tripod::serve {

using base::Code;
using base::Result;
using base::UnixNanos;

namespace {

struct CategoryName {
  std::string_view name;    // in the configuration
  std::string_view header;  // in the header: SDKs differ in what they call some
};

constexpr std::array<CategoryName, kSentryCategories> kNames = {{{"error", "error;default;security"},
                                                                 {"transaction", "transaction;span"},
                                                                 {"log_item", "log_item;log_byte"},
                                                                 {"trace_metric", "trace_metric;metric"},
                                                                 {"session", "session"},
                                                                 {"attachment", "attachment"},
                                                                 {"monitor", "monitor"},
                                                                 {"profile", "profile_chunk;profile;profile_chunk_ui"},
                                                                 {"feedback", "feedback"}}};

template <class T>
uint64_t keep_first(std::vector<T>& items, uint64_t most) {
  if (items.size() <= most) return 0;
  const uint64_t cut = items.size() - most;
  items.resize(static_cast<size_t>(most));
  return cut;
}

bool is_profile(const model::Attachment& file) { return file.kind != model::Attachment::Kind::kAttachment; }

uint64_t keep_first_files(std::vector<model::Attachment>& files, bool profiles, uint64_t most) {
  uint64_t seen = 0;
  return std::erase_if(files, [&](const model::Attachment& file) { return is_profile(file) == profiles && ++seen > most; });
}

// Series of one envelope belong together (buckets of a histogram, deltas by their place): all of them, or none.
uint64_t drop_series(model::Batch& batch) {
  const uint64_t samples = batch.sample_count();
  batch.series.clear();
  batch.deltas.clear();
  batch.exemplars.clear();
  batch.metadata.clear();
  return samples;
}

}  // namespace

Result<SentryLimits::Table> SentryLimits::parse(const std::vector<std::string>& texts) {
  Table out{};
  for (const std::string& text : texts) {
    const auto wrong = [&](const std::string& why) { return base::fail(Code::kInvalidArgument, "sentry.limits: \"" + text + "\": " + why); };
    const size_t equals = text.find('='), slash = text.find('/');
    if (equals == std::string::npos || slash == std::string::npos || slash < equals) return wrong("must be like error=600/1m");
    const std::string_view name = std::string_view(text).substr(0, equals), number = std::string_view(text).substr(equals + 1, slash - equals - 1);
    const auto known = std::ranges::find(kNames, name, &CategoryName::name);
    if (known == kNames.end()) return wrong("unknown category: error, transaction, log_item, trace_metric, session, attachment, monitor, profile and feedback are known");
    SentryLimit limit;
    const auto [end, ec] = std::from_chars(number.data(), number.data() + number.size(), limit.most);
    if (ec != std::errc() || end != number.data() + number.size() || limit.most == 0) return wrong("must have a number above 0");
    const auto window = base::parse_duration(std::string_view(text).substr(slash + 1));
    if (!window || *window < base::kNanosPerSecond || *window > base::kNanosPerDay) return wrong("must have a time of 1s to 1d");
    limit.window = *window;
    out[static_cast<size_t>(known - kNames.begin())] = limit;
  }
  return out;
}

void SentryLimits::set(const Table& table) {
  std::lock_guard lock(mu_);
  table_ = table;
  any_ = std::ranges::any_of(table, [](const SentryLimit& limit) { return limit.most > 0; });
  windows_.clear();
}

uint64_t SentryLimits::admit(Windows& windows, size_t category, uint64_t wanted, UnixNanos now) {
  const SentryLimit& limit = table_[category];
  if (limit.most == 0) return wanted;
  Window& window = windows[category];
  const UnixNanos start = now - now % limit.window;
  if (window.start != start) window = {.start = start, .used = 0};
  const uint64_t admitted = std::min(wanted, limit.most - std::min(limit.most, window.used));
  window.used += admitted;
  return admitted;
}

SentryLimits::Verdict SentryLimits::take(uint64_t project, const std::string& key, UnixNanos now, model::Batch& batch) {
  Verdict out;
  std::lock_guard lock(mu_);
  if (!any_) return out;
  if (windows_.size() >= kMostKeys) windows_.clear();  // keys are the configured ones: this is for what is not foreseen
  Windows& windows = windows_[{project, key}];
  const auto limit = [&](SentryCategory category, uint64_t wanted, auto&& cut) {
    const auto at = static_cast<size_t>(category);
    if (wanted == 0 || table_[at].most == 0) return;
    const uint64_t admitted = admit(windows, at, wanted, now);
    if (admitted == wanted) return;
    const uint64_t refused = cut(admitted);
    out.refused += refused;
    if (refused > 0) batch.reject("rate_limited", std::string(kNames[at].name) + ": more than this key may send", refused);
  };
  const auto profiles = static_cast<uint64_t>(std::ranges::count_if(batch.items.attachments, is_profile));
  limit(SentryCategory::kError, batch.errors.size(), [&](uint64_t most) { return keep_first(batch.errors, most); });
  limit(SentryCategory::kTransaction, batch.spans.size(), [&](uint64_t most) { return keep_first(batch.spans, most); });
  limit(SentryCategory::kLog, batch.logs.size(), [&](uint64_t most) { return keep_first(batch.logs, most); });
  limit(SentryCategory::kMetric, batch.sample_count(), [&](uint64_t) { return drop_series(batch); });
  limit(SentryCategory::kSession, batch.sessions.size(), [&](uint64_t most) { return keep_first(batch.sessions, most); });
  limit(SentryCategory::kAttachment, batch.items.attachments.size() - profiles, [&](uint64_t most) { return keep_first_files(batch.items.attachments, false, most); });
  limit(SentryCategory::kMonitor, batch.items.check_ins.size(), [&](uint64_t most) { return keep_first(batch.items.check_ins, most); });
  limit(SentryCategory::kProfile, profiles, [&](uint64_t most) { return keep_first_files(batch.items.attachments, true, most); });
  limit(SentryCategory::kFeedback, batch.items.feedback.size(), [&](uint64_t most) { return keep_first(batch.items.feedback, most); });
  for (size_t i = 0; i < kSentryCategories; ++i) {
    const SentryLimit& one = table_[i];
    if (one.most == 0 || windows[i].start != now - now % one.window || windows[i].used < one.most) continue;
    // Whole seconds: Python's SDK reads no others.
    const int64_t seconds = (windows[i].start + one.window - now + base::kNanosPerSecond - 1) / base::kNanosPerSecond;
    out.retry_after = std::max(out.retry_after, seconds);
    out.header += (out.header.empty() ? "" : ", ") + std::to_string(seconds) + ":" + std::string(kNames[i].header) + ":key:" + std::string(kNames[i].name) + "_limit";
  }
  return out;
}

}  // namespace tripod::serve
