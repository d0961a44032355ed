#include "query/logql/pipeline.h"

namespace tripod::query::logql {

base::Result<Pipeline> Pipeline::compile(std::span<const Stage> stages) {
  Pipeline out;
  for (const Stage& stage : stages) {
    auto one = compile_stage(stage);
    if (!one) return base::fail(std::move(one.error()));
    out.stages_.push_back(std::move(*one));
  }
  return out;
}

}  // namespace tripod::query::logql
