// Files that are renamed, cut off, copied, removed, replaced; inodes that come back.
#include "ship/testing/shipper_fixture.h"

namespace tripod::ship::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr int64_t kSecond = base::kNanosPerSecond;

class RotationTest : public ShipperTest {
 protected:
  // As logrotate's copytruncate.
  void copy_and_truncate(const std::string& path, const std::string& copy) {
    write(copy, fs_.read_all(path).value());
    ASSERT_TRUE(fs_.truncate(path, 0));
  }
};

TEST_F(RotationTest, RenamedFileIsReadToItsEnd) {
  write("/log/a.log", "1\n");
  settle();
  write("/log/a.log", "2\n");
  rename("/log/a.log", "/log/a.log.1");
  write("/log/a.log.1", "3\n");  // its writer has not noticed yet
  write("/log/a.log", "4\n");
  settle();
  EXPECT_THAT(server_.texts(), UnorderedElementsAre("1", "2", "3", "4"));
  write("/log/a.log.1", "5\n");
  settle();
  EXPECT_EQ(server_.texts().back(), "5");
  EXPECT_EQ(server_.records.back().source, "{\"log.file.path\":\"/log/a.log\"}");
}

TEST_F(RotationTest, ALastLineWithoutAnEndIsSentWhenTheFileIsLeft) {
  write("/log/a.log", "1\npart");
  settle();
  rename("/log/a.log", "/log/a.log.1");
  settle();
  EXPECT_THAT(server_.texts(), ElementsAre("1"));
  run_for(6 * base::kNanosPerMinute);
  EXPECT_THAT(server_.texts(), ElementsAre("1", "part"));
  restart();
  settle();
  EXPECT_THAT(server_.texts(), SizeIs(2));
}

TEST_F(RotationTest, RenamedToANameThatMatchesToo) {
  write("/log/a.log", "1\n");
  settle();
  rename("/log/a.log", "/log/old.log");
  write("/log/a.log", "2\n");
  settle();
  restart();
  write("/log/old.log", "3\n");
  settle();
  EXPECT_THAT(server_.texts(), ElementsAre("1", "2", "3"));
}

TEST_F(RotationTest, RenamedWhileAway) {
  write("/log/a.log", "1\n");
  settle();
  kill();
  write("/log/a.log", "2\n");
  rename("/log/a.log", "/log/a.log.1");
  write("/log/a.log", "3\n");
  settle();
  EXPECT_THAT(server_.texts(), UnorderedElementsAre("1", "2", "3"));
}

TEST_F(RotationTest, ManyRotationsBetweenTwoLooks) {
  std::vector<std::string> written;
  for (int i = 0; i < 200; ++i) {
    written.push_back("line " + std::to_string(i));
    write("/log/a.log", written.back() + "\n");
    if (i % 7 == 6) {
      run_for(300 * base::kNanosPerMilli);
      rename("/log/a.log", "/log/a.log." + std::to_string(i));
    }
    if (i % 50 == 49) restart();
  }
  settle();
  EXPECT_THAT(server_.texts(), ::testing::UnorderedElementsAreArray(written));
}

TEST_F(RotationTest, TruncatedFileIsReadFromItsBeginning) {
  write("/log/a.log", "1\n2\n");
  settle();
  ASSERT_TRUE(fs_.truncate("/log/a.log", 0));
  settle();
  write("/log/a.log", "3\n");
  settle();
  EXPECT_THAT(server_.texts(), ElementsAre("1", "2", "3"));
}

TEST_F(RotationTest, TruncatedAndGrownPastTheOldPlaceBetweenTwoLooks) {
  write("/log/a.log", "1\n2\n");
  settle();
  ASSERT_TRUE(fs_.truncate("/log/a.log", 0));
  write("/log/a.log", "3\n4\n5\n6\n");
  settle();
  EXPECT_THAT(server_.texts(), ElementsAre("1", "2", "3", "4", "5", "6"));
}

TEST_F(RotationTest, TruncatedAndWrittenWithTheSameLinesAgain) {
  for (int i = 0; i < 3; ++i) {
    write("/log/a.log", "starting\nready\n");
    settle();
    ASSERT_TRUE(fs_.truncate("/log/a.log", 0));
    settle();
  }
  EXPECT_THAT(server_.texts(), SizeIs(6)) << "the same bytes at the same place, and not a repeat";
}

TEST_F(RotationTest, CopiedAndTruncatedBeforeItWasRead) {
  write("/log/a.log", "1\n");
  settle();
  server_.always = FakeServer::Told{.status = 503};
  write("/log/a.log", "2\n");
  settle();
  write("/log/a.log", "3\n");
  run_for(kSecond);
  copy_and_truncate("/log/a.log", "/log/a.log.1");
  write("/log/a.log", "4\n");
  server_.always.reset();
  run_for(60 * kSecond);
  EXPECT_THAT(server_.texts(), UnorderedElementsAre("1", "2", "3", "4"));
  EXPECT_EQ(shipper_->stats().bytes_lost, 0u);
}

TEST_F(RotationTest, CopiedAndTruncatedWhileTheCopyMatchesToo) {
  write("/log/a.log", "1\n");
  settle();
  write("/log/a.log", "2\n");
  write("/log/b.log", fs_.read_all("/log/a.log").value());
  run_for(kSecond);
  write("/log/a.log", "3\n");
  ASSERT_TRUE(fs_.truncate("/log/a.log", 0));
  write("/log/a.log", "4\n");
  settle();
  // What was written between copying and truncating is gone with copytruncate, whoever reads.
  EXPECT_THAT(server_.texts(), UnorderedElementsAre("1", "2", "4"));
}

TEST_F(RotationTest, CopiedAndTruncatedWhileAway) {
  write("/log/a.log", "1\n");
  settle();
  kill();
  write("/log/a.log", "2\n");
  copy_and_truncate("/log/a.log", "/log/a.log.1");
  write("/log/a.log", "3 is longer than before\n");
  settle();
  EXPECT_THAT(server_.texts(), UnorderedElementsAre("1", "2", "3 is longer than before"));
}

TEST_F(RotationTest, ACopyThatStaysBesideItsFileIsAFileOfItsOwn) {
  write("/log/a.log", "1\n");
  settle();
  write("/log/b.log", fs_.read_all("/log/a.log").value());
  write("/log/b.log", "2\n");
  run_for(2 * base::kNanosPerMinute);
  EXPECT_THAT(server_.texts(), ElementsAre("1", "1", "2"));
}

TEST_F(RotationTest, LostBytesAreCounted) {
  write("/log/a.log", "1\n");
  server_.always = FakeServer::Told{.status = 503};
  run_for(3 * kSecond);
  write("/log/a.log", "234\n");
  run_for(kSecond);
  ASSERT_TRUE(fs_.truncate("/log/a.log", 0));
  run_for(kSecond);
  EXPECT_EQ(shipper_->stats().bytes_lost, 4u);
  server_.always.reset();
  run_for(60 * kSecond);
  EXPECT_THAT(server_.texts(), ElementsAre("1")) << "what was taken was in memory";
}

TEST_F(RotationTest, AnInodeThatComesBackIsAnotherFile) {
  write("/log/a.log", "1\n2\n3\n");
  settle();
  const uint64_t inode = fs_.status("/log/a.log")->inode;
  kill();
  ASSERT_TRUE(fs_.remove("/log/a.log"));
  write("/log/a.log", "4\n5\n6\n7\n");
  ASSERT_EQ(fs_.status("/log/a.log")->inode, inode);
  settle();
  EXPECT_THAT(server_.texts(), ElementsAre("1", "2", "3", "4", "5", "6", "7"));
}

TEST_F(RotationTest, AnInodeThatComesBackUnderAnotherName) {
  write("/log/a.log", "1\n");
  settle();
  kill();
  ASSERT_TRUE(fs_.remove("/log/a.log"));
  write("/log/b.log", "other\n");
  settle();
  EXPECT_THAT(server_.texts(), ElementsAre("1", "other"));
}

TEST_F(RotationTest, RemovedFileIsReadToItsEnd) {
  write("/log/a.log", "1\n");
  settle();
  write("/log/a.log", "2\n");
  run_for(100 * base::kNanosPerMilli);
  ASSERT_TRUE(fs_.remove("/log/a.log"));
  settle();
  EXPECT_THAT(server_.texts(), ElementsAre("1", "2"));
}

TEST_F(RotationTest, RemovedWhileTheServerIsAwaySurvivesARestart) {
  write("/log/a.log", "1\n");
  settle();
  server_.always = FakeServer::Told{.status = 0};
  write("/log/a.log", "2\n");
  run_for(3 * kSecond);  // "2" is being sent in vain
  write("/log/a.log", "3\n4\n");
  run_for(kSecond);
  ASSERT_TRUE(fs_.remove("/log/a.log"));
  run_for(10 * kSecond);
  kill();
  server_.always.reset();
  settle();
  EXPECT_THAT(server_.texts(), ElementsAre("1", "2", "3", "4"));
  EXPECT_EQ(shipper_->stats().bytes_lost, 0u);
}

TEST_F(RotationTest, IdleFilesAreClosedAndReadOnWhenTheyGrow) {
  write("/log/a.log", "1\n");
  run_for(5 * base::kNanosPerMinute);
  write("/log/a.log", "2\n");
  settle();
  run_for(5 * base::kNanosPerMinute);
  rename("/log/a.log", "/log/a.log.1");
  write("/log/a.log.1", "3\n");
  settle();
  run_for(5 * base::kNanosPerMinute);
  ASSERT_TRUE(fs_.truncate("/log/a.log.1", 0));
  settle();
  EXPECT_THAT(server_.texts(), ElementsAre("1", "2", "3"));
}

TEST_F(RotationTest, IdleFileIsReplaced) {
  write("/log/a.log", "1\n");
  run_for(5 * base::kNanosPerMinute);
  ASSERT_TRUE(fs_.remove("/log/a.log"));
  write("/log/a.log", "2\n");
  run_for(5 * base::kNanosPerMinute);
  ASSERT_TRUE(fs_.truncate("/log/a.log", 0));
  write("/log/a.log", "other\n");
  settle();
  EXPECT_THAT(server_.texts(), ElementsAre("1", "2", "other"));
}

TEST_F(RotationTest, TheStateForgetsFilesThatAreGone) {
  for (int i = 0; i < 20; ++i) {
    write("/log/a.log", std::to_string(i) + "\n");
    settle();
    ASSERT_TRUE(fs_.remove("/log/a.log"));
    run_for(6 * base::kNanosPerMinute);
  }
  kill();
  EXPECT_THAT((*load_state(fs_, "/state/state"))->files, IsEmpty());
  EXPECT_THAT(server_.texts(), SizeIs(20));
}

TEST_F(RotationTest, LimitOfFilesIsKept) {
  config_.most_files = 2;
  for (const char* name : {"a", "b", "c"})
    write(std::string("/log/") + name + ".log", std::string(name) + "\n");
  settle();
  EXPECT_THAT(server_.texts(), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace tripod::ship::testing
