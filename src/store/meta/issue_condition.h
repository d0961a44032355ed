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

// The list that is asked for, as ids in their order and as the number of all. What decides is in one narrow index, `issue_facts` (or, of a
// status alone, in the index of the order), but for texts: these are looked for in the rows. What costs more than the index is done once for both.
struct IssueListSql {
  std::string count_and_page;   // (number of all, id or NULL); where it is empty the two below say it
  std::string count;
  std::string page;
  std::list<std::variant<int64_t, std::string>> values;   // of each of them; texts and numbers of the question are never part of the SQL

  // To each statement of the three. The values must outlive its execution.
  void bind(soci::statement& statement) const;
};

IssueListSql list_of(const IssueQuery& query);

}  // namespace tripod::store
