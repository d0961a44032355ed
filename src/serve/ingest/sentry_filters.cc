#include "serve/ingest/sentry_filters.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "base/glob.h"

namespace tripod::serve {

namespace {

using model::ErrorEvent;

bool matches_any(const std::vector<std::string>& globs, std::string_view text) {
  return !text.empty() && std::ranges::any_of(globs, [&](const std::string& glob) { return base::matches_name(glob, text); });
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool has_message(const SentryFilters& filters, const ErrorEvent& event) {
  for (const model::Exception& exception : event.exceptions) {
    const std::string whole = std::string(exception.type) + ": " + std::string(exception.value);
    if (matches_any(filters.messages, whole) || matches_any(filters.messages, exception.value)) return true;
  }
  return matches_any(filters.messages, event.message);
}

// "http://localhost:8000/x" and the like.
bool is_of_localhost(const ErrorEvent& event) {
  std::string_view url = event.request_url;
  const size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return false;
  url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  if (url.starts_with('[')) return url.starts_with("[::1]");
  url = url.substr(0, url.find(':'));
  return url == "localhost" || url == "127.0.0.1" || url.ends_with(".localhost");
}

// Out of Sentry's own list: errors of extensions and toolbars that no site can do anything about.
bool is_of_extension(const ErrorEvent& event) {
  static constexpr std::array<std::string_view, 11> kMessages = {
      "top.GLOBALS", "originalCreateNotification", "canvas.contentDocument", "MyApp_RemoveAllHighlights", "Can't find variable: ZiteReader", "jigsaw is not defined",
      "ComboSearch is not defined", "atomicFindClose", "fb_xd_fragment", "bmi_SafeAddOnload", "conduitPage"};
  static constexpr std::array<std::string_view, 5> kSchemes = {"chrome-extension://", "moz-extension://", "safari-extension://", "safari-web-extension://", "webkit-masked-url://"};
  if (event.platform != "javascript") return false;
  for (const model::Exception& exception : event.exceptions) {
    if (std::ranges::any_of(kMessages, [&](std::string_view known) { return contains(exception.value, known); })) return true;
    for (const model::Frame& frame : exception.frames) {
      const std::string_view path = frame.abs_path.empty() ? frame.filename : frame.abs_path;
      if (std::ranges::any_of(kSchemes, [&](std::string_view scheme) { return path.starts_with(scheme); })) return true;
    }
  }
  return false;
}

bool is_of_legacy_browser(const ErrorEvent& event) {
  const std::string_view agent = model::find_text(event.attributes, "user_agent.original");
  return contains(agent, "MSIE ") || contains(agent, "Trident/") || contains(agent, "Opera Mini") || contains(agent, "Presto/");
}

// The first filter that an event meets; nullptr: none.
const char* why_filtered(const SentryFilters& filters, const ErrorEvent& event) {
  if (matches_any(filters.releases, event.release)) return "filtered_release";
  if (!filters.messages.empty() && has_message(filters, event)) return "filtered_message";
  if (filters.localhost && is_of_localhost(event)) return "filtered_localhost";
  if (filters.browser_extensions && is_of_extension(event)) return "filtered_browser_extension";
  if (filters.legacy_browsers && is_of_legacy_browser(event)) return "filtered_legacy_browser";
  return nullptr;
}

// As Sentry knows them: https://docs.sentry.io/concepts/data-management/filtering/#health-check-filter
bool is_health_check(std::string_view name) {
  static constexpr std::array<std::string_view, 10> kEnds = {"/health", "/healthy", "/healthz", "/_health", "/live", "/livez", "/ready", "/readyz", "/ping", "/up"};
  if (contains(name, "healthcheck") || contains(name, "heartbeat")) return true;
  while (name.ends_with('/')) name.remove_suffix(1);
  return std::ranges::any_of(kEnds, [&](std::string_view end) { return name.ends_with(end); });
}

void filter_spans(const SentryFilters& filters, model::Batch& batch) {
  std::set<model::TraceId> health_checks;
  if (filters.health_checks) {
    for (const model::Span& span : batch.spans) {
      if (span.kind == model::SpanKind::kServer && is_health_check(span.name)) health_checks.insert(span.trace_id);
    }
  }
  uint64_t checks = 0, releases = 0;
  std::erase_if(batch.spans, [&](const model::Span& span) {
    const bool is_check = health_checks.contains(span.trace_id);
    const bool is_release = !is_check && span.resource < batch.resources.size() &&
                            matches_any(filters.releases, model::find_text(batch.resources[span.resource].attributes, "service.version"));
    checks += is_check ? 1 : 0;
    releases += is_release ? 1 : 0;
    return is_check || is_release;
  });
  if (checks > 0) batch.reject("filtered_health_check", "spans of health checks", checks);
  if (releases > 0) batch.reject("filtered_release", "spans of a release that is filtered", releases);
}

}  // namespace

void filter_batch(const SentryFilters& filters, model::Batch& batch) {
  if (!filters.any()) return;
  std::erase_if(batch.errors, [&](const ErrorEvent& event) {
    const char* why = why_filtered(filters, event);
    if (why != nullptr) batch.reject(why, "event " + event.event_id.hex());
    return why != nullptr;
  });
  if (filters.health_checks || !filters.releases.empty()) filter_spans(filters, batch);
}

}  // namespace tripod::serve
