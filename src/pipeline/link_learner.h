// Learned links: a record that holds two identities teaches that they belong together. Each pair is stored once in a while, not per record.
#pragma once

#include <mutex>
#include <span>
#include <unordered_set>
#include <vector>

#include "model/batch.h"
#include "pipeline/identities.h"
#include "store/events/event_store.h"

namespace tripod::pipeline {

// Thread-safe.
class LinkLearner {
 public:
  struct Learned {
    std::vector<store::Event> events;   // fields in the batch's arena
    std::vector<uint64_t> memory;       // what forget() takes
  };
  // Link events of the batch that were not seen recently.
  Learned learn(model::Batch& batch);
  // They could not be stored: the next record that holds them teaches them again.
  void forget(std::span<const uint64_t> memory);

 private:
  // True for what is new; it is not from then on.
  bool remember(uint64_t identities);

  static constexpr size_t kGeneration = 50'000;
  std::mutex mu_;
  // guarded by mu_: two generations make a bounded memory of what was stored lately
  std::unordered_set<uint64_t> current_;
  std::unordered_set<uint64_t> previous_;
};

}  // namespace tripod::pipeline
