#include "pipeline/group/rule_text.h"

#include "base/utf8.h"

namespace tripod::pipeline::group {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

bool is_word(char c) {
  const auto low = static_cast<char>(c | 0x20);
  return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

}  // namespace

void RuleLine::skip_blanks() {
  while (at_ < line_.size() && is_blank(line_[at_])) ++at_;
}

bool RuleLine::nothing_left() {
  skip_blanks();
  return at_end() || line_[at_] == '#';
}

bool RuleLine::take(std::string_view text) {
  if (!rest().starts_with(text)) return false;
  at_ += text.size();
  return true;
}

std::string_view RuleLine::word() {
  const size_t from = at_;
  while (at_ < line_.size() && is_word(line_[at_])) ++at_;
  return line_.substr(from, at_ - from);
}

base::Result<std::string> RuleLine::argument(std::string_view stops) {
  if (!rest().starts_with('"')) {
    const size_t from = at_;
    while (at_ < line_.size() && !is_blank(line_[at_]) && stops.find(line_[at_]) == std::string_view::npos) ++at_;
    return std::string(line_.substr(from, at_ - from));
  }
  const size_t open = at_++;
  std::string out;
  while (at_ < line_.size() && line_[at_] != '"') {
    const bool escape = line_[at_] == '\\' && at_ + 1 < line_.size() &&
                        (line_[at_ + 1] == '"' || line_[at_ + 1] == '\\');
    if (escape) ++at_;
    out.push_back(line_[at_++]);
  }
  if (at_end()) return error_at(open, "a quote is not closed");
  ++at_;
  return out;
}

std::unexpected<base::Error> RuleLine::error_at(size_t position, std::string_view what) const {
  const size_t column = base::utf8_length(line_.substr(0, position)) + 1;
  return base::fail(base::Code::kInvalidArgument, "line " + std::to_string(number_) + ", column " +
                                                      std::to_string(column) + ": " + std::string(what));
}

base::Result<std::vector<NumberedLine>> rule_lines(std::string_view text) {
  if (text.size() > kMostRulesBytes) {
    return base::fail(base::Code::kInvalidArgument, "rules are longer than " + std::to_string(kMostRulesBytes) + " bytes");
  }
  if (!base::is_valid_utf8(text)) return base::fail(base::Code::kInvalidArgument, "rules are not UTF-8");
  std::vector<NumberedLine> out;
  size_t number = 0;
  while (!text.empty()) {
    ++number;
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
    size_t indent = 0;
    while (indent < line.size() && is_blank(line[indent])) ++indent;
    if (indent == line.size() || line[indent] == '#') continue;
    if (out.size() == kMostRules) {
      return base::fail(base::Code::kInvalidArgument, "line " + std::to_string(number) + ": more than " + std::to_string(kMostRules) + " rules");
    }
    out.push_back({line, number, indent});
  }
  return out;
}

}  // namespace tripod::pipeline::group
