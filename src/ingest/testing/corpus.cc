#include "ingest/testing/corpus.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace tripod::ingest::testing {
namespace {

constexpr const char* kRoot = "tests/corpus/";  // tests run from the repository's root

}  // namespace

std::shared_ptr<const std::string> corpus_file(const std::string& path) {
  std::ifstream in(std::string(kRoot) + path, std::ios::binary);
  EXPECT_TRUE(in.good()) << "cannot read " << kRoot << path;
  return std::make_shared<const std::string>(std::istreambuf_iterator<char>(in),
                                             std::istreambuf_iterator<char>());
}

void expect_golden(const std::string& path, const std::string& actual) {
  const char* update = std::getenv("TRIPOD_UPDATE_GOLDEN");
  if (update != nullptr && std::string(update) == "1") {
    std::ofstream(std::string(kRoot) + path, std::ios::binary | std::ios::trunc) << actual;
    return;
  }
  EXPECT_EQ(*corpus_file(path), actual) << "golden file " << path;
}

}  // namespace tripod::ingest::testing
