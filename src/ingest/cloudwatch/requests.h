// The small requests of CloudWatch Logs: create and describe groups and streams. AWS JSON 1.1.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tripod::ingest::cloudwatch {

enum class Operation : uint8_t {
  kCreateLogGroup,
  kCreateLogStream,
  kDescribeLogGroups,
  kDescribeLogStreams,
  kPutLogEvents,
  kPutRetentionPolicy,
  kTagLogGroup,
  kTagResource,
  kUnknown,
};

// Of X-Amz-Target: "Logs_20140328.PutLogEvents".
Operation operation_of(std::string_view target);

// Members of all of them; what is not sent is empty.
struct Request {
  std::string group;         // logGroupName, or the name in logGroupIdentifier or resourceArn
  std::string stream;        // logStreamName
  std::string group_prefix;  // logGroupNamePrefix
  std::string group_pattern; // logGroupNamePattern: a part of the name
  std::string stream_prefix; // logStreamNamePrefix
  std::string order_by;
  std::string next_token;
  bool descending = false;
  int64_t limit = 50;        // 1 to 50
};

// kInvalidArgument: not a JSON object, or a member that is none of what it must be.
base::Result<Request> parse_request(std::string_view body);

}  // namespace tripod::ingest::cloudwatch
