#include "pipeline/db_statements.h"

#include <array>
#include <memory>

#include "base/hash.h"

namespace tripod::pipeline {

using model::Attribute;

namespace {

// Batches have few statements many times: those are looked up here, without a lock.
class Describer {
 public:
  Describer(base::Arena& arena, sql::StatementCache& cache) : arena_(arena), cache_(cache) {}

  void describe(model::Span& span) {
    std::string_view text, system;
    for (const Attribute& a : span.attributes) {
      if (a.key.size() < 13 || a.key[0] != 'd') continue;
      if (a.key == "db.query.text") text = a.value.text();
      else if (a.key == "db.system.name") system = a.value.text();
    }
    if (!text.empty() && sql::is_sql(system)) span.statement = statement_of(text, sql::dialect_of(system));
  }

 private:
  struct Slot {
    std::string_view text;
    sql::Dialect dialect = sql::Dialect::kGeneric;
    const model::SqlStatement* statement = nullptr;   // in the arena
  };

  const model::SqlStatement* statement_of(std::string_view text, sql::Dialect dialect) {
    Slot& slot = slots_[base::hash64(text) % slots_.size()];
    if (slot.text == text && slot.dialect == dialect) return slot.statement;
    slot = {.text = text, .dialect = dialect, .statement = nullptr};
    const auto known = cache_.find(text, dialect);
    if (known->fingerprint == 0) return nullptr;
    auto* statement = new (arena_.allocate(sizeof(model::SqlStatement), alignof(model::SqlStatement))) model::SqlStatement;
    statement->fingerprint = known->fingerprint;
    statement->fingerprint_text = arena_.copy(sql::fingerprint_text(known->fingerprint));
    statement->normalised = arena_.copy(known->normalised);
    statement->is_select = known->operation == "SELECT";
    statement->is_cut = known->is_cut;
    return slot.statement = statement;
  }

  base::Arena& arena_;
  sql::StatementCache& cache_;
  std::array<Slot, 64> slots_{};
};

}  // namespace

void describe_statements(model::Batch& batch, sql::StatementCache& cache) {
  Describer describer(batch.arena, cache);
  for (model::Span& span : batch.spans) describer.describe(span);
}

}  // namespace tripod::pipeline
