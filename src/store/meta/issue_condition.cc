#include "store/meta/issue_condition.h"

#include <soci/soci.h>

#include <string_view>

namespace tripod::store {

namespace {

using Field = IssueFilter::Field;
using Op = IssueFilter::Op;

// LIKE's pattern: what is special to it is escaped by '\\', and `*` stands for any text where it is asked for.
std::string like_pattern(std::string_view text, bool with_stars) {
  std::string out;
  for (const char c : text) {
    if (c == '*' && with_stars) {
      out += '%';
      continue;
    }
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

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
    case Field::kRelease:
    case Field::kEnvironment:
    case Field::kText: break;
  }
  return "title";
}

class Builder {
 public:
  explicit Builder(IssueCondition& out) : out_(out) {}

  void add(const IssueFilter& filter) {
    switch (filter.op) {
      case Op::kTrue: out_.sql += "1"; return;
      case Op::kAnd: return add_all(filter, " AND ", "1");
      case Op::kOr: return add_all(filter, " OR ", "0");
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
    if (filter.children.empty()) out_.sql += "1";
    else add(filter.children[0]);
    out_.sql += ')';
  }

  // An issue that was merged stands for the one it is part of.
  void add_ids(const IssueFilter& filter) {
    std::string list = "[";
    for (const int64_t id : filter.ids) list += (list.size() > 1 ? "," : "") + std::to_string(id);
    out_.sql += "id IN (WITH RECURSIVE up (id) AS (SELECT value FROM json_each(" + value(list + "]") +
                ") UNION SELECT i.merged_into FROM issue i JOIN up ON i.id = up.id WHERE i.merged_into <> 0) SELECT id FROM up)";
  }

  void add_comparison(const IssueFilter& filter) {
    if (filter.field == Field::kRelease || filter.field == Field::kEnvironment) {
      const std::string name = filter.field == Field::kRelease ? "release" : "environment";
      out_.sql += "EXISTS (SELECT 1 FROM issue_" + name + " s WHERE s.issue = issue.id AND ";
      add_text("s." + name, filter);
      out_.sql += ')';
      return;
    }
    if (filter.field == Field::kText) {
      out_.sql += '(';
      for (const char* column : {"title", "culprit", "value"}) {
        if (out_.sql.back() != '(') out_.sql += " OR ";
        add_text(column, filter);
      }
      out_.sql += ')';
      return;
    }
    if (filter.field >= Field::kTitle) return add_text(column_of(filter.field), filter);
    add_number(column_of(filter.field), filter);
  }

  void add_text(const std::string& column, const IssueFilter& filter) {
    if (filter.op == Op::kEqual) {
      out_.sql += column + " = " + value(filter.text);
      return;
    }
    const bool contains = filter.op == Op::kContains;
    const std::string pattern = like_pattern(filter.text, !contains);
    out_.sql += column + " LIKE " + value(contains ? "%" + pattern + "%" : pattern) + " ESCAPE '\\'";
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

}  // namespace

void IssueCondition::bind(soci::statement& statement) const {
  size_t i = 0;
  for (const auto& each : values) {
    const std::string name = "v" + std::to_string(++i);
    if (const auto* number = std::get_if<int64_t>(&each)) statement.exchange(soci::use(*number, name));
    else statement.exchange(soci::use(std::get<std::string>(each), name));
  }
}

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

}  // namespace tripod::store
