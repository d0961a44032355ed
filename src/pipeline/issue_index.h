// Which issue an error event belongs to: the first of its hashes that is known decides; otherwise a new issue begins.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "store/meta/meta_store.h"

namespace tripod::pipeline {

// Thread-safe. Ids are given out in memory and stored with the event itself; the meta store follows (see IssueCommitter).
class IssueIndex {
 public:
  // Loads what the meta store knows.
  static base::Result<std::unique_ptr<IssueIndex>> load(store::MetaStore& meta);

  struct Assigned {
    int64_t issue = 0;
    bool is_new = false;
  };
  Assigned assign(uint64_t project, std::span<const std::string> hashes);
  // What a replayed event says: keeps later ids above it.
  void learn(uint64_t project, std::span<const std::string> hashes, int64_t issue);

  static std::string key(uint64_t project, std::string_view hash);

 private:
  std::mutex mu_;
  // guarded by mu_
  std::unordered_map<std::string, int64_t> issues_;
  int64_t last_ = 0;
};

}  // namespace tripod::pipeline
