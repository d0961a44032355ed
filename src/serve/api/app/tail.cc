// Live tail as server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html
#include <algorithm>
#include <charconv>

#include "base/json_writer.h"
#include "base/time_text.h"
#include "query/search/run.h"
#include "serve/api/app/routes.h"
#include "serve/api/json_rows.h"
#include "serve/api/request_range.h"
#include "serve/api/tail_feed.h"

namespace tripod::serve::app {

using base::Code;
using base::JsonWriter;
using base::Result;
using query::search::FieldName;
using query::search::Question;
using query::tail::TailGap;
using query::tail::TailPlan;
using query::tail::TailRow;
using store::Dataset;

namespace {

constexpr int64_t kMostLast = 10'000;
constexpr std::string_view kReconnect = "retry: 1000\n";  // milliseconds

class EventFeed final : public TailFeed {
 public:
  // `fields`: those that the question chose; none: all.
  EventFeed(const TailPlan& plan, std::vector<FieldName> fields) : fields_(std::move(fields)) {
    for (const auto& source : plan.sources) datasets_.push_back(source.dataset);
  }

 protected:
  size_t send_rows(std::span<const TailRow> rows, bool is_new) override {
    for (size_t i = 0; i < rows.size(); ++i) {
      const uint64_t before = cursor(rows[i].dataset);
      if (is_new) set_cursor(rows[i].dataset, rows[i].row.sequence);
      body_.clear();
      JsonWriter w(body_);
      write_chosen(w, rows[i]);
      // Records of before have no id: who resumes is given them again, or what is new.
      if (send(sse_event("row", is_new ? cursor_text() : "", body_))) continue;
      set_cursor(rows[i].dataset, before);
      return i;
    }
    return rows.size();
  }
  bool send_gap(const TailGap& gap) override {
    std::string body;
    JsonWriter w(body);
    w.begin_object().field("count", gap.count).field("exact", gap.is_exact).field("dataset", store::dataset_name(gap.dataset)).end_object();
    return send(sse_event("dropped", cursor_text(), body));
  }
  bool send_begun() override {
    std::string body;
    JsonWriter w(body);
    w.begin_object().key("fields");
    if (fields_.empty()) {
      w.null();
    } else {
      w.begin_array();
      for (const FieldName& field : fields_) w.string(field.name);
      w.end_array();
    }
    w.end_object();
    return send(std::string(kReconnect) + sse_event("ping", cursor_text(), body));
  }
  bool send_quiet() override { return send(sse_event("ping", cursor_text(), "{}")); }

 private:
  // "logs.1204", "logs.1204,spans.7"
  std::string cursor_text() const {
    std::string out;
    for (const Dataset dataset : datasets_) {
      if (!out.empty()) out += ",";
      out.append(store::dataset_name(dataset)).append(".").append(std::to_string(cursor(dataset)));
    }
    return out;
  }

  void write_chosen(JsonWriter& w, const TailRow& row) const {
    if (fields_.empty()) return write_row(w, row.dataset, row.row);
    store::EventRow chosen = row.row;
    query::search::keep_fields(row.dataset, fields_, chosen);
    write_row(w, row.dataset, chosen);
  }

  const std::vector<FieldName> fields_;
  std::vector<Dataset> datasets_;
  std::string body_;
};

// What is to be followed, and the fields of it that the question chose.
struct Following {
  TailPlan plan;
  std::vector<FieldName> fields;
};

Result<std::vector<Dataset>> datasets_of(const HttpRequest& request) {
  const std::string_view name = request.parameter("dataset");
  if (name == "all") return std::vector{Dataset::kLogs, Dataset::kSpans, Dataset::kErrors};
  for (const Dataset dataset : {Dataset::kLogs, Dataset::kSpans, Dataset::kErrors}) {
    if (name == store::dataset_name(dataset) || (name.empty() && dataset == Dataset::kLogs)) return std::vector{dataset};
  }
  return base::fail(Code::kInvalidArgument, "dataset must be logs, spans, errors or all");
}

// Of those datasets that the text names; the others are left as they are.
Result<> read_cursor(std::string_view text, TailPlan& plan) {
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), one.size() + 1));
    const size_t dot = one.find('.');
    uint64_t sequence = 0;
    const char* begin = one.data() + std::min(one.size(), dot + 1);
    const auto [end, ec] = std::from_chars(begin, one.data() + one.size(), sequence);
    if (dot == std::string_view::npos || ec != std::errc() || end != one.data() + one.size()) {
      return base::fail(Code::kInvalidArgument, "Last-Event-ID or after: not one of ours, such as logs.1204");
    }
    for (auto& source : plan.sources) {
      if (store::dataset_name(source.dataset) == one.substr(0, dot)) source.after = std::min(sequence, source.after);
    }
  }
  return {};
}

Result<> add_fields(const Question& question, TailPlan& plan) {
  const auto& rows = question.rows;
  const bool only_fields = question.kind == Question::Kind::kRows && rows.dedup.empty() && rows.sort.empty() && !rows.limit;
  if (!only_fields) return base::fail(Code::kInvalidArgument, "a live tail has no end to sort or count to: of the pipes it takes only | fields");
  for (const Question::Part& part : question.parts) {
    for (const auto& name : rows.fields) {
      for (std::string& field : query::search::fields_behind(part.dataset, name)) {
        if (std::ranges::find(plan.project, field) == plan.project.end()) plan.project.push_back(std::move(field));
      }
    }
  }
  return {};
}

Result<Following> following_of(const Api& api, const HttpRequest& request, size_t& position) {
  auto datasets = datasets_of(request);
  if (!datasets) return base::fail(std::move(datasets.error()));
  auto question = query::search::parse_question(request.parameter("q"), *datasets, &position);
  if (!question) return base::fail(std::move(question.error()));
  TailPlan plan;
  if (auto ok = add_fields(*question, plan); !ok) return base::fail(std::move(ok.error()));
  if (question->parts.empty()) return base::fail(Code::kInvalidArgument, "nothing can match: the question names datasets that exclude each other");
  for (Question::Part& part : question->parts) {
    // Settled now: what comes in before the client sees our answer belongs to it.
    plan.sources.push_back({part.dataset, std::move(part.filter), api.events.durable_sequence(part.dataset)});
  }
  const std::string_view resumed = request.header("last-event-id");
  if (auto ok = read_cursor(resumed.empty() ? request.parameter("after") : resumed, plan); !ok) return base::fail(std::move(ok.error()));
  const auto last = int_parameter(request, "last", 0, 0, kMostLast);
  if (!last) return base::fail(last.error());
  if (resumed.empty()) plan.last = static_cast<size_t>(*last);
  if (const auto start = request.parameter("start"); !start.empty()) {
    const auto since = base::parse_instant(start, api.clock.now());
    if (!since) return base::fail(Code::kInvalidArgument, "start: " + since.error().message);
    plan.since = *since;
  }
  return Following{std::move(plan), std::move(question->rows.fields)};
}

HttpResponse refusal(const base::Error& error, size_t position) {
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("error").begin_object().field("code", base::code_name(error.code));
  w.field("message", error.message).field("position", static_cast<uint64_t>(position)).end_object().end_object();
  return HttpResponse::json(std::move(body), http_status(Code::kInvalidArgument));
}

}  // namespace

void add_tail_routes(Router& router, const Api& api) {
  router.add({.method = Method::kGet,
              .pattern = "/api/app/tail/stream",
              .access = Access::kRead,
              .handler =
                  [api](HttpRequest&& request, Responder respond) {
                    size_t position = 0;
                    auto wanted = following_of(api, request, position);
                    if (!wanted) return respond(refusal(wanted.error(), position));
                    auto opener = [&tails = api.tails, wanted = std::move(*wanted)](std::shared_ptr<Stream> stream) {
                      auto feed = std::make_shared<EventFeed>(wanted.plan, wanted.fields);
                      feed->begin(tails, wanted.plan, std::move(stream));
                      return feed;
                    };
                    respond({.stream = std::move(opener)});
                  },
              .pool = Pool::kQuery,
              .errors = ErrorShape::kApp,
              .stream = StreamKind::kEvents});
}

}  // namespace tripod::serve::app
