// Learned links: a record that holds two identities teaches that they belong together. Each pair is stored once in a while, not per record.
#pragma once

#include <mutex>
#include <unordered_set>
#include <vector>

#include "model/batch.h"
#include "pipeline/identities.h"
#include "store/events/event_store.h"

namespace tripod::pipeline {

// Thread-safe.
class LinkLearner {
 public:
  // Link events of the batch that were not seen recently, with fields in the batch's arena.
  std::vector<store::Event> learn(model::Batch& batch);

 private:
  bool seen_recently(const Identities& ids);

  static constexpr size_t kGeneration = 50'000;
  std::mutex mu_;
  // guarded by mu_: two generations make a bounded memory of what was stored lately
  std::unordered_set<uint64_t> current_;
  std::unordered_set<uint64_t> previous_;
};

}  // namespace tripod::pipeline
