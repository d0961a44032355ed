#include "base/file_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/random.h"

namespace tripod::base {
namespace {

TEST(FileLock, OneHolderAtATime) {
  const std::string path = (std::filesystem::temp_directory_path() / ("tripod-lock-" + random_hex(8))).string();
  {
    auto first = FileLock::take(path);
    ASSERT_TRUE(first) << first.error().message;
    auto second = FileLock::take(path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::kAlreadyExists);
    EXPECT_THAT(second.error().message, testing::HasSubstr("process " + std::to_string(::getpid())));
    FileLock moved = std::move(*first);
    EXPECT_FALSE(FileLock::take(path));
  }
  EXPECT_TRUE(FileLock::take(path));
  std::filesystem::remove(path);
}

TEST(FileLock, AFolderThatIsNotThereIsNamed) {
  EXPECT_THAT(FileLock::take("/nonexistent/lock").error().message, testing::HasSubstr("/nonexistent/lock"));
}

}  // namespace
}  // namespace tripod::base
