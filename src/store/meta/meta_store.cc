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

}  // namespace tripod::store
