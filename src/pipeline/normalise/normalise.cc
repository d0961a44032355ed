#include "pipeline/normalise/normalise.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <span>
#include <vector>

#include "pipeline/normalise/names.h"

namespace tripod::pipeline::normalise {
namespace {

using model::Attribute;
using model::Value;

// The path of an absolute URL; empty where there is none.
std::string_view path_of(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  const size_t path = url.find_first_of("/?#", scheme + 3);
  if (path == std::string_view::npos || url[path] != '/') return {};
  return url.substr(path, url.find_first_of("?#", path) - path);
}

class Rewriter {
 public:
  explicit Rewriter(base::Arena& arena) : arena_(arena) {}

  void rewrite(std::span<Attribute>& attributes, bool server = false) {
    if (!split(attributes)) return;
    for (const Old& old : old_) apply(old, server);
    add_url_path();
    write_back(attributes);
  }

  void rewrite_span(model::Span& span) {
    for (model::SpanEvent& event : span.events) rewrite(event.attributes);
    const bool server = span.kind == model::SpanKind::kServer;
    const model::SpanEvent* exception = exception_to_take(span);
    if (exception == nullptr) return rewrite(span.attributes, server);
    split(span.attributes);
    for (const Old& old : old_) apply(old, server);
    add_url_path();
    for (const std::string_view name : {"exception.type", "exception.message"}) {
      const Attribute* found = model::find_attribute(exception->attributes, name);
      if (found != nullptr) add(name, found->value);
    }
    write_back(span.attributes);
  }

 private:
  struct Old {
    const Rule* rule;
    Value value;
  };

  // The last exception event of a span that does not say itself what went wrong.
  static const model::SpanEvent* exception_to_take(const model::Span& span) {
    if (span.events.empty()) return nullptr;
    if (model::find_attribute(span.attributes, "exception.type") != nullptr) return nullptr;
    for (size_t i = span.events.size(); i > 0; --i) {
      if (span.events[i - 1].name == "exception") return &span.events[i - 1];
    }
    return nullptr;
  }

  // Current attributes into kept_, old ones into old_. False when there is nothing to do.
  bool split(std::span<const Attribute> attributes) {
    kept_.clear();
    old_.clear();
    bool path_missing = false;
    bool path_there = false;
    for (const Attribute& attribute : attributes) {
      const Rule* rule = find_rule(attribute.key);
      if (rule != nullptr) {
        old_.push_back({rule, attribute.value});
        continue;
      }
      path_missing = path_missing || attribute.key == "url.full";
      path_there = path_there || attribute.key == "url.path";
      kept_.push_back(attribute);
    }
    return !old_.empty() || (path_missing && !path_there);
  }

  bool has(std::string_view name) const { return model::find_attribute(kept_, name) != nullptr; }

  // The first one under a name wins.
  void add(std::string_view name, Value value) {
    if (!has(name)) kept_.push_back({name, value});
  }
  void add_text(std::string_view name, std::string_view text) {
    if (!text.empty()) add(name, Value::string(text));
  }

  void apply(const Old& old, bool server) {
    const Rule& rule = *old.rule;
    const std::string_view text = old.value.text();
    switch (rule.change) {
      case Change::kRename:
        return add(server && !rule.server_name.empty() ? rule.server_name : rule.name, old.value);
      case Change::kTarget: {
        const size_t query = text.find('?');
        add_text("url.path", text.substr(0, text.find_first_of("?#")));
        if (query != std::string_view::npos)
          add_text("url.query", text.substr(query + 1, text.find('#', query) - query - 1));
        return;
      }
      case Change::kHost:
        return add_host(text);
      case Change::kTransport:
      case Change::kFamily:
      case Change::kHttpVersion:
      case Change::kDbSystem:
        return add(rule.name, old.value.is_string() ? Value::string(current_word(rule.change, text))
                                                    : old.value);
      case Change::kText:
        if (old.value.type() != model::ValueType::kInt64) return add(rule.name, old.value);
        return add_text(rule.name, arena_.copy(fmt::format_int(old.value.as_int64()).c_str()));
      case Change::kCodeFunction:
        return add_function(old.value);
      case Change::kCodeNamespace:
        if (!has_old("code.function") && !has("code.function.name")) add(rule.name, old.value);
        return;
    }
  }

  bool has_old(std::string_view name) const {
    return std::any_of(old_.begin(), old_.end(),
                       [&](const Old& old) { return old.rule->old_name == name; });
  }

  // "shop.views" + "checkout" → "shop.views.checkout"
  void add_function(Value function) {
    for (const Old& old : old_) {
      if (old.rule->change == Change::kCodeNamespace && !old.value.text().empty() &&
          function.is_string()) {
        return add_text("code.function.name",
                        arena_.copy(fmt::format("{}.{}", old.value.text(), function.text())));
      }
    }
    add("code.function.name", function);
  }

  // "example.com", "example.com:8080", "[::1]:8080"
  void add_host(std::string_view host) {
    size_t colon = host.rfind(':');
    const size_t bracket = host.rfind(']');
    if (colon != std::string_view::npos && bracket != std::string_view::npos && colon < bracket)
      colon = std::string_view::npos;
    std::string_view address = host.substr(0, colon);
    if (address.starts_with('[') && address.ends_with(']'))
      address = address.substr(1, address.size() - 2);
    add_text("server.address", address);
    if (colon == std::string_view::npos) return;
    const std::string_view digits = host.substr(colon + 1);
    int64_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error == std::errc() && end == digits.data() + digits.size() && port > 0 && port < 65536) {
      add("server.port", Value::int64(port));
    }
  }

  void add_url_path() {
    if (has("url.path")) return;
    add_text("url.path", path_of(model::find_text(kept_, "url.full")));
  }

  void write_back(std::span<Attribute>& attributes) {
    if (kept_.size() > attributes.size()) {
      attributes = arena_.copy_array(std::span<const Attribute>(kept_));
      return;
    }
    std::copy(kept_.begin(), kept_.end(), attributes.begin());
    attributes = attributes.first(kept_.size());
  }

  base::Arena& arena_;
  std::vector<Attribute> kept_;  // reused from record to record
  std::vector<Old> old_;
};

}  // namespace

std::string_view current_name(std::string_view key) {
  const Rule* rule = find_rule(key);
  return rule == nullptr ? key : rule->name;
}

void normalise_batch(model::Batch& batch) {
  Rewriter rewriter(batch.arena);
  for (model::Resource& resource : batch.resources) rewriter.rewrite(resource.attributes);
  for (model::LogRecord& record : batch.logs) {
    if (record.original_template.empty()) rewriter.rewrite(record.attributes);
  }
  for (model::Span& span : batch.spans) rewriter.rewrite_span(span);
  for (model::ErrorEvent& event : batch.errors) rewriter.rewrite(event.attributes);
}

}  // namespace tripod::pipeline::normalise
