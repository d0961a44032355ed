// An issue, its events and its history as lines for people. Private to cli; `docs/openapi.yaml` has the objects: Issue, Event, IssueActivity.
#pragma once

#include <simdjson.h>

#include <string>
#include <vector>

#include "cli/paint.h"

namespace tripod::cli {

struct IssueView {
  bool locals = false;  // variables of each frame
  bool full = false;    // all frames, with source, and values in their whole length
};

// "new", "regressed", "resolved", "archived": one word for a column.
std::string state_word(const simdjson::dom::element& issue);
// "resolved in shop@1.4.0 by ann, 2026-11-23T08:00:00.000Z"
std::string state_text(const simdjson::dom::element& issue);
// Title, state, counts, first and last seen.
std::vector<std::string> issue_lines(const simdjson::dom::element& issue, const Paint& paint);
// What happened where; exceptions as Python prints them, the one raised last.
std::vector<std::string> event_lines(const simdjson::dom::element& event, IssueView view, const Paint& paint);
// A line for each tag with its commonest values; `tags` is the list of /issues/{id}/tags.
std::vector<std::string> tag_lines(const std::vector<simdjson::dom::element>& tags, const Paint& paint);
// Time, who, and what they did.
std::string activity_line(const simdjson::dom::element& entry, const Paint& paint);

}  // namespace tripod::cli
