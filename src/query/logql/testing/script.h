// Test scripts for LogQL: lines in, queries, expected answers. The language is described in docs/logql.md ("Test scripts").
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/events/event_store.h"
#include "store/events/testing/test_events.h"

namespace tripod::query::logql::testing {

struct ScriptFailure {
  size_t line = 0;      // of the script, from 1
  std::string message;  // what was expected and what came
};

// A store that a script fills and asks.
class ScriptStore {
 public:
  virtual ~ScriptStore() = default;
  virtual void add(const store::testing::TestBatch& batch) = 0;
  // Called before questions that follow additions.
  virtual void settle() {}
  virtual store::EventStore& store() = 0;
};
using ScriptStoreFactory = std::function<std::unique_ptr<ScriptStore>()>;

// One that computes everything the slow and obvious way (store::testing::NaiveStore).
std::unique_ptr<ScriptStore> naive_script_store();

// Runs a whole script; every failed expectation is one entry, a syntax error of the script too. `questions`, where given,
// receives how many queries were asked.
std::vector<ScriptFailure> run_script(std::string_view script, const ScriptStoreFactory& make_store, size_t* questions = nullptr);

}  // namespace tripod::query::logql::testing
