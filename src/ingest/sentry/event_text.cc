#include "ingest/sentry/event_text.h"

#include <fmt/format.h>

#include <iterator>

namespace tripod::ingest::sentry {
namespace {

class Printer {
 public:
  void event(const model::ErrorEvent& e) {
    line("error {} project {} resource {}", e.event_id.hex(), e.project, e.resource);
    line("  time: {} received {}", e.time, e.received_time);
    line("  trace: {} span {}", e.trace_id.hex(), e.span_id.hex());
    text("level", e.level);
    text("platform", e.platform);
    text("logger", e.logger);
    text("transaction", e.transaction);
    text("release", e.release);
    text("environment", e.environment);
    text("server_name", e.server_name);
    text("message_template", e.message_template);
    text("message", e.message);
    text("request_method", e.request_method);
    text("request_url", e.request_url);
    text("user_id", e.user_id);
    for (const auto& part : e.fingerprint) text("fingerprint", part);
    attributes("tag", e.tags);
    attributes("attribute", e.attributes);
    for (const auto& exception : e.exceptions) print(exception);
    for (const auto& frame : e.thread_frames) print(frame);
    line("  payload: {} bytes", e.payload.size());
  }
  std::string out;

 private:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
    out.push_back('\n');
  }
  void text(std::string_view name, std::string_view value) {
    if (!value.empty()) line("  {}: {:?}", name, value);
  }
  void attributes(std::string_view what, std::span<const model::Attribute> list) {
    for (const auto& a : list) {
      switch (a.value.type()) {
        case model::ValueType::kInt64:
          line("  {} {} = {}", what, a.key, a.value.as_int64());
          break;
        case model::ValueType::kFloat64:
          line("  {} {} = {}", what, a.key, a.value.as_float64());
          break;
        case model::ValueType::kBool:
          line("  {} {} = {}", what, a.key, a.value.as_bool());
          break;
        default:
          line("  {} {} = {:?}", what, a.key, a.value.text());
      }
    }
  }
  void print(const model::Exception& e) {
    line("  exception {:?}: {:?} module {:?} handled {} synthetic {} group {} id {} parent {}",
         e.type, e.value, e.module, e.handled, e.synthetic, e.is_exception_group, e.exception_id,
         e.parent_id);
    for (const auto& frame : e.frames) print(frame);
  }
  void print(const model::Frame& f) {
    line("    {} {} {}:{} in_app {} | {}", f.module, f.function, f.filename, f.line, f.in_app,
         f.context_line);
  }
};

}  // namespace

std::string errors_text(const model::Batch& batch) {
  Printer printer;
  for (const auto& event : batch.errors) printer.event(event);
  return printer.out;
}

}  // namespace tripod::ingest::sentry
