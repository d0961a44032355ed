#include "store/meta/meta_store.h"

namespace tripod::store {

std::string_view issue_status_name(IssueStatus status) {
  switch (status) {
    case IssueStatus::kUnresolved: return "unresolved";
    case IssueStatus::kResolved: return "resolved";
    case IssueStatus::kIgnored: return "ignored";
  }
  return "unresolved";
}

std::string_view issue_substatus_name(IssueSubstatus substatus) {
  switch (substatus) {
    case IssueSubstatus::kNone: return "";
    case IssueSubstatus::kNew: return "new";
    case IssueSubstatus::kOngoing: return "ongoing";
    case IssueSubstatus::kRegressed: return "regressed";
    case IssueSubstatus::kEscalating: return "escalating";
  }
  return "";
}

std::string_view activity_kind_name(ActivityKind kind) {
  switch (kind) {
    case ActivityKind::kUnresolved: return "unresolved";
    case ActivityKind::kResolved: return "resolved";
    case ActivityKind::kRegressed: return "regressed";
    case ActivityKind::kArchived: return "archived";
    case ActivityKind::kEscalated: return "escalated";
    case ActivityKind::kAssigned: return "assigned";
    case ActivityKind::kUnassigned: return "unassigned";
    case ActivityKind::kMerged: return "merged";
    case ActivityKind::kUnmerged: return "unmerged";
    case ActivityKind::kComment: return "comment";
  }
  return "comment";
}

}  // namespace tripod::store
