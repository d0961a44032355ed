// Recorded bodies under tests/corpus and their golden texts.
#pragma once

#include <memory>
#include <string>

namespace tripod::ingest::testing {

// The whole file, by its path under tests/corpus. Fails the test when it cannot be read.
std::shared_ptr<const std::string> corpus_file(const std::string& path);

// Compares with the file of that path under tests/corpus; with TRIPOD_UPDATE_GOLDEN=1 in the
// environment the file is written instead.
void expect_golden(const std::string& path, const std::string& actual);

}  // namespace tripod::ingest::testing
