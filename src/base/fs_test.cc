#include "base/fs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/mem_fs.h"

namespace tripod::base {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string temporary_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "tripod-fs-XXXXXX").string();
  TRIPOD_CHECK(::mkdtemp(name.data()) != nullptr);
  return name;
}

void append(Fs& fs, const std::string& path, std::string_view bytes) {
  auto file = fs.open_append(path, Fs::Open::kAppend);
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_TRUE((*file)->append(bytes));
  ASSERT_TRUE((*file)->sync());
}

// What both file systems must do alike.
class FsTest : public ::testing::TestWithParam<bool> {
 protected:
  FsTest() : real_(GetParam()), dir_(real_ ? temporary_folder() : "/data") {
    EXPECT_TRUE(fs().create_dirs(dir_));
  }
  ~FsTest() override {
    if (real_) std::filesystem::remove_all(dir_);
  }
  Fs& fs() { return real_ ? static_cast<Fs&>(real_fs_) : mem_fs_; }
  std::string in_dir(const std::string& name) const { return dir_ + "/" + name; }

  RealFs real_fs_;
  MemFs mem_fs_;
  const bool real_;
  const std::string dir_;
};

INSTANTIATE_TEST_SUITE_P(RealAndMemory, FsTest, ::testing::Bool(),
                         [](const auto& made) { return made.param ? "Real" : "Memory"; });

TEST_P(FsTest, AppendsAndReadsBack) {
  append(fs(), in_dir("a"), "hello ");
  append(fs(), in_dir("a"), "world");
  EXPECT_EQ(fs().read_all(in_dir("a")).value(), "hello world");

  auto file = fs().open_read(in_dir("a"));
  ASSERT_TRUE(file);
  EXPECT_EQ((*file)->size(), 11u);
  EXPECT_EQ((*file)->read(6, 5).value(), "world");
  EXPECT_EQ((*file)->read(11, 0).value(), "");
  EXPECT_EQ((*file)->read(6, 6).error().code, Code::kDataLoss);
  EXPECT_EQ((*file)->read(12, 0).error().code, Code::kDataLoss);
}

TEST_P(FsTest, AppendKnowsItsSizeAndTruncateStartsAnew) {
  append(fs(), in_dir("a"), "12345");
  auto file = fs().open_append(in_dir("a"), Fs::Open::kAppend);
  ASSERT_TRUE(file);
  EXPECT_EQ((*file)->size(), 5u);
  file = fs().open_append(in_dir("a"), Fs::Open::kTruncate);
  EXPECT_EQ((*file)->size(), 0u);
  EXPECT_EQ(fs().read_all(in_dir("a")).value(), "");
}

TEST_P(FsTest, ErrorsNameTheFileAndTheReason) {
  const auto missing = fs().open_read(in_dir("none"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  EXPECT_THAT(missing.error().message, HasSubstr("none: No such file or directory"));
  EXPECT_EQ(fs().remove(in_dir("none")).error().code, Code::kNotFound);
  EXPECT_EQ(fs().truncate(in_dir("none"), 0).error().code, Code::kNotFound);
  EXPECT_EQ(fs().rename(in_dir("none"), in_dir("b")).error().code, Code::kNotFound);
  EXPECT_EQ(fs().list(in_dir("none")).error().code, Code::kNotFound);
  EXPECT_EQ(fs().open_append(in_dir("none/a"), Fs::Open::kAppend).error().code, Code::kNotFound);
  append(fs(), in_dir("file"), "x");
  EXPECT_EQ(fs().create_dirs(in_dir("file")).error().code, Code::kAlreadyExists);
}

TEST_P(FsTest, ListsNamesSorted) {
  append(fs(), in_dir("b"), "x");
  append(fs(), in_dir("a"), "x");
  ASSERT_TRUE(fs().create_dirs(in_dir("c/d/")));
  append(fs(), in_dir("c/d/e"), "x");
  EXPECT_THAT(fs().list(dir_).value(), ElementsAre("a", "b", "c"));
  EXPECT_THAT(fs().list(in_dir("c")).value(), ElementsAre("d"));
  EXPECT_TRUE(fs().exists(in_dir("c/d/e")));
  ASSERT_TRUE(fs().remove_all(in_dir("c")));
  EXPECT_FALSE(fs().exists(in_dir("c/d/e")));
  EXPECT_TRUE(fs().remove_all(in_dir("c")));
  EXPECT_THAT(fs().list(dir_).value(), ElementsAre("a", "b"));
}

TEST_P(FsTest, RenamesFilesAndFolders) {
  append(fs(), in_dir("a"), "new");
  append(fs(), in_dir("b"), "old");
  ASSERT_TRUE(fs().rename(in_dir("a"), in_dir("b")));
  EXPECT_EQ(fs().read_all(in_dir("b")).value(), "new");
  EXPECT_FALSE(fs().exists(in_dir("a")));
  ASSERT_TRUE(fs().create_dirs(in_dir("part.tmp")));
  append(fs(), in_dir("part.tmp/x"), "x");
  ASSERT_TRUE(fs().rename(in_dir("part.tmp"), in_dir("part")));
  EXPECT_EQ(fs().read_all(in_dir("part/x")).value(), "x");
  EXPECT_FALSE(fs().exists(in_dir("part.tmp")));
}

TEST_P(FsTest, HandlesOutliveRemoval) {
  append(fs(), in_dir("a"), "still here");
  auto file = fs().open_read(in_dir("a"));
  ASSERT_TRUE(fs().remove(in_dir("a")));
  EXPECT_EQ((*file)->read(0, 10).value(), "still here");
}

TEST_P(FsTest, TellsWhichFileAPathLeadsTo) {
  append(fs(), in_dir("a"), "12345");
  const FileStatus before = fs().status(in_dir("a")).value();
  EXPECT_EQ(before.kind, FileKind::kFile);
  EXPECT_EQ(before.size, 5u);
  EXPECT_EQ(before.links, 1u);
  EXPECT_EQ(fs().status(dir_)->kind, FileKind::kFolder);
  EXPECT_EQ(fs().status(in_dir("b")).error().code, Code::kNotFound);

  auto file = std::move(fs().open_read(in_dir("a")).value());
  ASSERT_TRUE(fs().rename(in_dir("a"), in_dir("b")));
  append(fs(), in_dir("a"), "another");
  EXPECT_EQ(fs().status(in_dir("b"))->inode, before.inode);
  EXPECT_EQ(file->status()->inode, before.inode);
  EXPECT_NE(fs().status(in_dir("a"))->inode, before.inode);
  EXPECT_EQ(fs().status(in_dir("a"))->device, before.device);
  ASSERT_TRUE(fs().remove(in_dir("b")));
  EXPECT_EQ(file->status()->links, 0u);
}

TEST_P(FsTest, ReadsWhatOthersAppendAndCutOff) {
  append(fs(), in_dir("a"), "12345");
  auto file = std::move(fs().open_read(in_dir("a")).value());
  append(fs(), in_dir("a"), "678");
  EXPECT_EQ(file->status()->size, 8u);
  EXPECT_EQ(file->read_some(3, 100).value(), "45678");
  EXPECT_EQ(file->read_some(3, 2).value(), "45");
  const int64_t modified = file->status()->modified;
  EXPECT_EQ(fs().status(in_dir("a"))->modified, modified);
  EXPECT_EQ(file->read_some(8, 10).value(), "");
  ASSERT_TRUE(fs().truncate(in_dir("a"), 2));
  EXPECT_EQ(file->status()->size, 2u);
  EXPECT_EQ(file->read_some(1, 100).value(), "2");
  EXPECT_EQ(file->read_some(3, 100).value(), "");
}

TEST(MemFs, ReusesInodesOfFilesThatNobodyHolds) {
  MemFs fs;
  append(fs, "a", "1");
  const uint64_t inode = fs.status("a")->inode;
  {
    auto held = fs.open_read("a");
    ASSERT_TRUE(fs.remove("a"));
    append(fs, "b", "2");
    EXPECT_NE(fs.status("b")->inode, inode);
  }
  append(fs, "c", "3");
  EXPECT_EQ(fs.status("c")->inode, inode);
}

TEST_P(FsTest, WritesAtomically) {
  ASSERT_TRUE(fs().write_atomically(in_dir("state"), "one"));
  ASSERT_TRUE(fs().write_atomically(in_dir("state"), "two"));
  EXPECT_EQ(fs().read_all(in_dir("state")).value(), "two");
  EXPECT_THAT(fs().list(dir_).value(), ElementsAre("state"));
  ASSERT_TRUE(fs().truncate(in_dir("state"), 2));
  EXPECT_EQ(fs().read_all(in_dir("state")).value(), "tw");
  const auto space = fs().disk_space(dir_);
  ASSERT_TRUE(space);
  EXPECT_GT(space->free, 0u);
  EXPECT_LE(space->free, space->total);
}

TEST(RealFs, MapsFiles) {
  const std::string dir = temporary_folder();
  RealFs fs;
  append(fs, dir + "/a", "mapped bytes");
  append(fs, dir + "/empty", "");
  auto file = fs.open_read(dir + "/a");
  ASSERT_TRUE(file);
  EXPECT_EQ((*file)->mapped(), "mapped bytes");
  EXPECT_EQ((*file)->mapped().data(), (*file)->mapped().data());
  EXPECT_EQ((*fs.open_read(dir + "/empty"))->mapped(), "");
  file->reset();
  std::filesystem::remove_all(dir);
}

TEST(MemFs, ForgetsWhatWasNotSynced) {
  MemFs fs;
  ASSERT_TRUE(fs.create_dirs("d"));
  append(fs, "d/a", "synced");
  ASSERT_TRUE(fs.sync_dir("d"));
  auto file = fs.open_append("d/a", Fs::Open::kAppend);
  ASSERT_TRUE((*file)->append(" and not"));
  append(fs, "d/new", "its folder was not synced");
  fs.lose_power();
  EXPECT_EQ(fs.read_all("d/a").value(), "synced");
  EXPECT_FALSE(fs.exists("d/new"));
}

TEST(MemFs, KeepsTornBytesOfATail) {
  MemFs fs;
  auto file = fs.open_append("a", Fs::Open::kAppend);
  ASSERT_TRUE(fs.sync_dir("."));
  ASSERT_TRUE((*file)->append("0123456789"));
  fs.lose_power(3);
  EXPECT_EQ(fs.read_all("a").value(), "012");
}

TEST(MemFs, LosesRenamesAndRemovalsThatWereNotSynced) {
  MemFs fs;
  append(fs, "a", "old");
  append(fs, "b", "new");
  ASSERT_TRUE(fs.sync_dir("."));
  ASSERT_TRUE(fs.rename("b", "a"));
  EXPECT_EQ(fs.read_all("a").value(), "new");
  fs.lose_power();
  EXPECT_EQ(fs.read_all("a").value(), "old");
  EXPECT_EQ(fs.read_all("b").value(), "new");
  ASSERT_TRUE(fs.remove("b"));
  fs.lose_power();
  EXPECT_TRUE(fs.exists("b"));
}

TEST(MemFs, AtomicWritesSurvivePowerLossWhole) {
  for (const auto failing : {MemFs::Op::kAppend, MemFs::Op::kSync, MemFs::Op::kRename}) {
    MemFs fs;
    ASSERT_TRUE(fs.write_atomically("state", "old"));
    fs.set_fault_hook([&](MemFs::Op op, const std::string&) -> std::optional<MemFs::Fault> {
      if (op != failing) return std::nullopt;
      return MemFs::Fault{{Code::kIo, "disk full"}, 1};
    });
    EXPECT_EQ(fs.write_atomically("state", "new").error().message, "disk full");
    fs.lose_power(1);
    EXPECT_EQ(fs.read_all("state").value(), "old");
  }
}

TEST(MemFs, ShortWritesAndReadErrorsWhenTold) {
  MemFs fs;
  auto file = fs.open_append("a", Fs::Open::kAppend);
  fs.set_fault_hook([](MemFs::Op, const std::string&) -> std::optional<MemFs::Fault> {
    return MemFs::Fault{{Code::kIo, "EIO"}, 2};
  });
  EXPECT_EQ((*file)->append("1234").error().message, "EIO");
  EXPECT_EQ((*file)->size(), 2u);
  EXPECT_EQ(fs.read_all("a").error().message, "EIO");
}

TEST(ParentDir, OfEveryForm) {
  EXPECT_EQ(parent_dir("a/b/c"), "a/b");
  EXPECT_EQ(parent_dir("/a"), "/");
  EXPECT_EQ(parent_dir("a"), ".");
}

}  // namespace
}  // namespace tripod::base
