#include "ingest/sentry/transaction.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "ingest/sentry/common_fields.h"
#include "ingest/sentry/json_value.h"
#include "ingest/sentry/resource.h"
#include "ingest/sentry/span_reader.h"
#include "ingest/sentry/span_words.h"
#include "ingest/sentry/timestamp.h"

namespace tripod::ingest::sentry {
namespace {

// What a sender's wrong clock adds to its times; 0 for a believable one.
int64_t clock_shift(base::UnixNanos end, base::UnixNanos received) {
  return is_believable(end, received) ? 0 : received - end;
}

bool is_near(const model::Span& child, const model::Span& root) {
  return std::abs(child.start_time - root.start_time) <= kMostBehindNanos &&
         std::abs(child.end_time - root.end_time) <= kMostBehindNanos;
}

class TransactionReader {
 public:
  TransactionReader(model::Batch& batch, const SentryContext& context)
      : batch_(batch),
        context_(context),
        arena_(batch.arena),
        attributes_(arena_),
        contexts_{arena_, attributes_, true} {}

  void read(od::value root) {
    for_each_field(root, [&](std::string_view key, od::value& member) {
      for (const Field& field : fields()) {
        if (field.name == key) return (this->*field.read)(member);
      }
    });
  }

  ItemResult<> finish() {
    model::Span root;
    root.source = model::SpanSource::kSentry;
    const TraceContext& trace = contexts_.trace;
    if (trace.trace_id.empty() || trace.span_id.empty()) {
      return reject("missing_trace_context",
                    fmt::format("transaction {} has no contexts.trace", name_));
    }
    root.trace_id = trace.trace_id;
    root.span_id = trace.span_id;
    root.parent_span_id = trace.parent_span_id;
    root.start_time = start_;
    root.end_time = end_;
    std::string why;
    if (!is_complete(root, why)) {
      return reject("invalid_timestamp", fmt::format("transaction {}: {}", name_, why));
    }
    root.name = !name_.empty() ? name_ : !trace.description.empty() ? trace.description : trace.op;
    root.kind = kind_of_op(trace.op);
    root.status_code = status_of_word(trace.status, root.kind);
    if (root.status_code == model::StatusCode::kError) root.status_message = trace.status;
    const int64_t shift = clock_shift(root.end_time, context_.received_time);
    add_root_attributes(trace, root, shift != 0);
    root.attributes = attributes_.finish();
    append(root, shift);
    return {};
  }

 private:
  using Read = void (TransactionReader::*)(od::value&);
  struct Field {
    std::string_view name;
    Read read;
  };

  template <std::string_view TransactionReader::* member>
  void text(od::value& value) {
    this->*member = read_text(value, arena_);
  }
  void start(od::value& value) { start_ = parse_timestamp(read_text(value, arena_)).value_or(0); }
  void end(od::value& value) { end_ = parse_timestamp(read_text(value, arena_)).value_or(0); }
  void contexts(od::value& value) { contexts_.read(value); }
  void request(od::value& value) { request_ = read_request(value, arena_); }
  void user(od::value& value) { user_ = read_user(value, arena_); }
  void extra(od::value& value) { read_extra(value, arena_, attributes_); }
  void sdk(od::value& value) { read_sdk(value, arena_, sdk_name_, sdk_version_); }
  void tags(od::value& value) {
    for_each_pair(value, [&](std::string_view key, od::value& member) {
      const std::string_view text = read_text(member, arena_);
      if (key == "service" || key == "service.name") service_tag_ = text;
      if (key != "status") attributes_.add_text(current_name(key), text);
    });
  }
  void transaction_info(od::value& value) {
    for_each_field(value, [&](std::string_view key, od::value& member) {
      if (key == "source") name_source_ = read_text(member, arena_);
    });
  }
  void measurements(od::value& value) {
    for_each_field(value, [&](std::string_view key, od::value& member) {
      const std::string name = "measurements." + std::string(key);
      for_each_field(member, [&](std::string_view part, od::value& number) {
        if (part == "value") attributes_.add(name, read_value(number, arena_));
      });
    });
  }
  // The trace's own id is known only at the end: children that have none wait for it.
  void spans(od::value& value) {
    for_each_element(value, [&](od::value& element) {
      std::string why;
      auto span = read_span_v1(element, pending_trace(), arena_, why);
      if (span)
        children_.push_back(*span);
      else
        batch_.reject("invalid_span", why);
    });
  }
  static model::TraceId pending_trace() {
    model::TraceId id;
    id.bytes.fill(0xff);
    return id;
  }

  void add_root_attributes(const TraceContext& trace, model::Span& root, bool shifted) {
    attributes_.add_text("sentry.op", trace.op);
    attributes_.add_text("sentry.origin", trace.origin);
    attributes_.add_text("sentry.status", trace.status);
    attributes_.add_text("sentry.event_id", event_id_);
    attributes_.add_text("sentry.transaction.source", name_source_);
    if (name_source_ == "route" && root.kind == model::SpanKind::kServer) {
      attributes_.add_text("http.route", name_);
    }
    add_request(request_, arena_, attributes_);
    add_user(user_, attributes_);
    if (shifted) {
      attributes_.add("sentry.original_timestamp", model::Value::int64(root.end_time));
    }
  }

  void append(model::Span root, int64_t shift) {
    const uint32_t resource = resource_of(
        batch_,
        {service_name(), release_, environment_, server_name_, sdk_name_, sdk_version_, platform_});
    const uint32_t scope = scope_of(batch_, sdk_name_, sdk_version_);
    std::erase_if(children_, [&](const model::Span& child) {
      if (is_near(child, root)) return false;
      batch_.reject("invalid_span", "more than 30 days away from its transaction");
      return true;
    });
    children_.insert(children_.begin(), root);
    for (model::Span& span : children_) {
      if (span.trace_id == pending_trace()) span.trace_id = root.trace_id;
      span.resource = resource;
      span.scope = scope;
      span.start_time += shift;
      span.end_time += shift;
      batch_.spans.push_back(span);
    }
  }

  std::string_view service_name() const {
    if (!service_tag_.empty()) return service_tag_;
    return contexts_.service_name.empty() ? context_.service_name : contexts_.service_name;
  }

  static std::span<const Field> fields();

  model::Batch& batch_;
  const SentryContext& context_;
  base::Arena& arena_;
  AttributeList attributes_;
  ContextReader contexts_;
  RequestFacts request_;
  UserFacts user_;
  std::vector<model::Span> children_;
  base::UnixNanos start_ = 0;
  base::UnixNanos end_ = 0;
  std::string_view name_;
  std::string_view name_source_;
  std::string_view event_id_;
  std::string_view release_;
  std::string_view environment_;
  std::string_view server_name_;
  std::string_view platform_;
  std::string_view sdk_name_;
  std::string_view sdk_version_;
  std::string_view service_tag_;
};

std::span<const TransactionReader::Field> TransactionReader::fields() {
  static constexpr Field kFields[] = {
      {"transaction", &TransactionReader::text<&TransactionReader::name_>},
      {"event_id", &TransactionReader::text<&TransactionReader::event_id_>},
      {"release", &TransactionReader::text<&TransactionReader::release_>},
      {"environment", &TransactionReader::text<&TransactionReader::environment_>},
      {"server_name", &TransactionReader::text<&TransactionReader::server_name_>},
      {"platform", &TransactionReader::text<&TransactionReader::platform_>},
      {"start_timestamp", &TransactionReader::start},
      {"timestamp", &TransactionReader::end},
      {"contexts", &TransactionReader::contexts},
      {"spans", &TransactionReader::spans},
      {"tags", &TransactionReader::tags},
      {"request", &TransactionReader::request},
      {"user", &TransactionReader::user},
      {"extra", &TransactionReader::extra},
      {"measurements", &TransactionReader::measurements},
      {"transaction_info", &TransactionReader::transaction_info},
      {"sdk", &TransactionReader::sdk},
  };
  return kFields;
}

uint32_t resource_of_streamed(const model::Span& span, const SentryContext& context,
                              model::Batch& batch) {
  const auto text = [&](std::string_view key) { return model::find_text(span.attributes, key); };
  const std::string_view service = text("service.name");
  return resource_of(
      batch, {service.empty() ? context.service_name : service, text("sentry.release"),
              text("sentry.environment"), text("sentry.server_name"), text("sentry.sdk.name"),
              text("sentry.sdk.version"), text("sentry.platform")});
}

// Spans of a wrong clock keep their distances to each other, as far as those can be right.
void append_streamed(std::vector<model::Span>& spans, const SentryContext& context,
                     model::Batch& batch) {
  const base::UnixNanos received = context.received_time;
  base::UnixNanos latest_wrong = 0;
  for (const model::Span& span : spans) {
    if (!is_believable(span.end_time, received))
      latest_wrong = std::max(latest_wrong, span.end_time);
  }
  for (model::Span& span : spans) {
    int64_t shift = clock_shift(span.end_time, received);
    if (shift != 0 && is_believable(span.end_time + (received - latest_wrong), received))
      shift = received - latest_wrong;
    span.resource = resource_of_streamed(span, context, batch);
    span.scope = scope_of(batch, model::find_text(span.attributes, "sentry.sdk.name"),
                          model::find_text(span.attributes, "sentry.sdk.version"));
    span.start_time += shift;
    span.end_time += shift;
    batch.spans.push_back(span);
  }
}

}  // namespace

ItemResult<> decode_transaction(std::string_view json, const SentryContext& context,
                                JsonParser& parser, model::Batch& batch) {
  const auto prepared = prepare_object(json, kMostEventBytes, "transaction", batch.arena);
  if (!prepared) return std::unexpected(prepared.error());
  try {
    TransactionReader reader(batch, context);
    od::document document = open_document(parser, *prepared);
    reader.read(document.get_value());
    return reader.finish();
  } catch (const simdjson::simdjson_error& error) {
    return reject("invalid_json", error.what());
  }
}

ItemResult<> decode_spans(std::string_view json, const SentryContext& context, JsonParser& parser,
                          model::Batch& batch) {
  const auto prepared = prepare_object(json, kMostSpanContainerBytes, "span item", batch.arena);
  if (!prepared) return std::unexpected(prepared.error());
  std::vector<model::Span> spans;
  try {
    od::document document = open_document(parser, *prepared);
    od::value root = document.get_value();
    bool is_container = false;
    const auto take = [&](std::optional<model::Span> span, const std::string& why) {
      if (span)
        spans.push_back(*span);
      else
        batch.reject("invalid_span", why);
    };
    for_each_field(root, [&](std::string_view key, od::value& member) {
      if (key != "items") return;
      is_container = true;
      for_each_element(member, [&](od::value& element) {
        std::string why;
        take(read_span_v2(element, batch.arena, why), why);
      });
    });
    if (!is_container) {
      document.rewind();
      od::value single = document.get_value();
      std::string why;
      take(read_span_v1(single, {}, batch.arena, why), why);
    }
  } catch (const simdjson::simdjson_error& error) {
    return reject("invalid_json", error.what());
  }
  append_streamed(spans, context, batch);
  return {};
}

}  // namespace tripod::ingest::sentry
