#include "ingest/cloudwatch/requests.h"

#include <gtest/gtest.h>

#include "ingest/cloudwatch/names.h"

namespace tripod::ingest::cloudwatch {
namespace {

TEST(CloudWatchRequestsTest, OperationsAreFoundByTheirTarget) {
  EXPECT_EQ(operation_of("Logs_20140328.PutLogEvents"), Operation::kPutLogEvents);
  EXPECT_EQ(operation_of("Logs_20140328.TagResource"), Operation::kTagResource);
  for (const char* target : {"", "PutLogEvents", "Logs_20140328.", "Logs_20140328.GetLogEvents", "DynamoDB_20120810.CreateLogGroup"}) {
    EXPECT_EQ(operation_of(target), Operation::kUnknown) << target;
  }
}

TEST(CloudWatchRequestsTest, MembersAreRead) {
  const auto request = parse_request(
      R"({"logGroupName":"/a/b","logStreamNamePrefix":"w","descending":true,"limit":3,"nextToken":"t","tags":{"a":"b"},"x":null})");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->group, "/a/b");
  EXPECT_EQ(request->stream_prefix, "w");
  EXPECT_TRUE(request->descending);
  EXPECT_EQ(request->limit, 3);
  EXPECT_EQ(request->next_token, "t");
  EXPECT_EQ(parse_request("{}")->limit, 50);
  EXPECT_EQ(parse_request(R"({"resourceArn":"arn:aws:logs:eu-central-1:000000000000:log-group:/a/b:*"})")->group, "/a/b");
  EXPECT_EQ(parse_request(R"({"logGroupIdentifier":"/a/b"})")->group, "/a/b");
}

TEST(CloudWatchRequestsTest, BadMembersAreNamed) {
  EXPECT_EQ(parse_request(R"({"limit":51})").error().message, "limit must be 1 to 50");
  EXPECT_EQ(parse_request(R"({"limit":"5"})").error().message, "limit must be a number");
  EXPECT_EQ(parse_request(R"({"logGroupName":5})").error().message, "logGroupName must be a string");
  EXPECT_EQ(parse_request(R"({"descending":"yes"})").error().message, "descending must be true or false");
  for (const char* body : {"", "[]", "{", "{}x", "\"\xff\""}) EXPECT_FALSE(parse_request(body)) << body;
}

TEST(CloudWatchNamesTest, NamesAreCheckedAsAwsDoes) {
  for (const char* good : {"a", "/aws/lambda/shop_1", "x.y#z-"}) EXPECT_EQ(fault_of_group(good), "") << good;
  for (const char* bad : {"", "a b", "a:b", "ä"}) EXPECT_NE(fault_of_group(bad), "") << bad;
  EXPECT_NE(fault_of_group(std::string(513, 'a')), "");
  EXPECT_EQ(fault_of_stream("2026/11/22/[$LATEST]abc ä"), "");
  for (const char* bad : {"", "a:b", "a*"}) EXPECT_NE(fault_of_stream(bad), "") << bad;
}

TEST(CloudWatchNamesTest, TheLastSegmentIsTheService) {
  EXPECT_EQ(service_of_group("/aws/lambda/checkout"), "checkout");
  EXPECT_EQ(service_of_group("shop"), "shop");
  EXPECT_EQ(service_of_group("/shop/"), "shop");
  EXPECT_EQ(service_of_group("/"), "");
}

}  // namespace
}  // namespace tripod::ingest::cloudwatch
