// The question for a list of issues as SQL. Private to the SQLite store.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <variant>

#include "store/meta/issue.h"

namespace soci {
class statement;
}  // namespace soci

namespace tripod::store {

// A condition over the table `issue`; texts and numbers of the question are never part of its SQL but bound in their order.
struct IssueCondition {
  std::string sql;
  std::list<std::variant<int64_t, std::string>> values;   // stay where they are

  // The values must outlive the statement's execution.
  void bind(soci::statement& statement) const;
};

// Issues that stand for themselves and are asked for.
IssueCondition condition_of(const IssueQuery& query);

}  // namespace tripod::store
