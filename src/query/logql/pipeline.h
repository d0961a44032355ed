// A log query's stages, compiled, and the way from a stored record to the line they work on.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "query/logql/ast.h"
#include "query/logql/label_set.h"
#include "query/logql/stages/stage.h"

namespace tripod::query::logql {

// Not thread-safe: one for each thread that runs lines through it.
class Pipeline {
 public:
  // As compile_stage().
  static base::Result<Pipeline> compile(std::span<const Stage> stages);

  // False: the line is dropped.
  bool run(Line& line) {
    for (const StagePtr& stage : stages_) {
      if (!stage->run(line)) return false;
    }
    return true;
  }
  void add(StagePtr stage) { stages_.push_back(std::move(stage)); }
  void add_needs(Needs& needs) const {
    for (const StagePtr& stage : stages_) stage->add_needs(needs);
  }
  bool empty() const { return stages_.empty(); }

 private:
  std::vector<StagePtr> stages_;
};

}  // namespace tripod::query::logql
