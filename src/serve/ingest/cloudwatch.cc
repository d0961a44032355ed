// CloudWatch Logs, AWS JSON 1.1: POST with X-Amz-Target. docs/protocols/cloudwatch.md
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/Welcome.html
#include <fmt/format.h>

#include <optional>

#include "base/json_writer.h"
#include "base/random.h"
#include "ingest/cloudwatch/names.h"
#include "ingest/cloudwatch/put_log_events.h"
#include "ingest/cloudwatch/requests.h"
#include "serve/ingest/intake.h"
#include "serve/ingest/log_groups.h"

namespace tripod::serve {

namespace {

using base::Code;
using base::Error;
using base::JsonWriter;
using base::Result;
namespace aws = ingest::cloudwatch;

constexpr const char* kProtocol = "cloudwatch";
constexpr size_t kMostBytes = 8 * kMegabyte;  // 1 MiB of messages, escaped

struct CloudWatch {
  CloudWatch(const Intake& to, store::MetaStore& meta) : intake(to), groups(meta, to.clock) {}
  const Intake intake;
  LogGroups groups;
};
using Shared = std::shared_ptr<CloudWatch>;

int64_t project_of(const HttpRequest& request) { return static_cast<int64_t>(request.principal.project); }

HttpResponse with_request_id(HttpResponse response) { return std::move(response).with("x-amzn-RequestId", base::random_hex(16)); }

Error invalid(std::string message) { return {Code::kInvalidArgument, std::move(message)}; }

// As AWS writes them; the account is none, the region that of the signature.
std::string arn_of(const HttpRequest& request, std::string_view group, std::string_view stream) {
  std::string_view scope = request.header("authorization");
  const auto next = [&](std::string_view separator) {
    const size_t at = scope.find(separator);
    scope = at == scope.npos ? std::string_view() : scope.substr(at + separator.size());
  };
  next("Credential=");
  next("/");
  next("/");
  const std::string_view region = scope.substr(0, scope.find('/'));
  std::string arn = fmt::format("arn:aws:logs:{}:000000000000:log-group:{}:", region.empty() ? "local" : region, group);
  return stream.empty() ? arn + "*" : arn + "log-stream:" + std::string(stream);
}

Result<std::string> create_group(CloudWatch& cw, const HttpRequest& request, const aws::Request& asked) {
  if (auto fault = aws::fault_of_group(asked.group); !fault.empty()) return base::fail(invalid(std::move(fault)));
  if (auto ok = cw.groups.create_group(project_of(request), asked.group); !ok) return base::fail(std::move(ok.error()));
  return "";
}

Result<std::string> create_stream(CloudWatch& cw, const HttpRequest& request, const aws::Request& asked) {
  if (auto fault = aws::fault_of_group(asked.group); !fault.empty()) return base::fail(invalid(std::move(fault)));
  if (auto fault = aws::fault_of_stream(asked.stream); !fault.empty()) return base::fail(invalid(std::move(fault)));
  if (auto ok = cw.groups.create_stream(project_of(request), asked.group, asked.stream); !ok) return base::fail(std::move(ok.error()));
  return "";
}

// The list without the one that only says that there are more; its last name is then the next page's token.
void write_next_token(JsonWriter& w, const std::vector<LogGroups::Named>& found, size_t limit) {
  if (found.size() > limit) w.field("nextToken", found[limit - 1].name);
}

Result<std::string> describe_groups(CloudWatch& cw, const HttpRequest& request, const aws::Request& asked) {
  if (!asked.group_prefix.empty() && !asked.group_pattern.empty()) {
    return base::fail(invalid("logGroupNamePrefix and logGroupNamePattern are mutually exclusive"));
  }
  const LogGroups::Page page{.prefix = asked.group_prefix, .part = asked.group_pattern, .after = asked.next_token,
                             .limit = static_cast<size_t>(asked.limit)};
  auto found = cw.groups.groups(project_of(request), page);
  if (!found) return base::fail(std::move(found.error()));
  std::string out;
  JsonWriter w(out);
  w.begin_object().key("logGroups").begin_array();
  for (size_t i = 0; i < std::min(found->size(), page.limit); ++i) {
    const auto& [name, created] = (*found)[i];
    w.begin_object().field("logGroupName", name).field("creationTime", created / base::kNanosPerMilli);
    w.field("arn", arn_of(request, name, "")).end_object();
  }
  w.end_array();
  write_next_token(w, *found, page.limit);
  w.end_object();
  return out;
}

Result<std::string> describe_streams(CloudWatch& cw, const HttpRequest& request, const aws::Request& asked) {
  if (auto fault = aws::fault_of_group(asked.group); !fault.empty()) return base::fail(invalid(std::move(fault)));
  if (!asked.order_by.empty() && asked.order_by != "LogStreamName") {
    return base::fail(invalid("orderBy " + asked.order_by + " is not offered, only LogStreamName"));
  }
  const LogGroups::Page page{.prefix = asked.stream_prefix, .part = "", .after = asked.next_token, .descending = asked.descending,
                             .limit = static_cast<size_t>(asked.limit)};
  auto found = cw.groups.streams(project_of(request), asked.group, page);
  if (!found) return base::fail(std::move(found.error()));
  std::string out;
  JsonWriter w(out);
  w.begin_object().key("logStreams").begin_array();
  for (size_t i = 0; i < std::min(found->size(), page.limit); ++i) {
    const auto& [name, created] = (*found)[i];
    w.begin_object().field("logStreamName", name).field("creationTime", created / base::kNanosPerMilli);
    w.field("arn", arn_of(request, asked.group, name)).end_object();
  }
  w.end_array();
  write_next_token(w, *found, page.limit);
  w.end_object();
  return out;
}

// Taken note of, and nothing else: how long logs are kept is a setting of ours, and groups have no tags.
Result<std::string> acknowledge(CloudWatch& cw, const HttpRequest& request, const aws::Request& asked, std::string_view item) {
  if (auto ok = cw.groups.find_group(project_of(request), asked.group); !ok) return base::fail(std::move(ok.error()));
  cw.intake.ledger.received(kProtocol, item, false, 1);
  return "";
}

Result<std::string> small_request(CloudWatch& cw, aws::Operation operation, const HttpRequest& request) {
  auto asked = aws::parse_request(request.body);
  if (!asked) return base::fail(std::move(asked.error()));
  switch (operation) {
    case aws::Operation::kCreateLogGroup: return create_group(cw, request, *asked);
    case aws::Operation::kCreateLogStream: return create_stream(cw, request, *asked);
    case aws::Operation::kDescribeLogGroups: return describe_groups(cw, request, *asked);
    case aws::Operation::kDescribeLogStreams: return describe_streams(cw, request, *asked);
    case aws::Operation::kPutRetentionPolicy: return acknowledge(cw, request, *asked, "retention policy");
    case aws::Operation::kTagLogGroup:
    case aws::Operation::kTagResource: return acknowledge(cw, request, *asked, "tags of a log group");
    case aws::Operation::kPutLogEvents:
    case aws::Operation::kUnknown: break;
  }
  const std::string target(request.header("x-amz-target"));
  return base::fail(Code::kUnsupported, target.empty() ? "the header X-Amz-Target is missing: what is sent here is CloudWatch Logs' JSON 1.1"
                                                       : target + " is not offered: logs are sent here and groups created, nothing else");
}

// AWS tells of rejected events as a range at each end of the batch. Both ends are told so that they cover all that was
// rejected, also where a line's own time was the reason.
struct RejectedEnds {
  std::optional<size_t> too_old_end;    // exclusive
  std::optional<size_t> too_new_start;  // inclusive
};

RejectedEnds rejected_ends(const std::vector<model::LeftOutLog>& left_out, size_t events) {
  RejectedEnds out;
  for (const model::LeftOutLog& log : left_out) {
    if (log.position >= events) continue;  // a further record of an event's line
    if (log.reason == pipeline::kTimestampTooOld) out.too_old_end = std::max(out.too_old_end.value_or(0), size_t{log.position} + 1);
    if (log.reason == pipeline::kTimestampTooNew) out.too_new_start = std::min(out.too_new_start.value_or(events), size_t{log.position});
  }
  return out;
}

std::string put_json(base::UnixNanos now, const RejectedEnds& rejected) {
  std::string out;
  JsonWriter w(out);
  // Sequence tokens are still answered and have no meaning any more, as at AWS.
  w.begin_object().field("nextSequenceToken", fmt::format("{:056d}", now));
  if (rejected.too_old_end || rejected.too_new_start) {
    w.key("rejectedLogEventsInfo").begin_object();
    // Logs are taken for as long back as they are kept: too old is expired as well.
    if (rejected.too_old_end) w.field("tooOldLogEventEndIndex", *rejected.too_old_end).field("expiredLogEventEndIndex", *rejected.too_old_end);
    if (rejected.too_new_start) w.field("tooNewLogEventStartIndex", *rejected.too_new_start);
    w.end_object();
  }
  w.end_object();
  return out;
}

void put_log_events(const Shared& cw, HttpRequest&& request, Responder responder) {
  const Intake& intake = cw->intake;
  const auto refuse = [&](HttpResponse response, std::string_view reason, const std::string& detail) {
    const model::Rejection rejection{.reason = std::string(reason), .detail = detail, .count = 1};
    intake.ledger.rejected(kProtocol, request.peer.address, {&rejection, 1});
    responder(with_request_id(std::move(response)));
  };
  Submission submission{.protocol = kProtocol, .errors = ErrorShape::kAws};
  const auto put = aws::decode_put_log_events(take_body(request), submission.batch);
  if (!put) {
    const auto& [malformed, message] = put.error();
    const char* type = malformed ? "SerializationException" : "InvalidParameterException";
    return refuse(aws_error(400, type, message), base::code_name(Code::kInvalidArgument), message);
  }
  if (auto ok = cw->groups.use_stream(project_of(request), put->group, put->stream); !ok) {
    const std::string detail = ok.error().message + " (" + put->group + ", " + put->stream + ")";
    return refuse(error_response(ErrorShape::kAws, ok.error(), request), base::code_name(ok.error().code), detail);
  }
  submit(intake, std::make_shared<HttpRequest>(std::move(request)), std::move(submission), std::move(responder),
         [cw, events = put->events](const pipeline::Outcome& outcome) {
           return with_request_id(aws_json(put_json(cw->intake.clock.now(), rejected_ends(outcome.left_out_logs, events))));
         });
}

void handle(const Shared& cw, HttpRequest&& request, Responder responder) {
  const aws::Operation operation = aws::operation_of(request.header("x-amz-target"));
  if (operation == aws::Operation::kPutLogEvents) return put_log_events(cw, std::move(request), std::move(responder));
  auto answered = small_request(*cw, operation, request);
  if (answered) return responder(with_request_id(aws_json(std::move(*answered))));
  const bool over_limit = answered.error().code == Code::kResourceExhausted;
  responder(with_request_id(over_limit ? aws_error(400, "LimitExceededException", answered.error().message)
                                       : error_response(ErrorShape::kAws, answered.error(), request)));
}

}  // namespace

void add_cloudwatch_routes(Router& router, const Intake& intake, store::MetaStore& meta) {
  const auto cw = std::make_shared<CloudWatch>(intake, meta);
  for (const char* pattern : {"/", "/cloudwatch", "/cloudwatch/"}) {
    router.add({.method = Method::kPost,
                .pattern = pattern,
                .access = Access::kIngest,
                .handler = [cw](HttpRequest&& request, Responder responder) { handle(cw, std::move(request), std::move(responder)); },
                .pool = Pool::kIngest,
                .errors = ErrorShape::kAws,
                .max_body_bytes = kMostBytes,
                .max_decoded_bytes = kMostBytes,
                .protocol = kProtocol});
  }
  router.shape_prefix("/cloudwatch", ErrorShape::kAws);
}

}  // namespace tripod::serve
