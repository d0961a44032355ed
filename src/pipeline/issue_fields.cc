#include "pipeline/issue_fields.h"

#include "base/hash.h"
#include "base/hex.h"

namespace tripod::pipeline {

namespace {

int64_t int_field(const store::EventRow& row, std::string_view key) {
  const store::FieldValue* value = row.find(key);
  const auto* number = value != nullptr ? std::get_if<int64_t>(value) : nullptr;
  return number != nullptr ? *number : 0;
}

}  // namespace

std::string hashes_to_json(std::span<const std::string> hashes) {
  std::string out = "[";
  for (const std::string& hash : hashes) {
    if (out.size() > 1) out += ',';
    out += '"' + hash + '"';
  }
  return out + "]";
}

std::vector<std::string> hashes_from_json(std::string_view json) {
  std::vector<std::string> out;
  size_t at = 0;
  while ((at = json.find('"', at)) != std::string_view::npos) {
    const size_t end = json.find('"', at + 1);
    if (end == std::string_view::npos) break;
    out.emplace_back(json.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return out;
}

std::vector<std::string> issue_update_fields() {
  return {"issue.id", "issue.hashes", "project", "title", "exception.type", "exception.message",
          "culprit", "level", "platform", "service.version", "deployment.environment.name", "user.id", "issue.type"};
}

std::string user_hash(std::string_view user_id) {
  if (user_id.empty()) return {};
  const uint64_t h = base::hash64(user_id, 0x7573657273ULL);
  return base::to_hex({reinterpret_cast<const char*>(&h), sizeof(h)});
}

IssueUpdate issue_update_from(const store::EventRow& row) {
  IssueUpdate update;
  update.sequence = row.sequence;
  update.hashes = hashes_from_json(row.text("issue.hashes"));
  update.user = user_hash(row.text("user.id"));
  update.environment = row.text("deployment.environment.name");
  store::Issue& issue = update.issue;
  issue.id = int_field(row, "issue.id");
  issue.project = int_field(row, "project");
  issue.title = row.text("title");
  issue.type = row.text("exception.type");
  issue.value = row.text("exception.message");
  issue.culprit = row.text("culprit");
  issue.level = row.text("level");
  issue.platform = row.text("platform");
  issue.kind = row.text("issue.type");
  if (issue.kind.empty()) issue.kind = store::kErrorKind;
  issue.first_seen = issue.last_seen = row.time;
  issue.first_release = issue.last_release = row.text("service.version");
  return update;
}

}  // namespace tripod::pipeline
