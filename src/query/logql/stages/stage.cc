#include "query/logql/stages/stage.h"

namespace tripod::query::logql {

base::Result<StagePtr> compile_stage(const Stage& stage) {
  return std::visit([](const auto& one) { return compile(one); }, stage);
}

}  // namespace tripod::query::logql
