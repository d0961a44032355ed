#include "ingest/cloudwatch/requests.h"

#include <array>
#include <utility>

#include "base/arena.h"
#include "base/utf8.h"
#include "pipeline/line/json_flattener.h"

namespace tripod::ingest::cloudwatch {
namespace {

constexpr size_t kMostBytes = 64u << 10;
constexpr size_t kMostDepth = 8;

constexpr std::array<std::pair<std::string_view, Operation>, 8> kOperations{{
    {"CreateLogGroup", Operation::kCreateLogGroup},
    {"CreateLogStream", Operation::kCreateLogStream},
    {"DescribeLogGroups", Operation::kDescribeLogGroups},
    {"DescribeLogStreams", Operation::kDescribeLogStreams},
    {"PutLogEvents", Operation::kPutLogEvents},
    {"PutRetentionPolicy", Operation::kPutRetentionPolicy},
    {"TagLogGroup", Operation::kTagLogGroup},
    {"TagResource", Operation::kTagResource},
}};

struct TextMember {
  std::string_view name;
  std::string Request::*to;
};
constexpr std::array<TextMember, 7> kTexts{{
    {"logGroupName", &Request::group},
    {"logStreamName", &Request::stream},
    {"logGroupNamePrefix", &Request::group_prefix},
    {"logGroupNamePattern", &Request::group_pattern},
    {"logStreamNamePrefix", &Request::stream_prefix},
    {"orderBy", &Request::order_by},
    {"nextToken", &Request::next_token},
}};

// "arn:aws:logs:eu-central-1:123456789012:log-group:NAME:*", or the name itself.
std::string_view group_of_arn(std::string_view arn) {
  constexpr std::string_view kKind = ":log-group:";
  const size_t at = arn.find(kKind);
  if (at != arn.npos) arn.remove_prefix(at + kKind.size());
  return arn.substr(0, arn.find(':'));
}

base::Result<> take(const model::Attribute& member, Request& out) {
  const auto wrong = [&](std::string_view what) {
    return base::fail(base::Code::kInvalidArgument, std::string(member.key) + " must be " + std::string(what));
  };
  for (const TextMember& text : kTexts) {
    if (member.key != text.name) continue;
    if (!member.value.is_string()) return wrong("a string");
    out.*text.to = std::string(member.value.text());
    return {};
  }
  if (member.key == "logGroupIdentifier" || member.key == "resourceArn") {
    if (!member.value.is_string()) return wrong("a string");
    out.group = std::string(group_of_arn(member.value.text()));
  } else if (member.key == "descending") {
    if (member.value.type() != model::ValueType::kBool) return wrong("true or false");
    out.descending = member.value.as_bool();
  } else if (member.key == "limit") {
    if (member.value.type() != model::ValueType::kInt64) return wrong("a number");
    out.limit = member.value.as_int64();
    if (out.limit < 1 || out.limit > 50) return wrong("1 to 50");
  }
  return {};
}

}  // namespace

Operation operation_of(std::string_view target) {
  constexpr std::string_view kService = "Logs_20140328.";
  if (!target.starts_with(kService)) return Operation::kUnknown;
  target.remove_prefix(kService.size());
  for (const auto& [name, operation] : kOperations) {
    if (name == target) return operation;
  }
  return Operation::kUnknown;
}

base::Result<Request> parse_request(std::string_view body) {
  base::Arena arena;
  std::vector<model::Attribute> members;
  const size_t start = body.find_first_not_of(" \t\r\n");
  if (start != body.npos) body = body.substr(start, body.find_last_not_of(" \t\r\n") - start + 1);
  pipeline::JsonFlattener flattener({.max_bytes = kMostBytes, .max_depth = kMostDepth});
  if (!base::is_valid_utf8(body) || flattener.flatten(body, arena, members) != pipeline::FlattenOutcome::kObject) {
    return base::fail(base::Code::kInvalidArgument, "the body is not a JSON object of at most 64 KiB");
  }
  Request out;
  for (const model::Attribute& member : members) {
    if (auto ok = take(member, out); !ok) return base::fail(std::move(ok.error()));
  }
  return out;
}

}  // namespace tripod::ingest::cloudwatch
