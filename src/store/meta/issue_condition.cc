#include "store/meta/issue_condition.h"

#include <soci/soci.h>

#include <algorithm>
#include <optional>
#include <string_view>

namespace tripod::store {

namespace {

using Field = IssueFilter::Field;
using Op = IssueFilter::Op;

const char* column_of(Field field) {
  switch (field) {
    case Field::kStatus: return "status";
    case Field::kSubstatus: return "substatus";
    case Field::kFirstSeen: return "first_seen";
    case Field::kLastSeen: return "last_seen";
    case Field::kCount: return "count";
    case Field::kUsers: return "users";
    case Field::kAssignee: return "assignee";
    case Field::kId: return "id";
    case Field::kTitle: return "title";
    case Field::kType: return "type";
    case Field::kValue: return "value";
    case Field::kCulprit: return "culprit";
    case Field::kLevel: return "level";
    case Field::kPlatform: return "platform";
    case Field::kFirstRelease: return "first_release";
    case Field::kLastRelease: return "last_release";
    case Field::kKind: return "kind";
    case Field::kRelease:
    case Field::kEnvironment:
    case Field::kText: break;
  }
  return "title";
}

// A condition over the table `issue`; texts and numbers of the question are never part of its SQL but bound in their order.
struct IssueCondition {
  std::string sql;
  std::list<std::variant<int64_t, std::string>> values;
};

// Conditions that are true of all issues and of none. Constants will not do: with them SQLite finds no way to use the index that it is told.
constexpr const char* kAll = "status >= 0";
constexpr const char* kNone = "status < 0";

class Builder {
 public:
  explicit Builder(IssueCondition& out) : out_(out) {}

  void add(const IssueFilter& filter) {
    switch (filter.op) {
      case Op::kTrue: out_.sql += kAll; return;
      case Op::kAnd: return add_all(filter, " AND ", kAll);
      case Op::kOr: return add_all(filter, " OR ", kNone);
      case Op::kNot: return add_not(filter);
      case Op::kIsOneOf: return add_ids(filter);
      default: return add_comparison(filter);
    }
  }

  std::string value(std::variant<int64_t, std::string> value) {
    out_.values.push_back(std::move(value));
    return ":v" + std::to_string(out_.values.size());
  }

 private:
  void add_all(const IssueFilter& filter, const char* between, const char* none) {
    if (filter.children.empty()) {
      out_.sql += none;
      return;
    }
    out_.sql += '(';
    for (size_t i = 0; i < filter.children.size(); ++i) {
      if (i > 0) out_.sql += between;
      add(filter.children[i]);
    }
    out_.sql += ')';
  }

  void add_not(const IssueFilter& filter) {
    out_.sql += "NOT (";
    if (filter.children.empty()) out_.sql += kAll;
    else add(filter.children[0]);
    out_.sql += ')';
  }

  // An issue that was merged stands for the one it is part of. Few are: `up` begins with them, not with those that are asked for.
  void add_ids(const IssueFilter& filter) {
    std::string list = "[";
    for (const int64_t id : filter.ids) list += (list.size() > 1 ? "," : "") + std::to_string(id);
    out_.sql += "id IN (WITH RECURSIVE asked (id) AS MATERIALIZED (SELECT value FROM json_each(" + value(list + "]") +
                ")), up (id, root) AS (SELECT id, merged_into FROM issue INDEXED BY issue_merged WHERE merged_into <> 0 AND id IN (SELECT id FROM asked) "
                "UNION SELECT up.id, i.merged_into FROM up JOIN issue i ON i.id = up.root WHERE i.merged_into <> 0) "
                "SELECT id FROM asked UNION ALL SELECT root FROM up)";
  }

  void add_comparison(const IssueFilter& filter) {
    if (filter.field == Field::kRelease || filter.field == Field::kEnvironment) return add_share(filter.field == Field::kRelease ? "release" : "environment", filter);
    if (filter.field == Field::kText) {
      if (filter.op == Op::kEqual) out_.sql += value(filter.text) + " IN (title, culprit, value)";
      else add_text("title, culprit, value", filter);
      return;
    }
    if (filter.field >= Field::kTitle) return add_text(column_of(filter.field), filter);
    add_number(column_of(filter.field), filter);
  }

  // Of any of its events. Names are few beside their issues: those that are like a pattern are found one by one, from each to the next.
  void add_share(const std::string& name, const IssueFilter& filter) {
    const std::string table = "issue_" + name;
    out_.sql += "id IN (SELECT issue FROM " + table + " INDEXED BY " + table + "_by_name WHERE " + name;
    if (filter.op == Op::kEqual) {
      out_.sql += " = " + value(filter.text) + ")";
      return;
    }
    out_.sql += " IN (WITH RECURSIVE names (n) AS (SELECT min(" + name + ") FROM " + table + " UNION ALL SELECT (SELECT min(" + name + ") FROM " + table + " WHERE " + name +
                " > n) FROM names WHERE n IS NOT NULL) SELECT n FROM names WHERE n IS NOT NULL AND ";
    add_text("n", filter);
    out_.sql += "))";
  }

  void add_text(const std::string& columns, const IssueFilter& filter) {
    if (filter.op == Op::kEqual) out_.sql += columns + " = " + value(filter.text);
    else out_.sql += (filter.op == Op::kContains ? "has_text(" : "is_like(") + value(filter.text) + ", " + columns + ")";
  }

  void add_number(const std::string& column, const IssueFilter& filter) {
    const char* sign = filter.op == Op::kLess           ? " < "
                       : filter.op == Op::kLessEqual    ? " <= "
                       : filter.op == Op::kGreater      ? " > "
                       : filter.op == Op::kGreaterEqual ? " >= "
                                                        : " = ";
    out_.sql += column + sign + value(filter.number);
  }

  IssueCondition& out_;
};

// Whether some condition of the tree is one of these.
template <class Is>
bool any_condition(const IssueFilter& filter, const Is& is) {
  if (filter.op == Op::kAnd || filter.op == Op::kOr || filter.op == Op::kNot) {
    return std::ranges::any_of(filter.children, [&](const IssueFilter& child) { return any_condition(child, is); });
  }
  return filter.op != Op::kTrue && is(filter);
}

// What issue_facts does not hold.
bool is_of_texts(const IssueFilter& filter) {
  return filter.op != Op::kIsOneOf && (filter.field == Field::kText || filter.field == Field::kTitle || filter.field == Field::kValue || filter.field == Field::kCulprit);
}

// A list of issues has to be made first.
bool needs_issues(const IssueFilter& filter) { return filter.op == Op::kIsOneOf || filter.field == Field::kRelease || filter.field == Field::kEnvironment; }

// The status where nothing else is asked.
std::optional<int64_t> status_alone(const IssueQuery& query) {
  if (query.seen_since != INT64_MIN || query.seen_until != INT64_MAX || query.project || !query.text.empty()) return std::nullopt;
  const IssueFilter* filter = &query.filter;
  while (filter->op == Op::kAnd && filter->children.size() == 1) filter = &filter->children[0];
  const bool filter_asks = filter->op != Op::kTrue;
  if (filter_asks && (filter->op != Op::kEqual || filter->field != Field::kStatus)) return std::nullopt;
  if (!query.status) return filter_asks ? std::optional(filter->number) : std::nullopt;
  const auto status = static_cast<int64_t>(*query.status);
  return filter_asks && filter->number != status ? std::nullopt : std::optional(status);
}

const char* sort_column(IssueQuery::Sort sort) {
  switch (sort) {
    case IssueQuery::Sort::kCount: return "count";
    case IssueQuery::Sort::kUsers: return "users";
    case IssueQuery::Sort::kFirstSeen: return "first_seen";
    case IssueQuery::Sort::kLastSeen: break;
  }
  return "last_seen";
}

}  // namespace

void IssueListSql::bind(soci::statement& statement) const {
  size_t i = 0;
  for (const auto& each : values) {
    const std::string name = "v" + std::to_string(++i);
    if (const auto* number = std::get_if<int64_t>(&each)) statement.exchange(soci::use(*number, name));
    else statement.exchange(soci::use(std::get<std::string>(each), name));
  }
}

namespace {

// Issues that stand for themselves and are asked for.
IssueCondition condition_of(const IssueQuery& query) {
  IssueCondition out;
  Builder builder(out);
  out.sql = "merged_into = 0";
  if (query.status) out.sql += " AND status = " + std::to_string(static_cast<int>(*query.status));
  if (query.project) out.sql += " AND project = " + std::to_string(*query.project);
  if (query.seen_since != INT64_MIN) out.sql += " AND last_seen >= " + std::to_string(query.seen_since);
  if (query.seen_until != INT64_MAX) out.sql += " AND first_seen <= " + std::to_string(query.seen_until);
  if (!query.text.empty()) {
    out.sql += " AND ";
    builder.add({.op = Op::kContains, .field = Field::kText, .text = query.text});
  }
  if (query.filter.op != Op::kTrue) {
    out.sql += " AND ";
    builder.add(query.filter);
  }
  return out;
}

}  // namespace

IssueListSql list_of(const IssueQuery& query) {
  const IssueCondition condition = condition_of(query);
  const std::string sort = sort_column(query.sort);
  const std::string order = " ORDER BY " + sort + " DESC, id DESC LIMIT " + std::to_string(query.limit) + " OFFSET " + std::to_string(query.offset);
  const bool of_texts = !query.text.empty() || any_condition(query.filter, is_of_texts);
  if (of_texts || any_condition(query.filter, needs_issues)) {
    return {.count_and_page = "WITH hit AS MATERIALIZED (SELECT id, " + sort + " FROM issue " + (of_texts ? "NOT INDEXED" : "INDEXED BY issue_facts") + " WHERE " + condition.sql +
                              ") SELECT n, id FROM (SELECT count(*) AS n FROM hit) LEFT JOIN (SELECT id FROM hit" + order + ")",
            .count = {}, .page = {}, .values = condition.values};
  }
  const std::string index = status_alone(query) ? "issue_by_" + sort : "issue_facts";
  const std::string from = " FROM issue INDEXED BY " + index + " WHERE " + condition.sql;
  return {.count_and_page = {}, .count = "SELECT count(*)" + from, .page = "SELECT id" + from + order, .values = condition.values};
}

}  // namespace tripod::store
