// What SQL statements are, said of the spans that carry them.
#pragma once

#include "model/batch.h"
#include "sql/statement_cache.h"

namespace tripod::pipeline {

// Field of a span with an SQL statement: sql::Statement::fingerprint, 16 hexadecimal digits. What else a statement says is read from
// `db.query.text` by whoever shows it: every field more costs each span.
inline constexpr std::string_view kFingerprintField = "db.query.fingerprint";

// Sets Span::statement of spans that have `db.query.text` of an SQL database. What is added lives in the batch's arena. Spans have
// current names.
void describe_statements(model::Batch& batch, sql::StatementCache& cache);

}  // namespace tripod::pipeline
