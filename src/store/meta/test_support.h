// Shared by the tests of the embedded meta store: one in a folder of its own, with a clock that stands still.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "store/meta/sqlite_meta_store.h"

namespace tripod::store {

class MetaStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = std::filesystem::temp_directory_path() / ("tripod-meta-" + base::random_hex(8));
    std::filesystem::create_directories(dir_);
    open();
  }
  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(dir_);
  }
  std::string path() const { return (dir_ / "meta.db").string(); }
  // Anew, where it is open: as after a restart.
  void open() {
    store_.reset();
    auto opened = SqliteMetaStore::open(path(), clock_);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }

  std::filesystem::path dir_;
  base::ManualClock clock_{1000};
  std::unique_ptr<SqliteMetaStore> store_;
};

// With the organisation and the project that a first start makes.
class ProjectStoreTest : public MetaStoreTest {
 protected:
  void SetUp() override {
    MetaStoreTest::SetUp();
    ASSERT_TRUE(store_->bootstrap("default", ""));
  }
};

}  // namespace tripod::store
