// Names of CloudWatch's log groups and streams, and what one says of the service that logs.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
#pragma once

#include <string>
#include <string_view>

namespace tripod::ingest::cloudwatch {

// What is wrong with the name, in AWS's words; empty: nothing. Groups have 1 to 512 of a-z A-Z 0-9 _ - / . #,
// streams 1 to 512 of anything but ':' and '*'.
std::string fault_of_group(std::string_view name);
std::string fault_of_stream(std::string_view name);

// "/aws/lambda/checkout" -> "checkout".
std::string_view service_of_group(std::string_view name);

}  // namespace tripod::ingest::cloudwatch
