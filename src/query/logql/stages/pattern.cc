#include "query/logql/stages/pattern.h"

#include <algorithm>

#include "query/logql/stages/stage.h"

namespace tripod::query::logql {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_word(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

// Length of "<name>" at the start of the text, 0 where it is just a '<'.
size_t capture_length(std::string_view text) {
  if (text.size() < 3 || !is_letter(text[1])) return 0;
  size_t end = 2;
  while (end < text.size() && is_word(text[end])) ++end;
  return end < text.size() && text[end] == '>' ? end + 1 : 0;
}

std::unexpected<base::Error> invalid(std::string why) {
  return base::fail(base::Code::kInvalidArgument, std::move(why));
}

class Runner final : public StageRunner {
 public:
  explicit Runner(LinePattern pattern) : pattern_(std::move(pattern)) {}
  bool run(Line& line) override {
    if (line.text.empty()) return true;
    pattern_.capture(line.text, [&](std::string_view name, std::string_view value) {
      line.labels.extract(name, value);
    });
    return true;
  }

 private:
  const LinePattern pattern_;
};

}  // namespace

base::Result<LinePattern> LinePattern::split(std::string_view text) {
  LinePattern out;
  for (size_t at = 0; at < text.size();) {
    const size_t length = text[at] == '<' ? capture_length(text.substr(at)) : 0;
    if (length > 0) {
      const std::string name(text.substr(at + 1, length - 2));
      if (!out.parts_.empty() && out.parts_.back().is_capture) {
        return invalid("found consecutive capture '<" + out.parts_.back().text + "><" + name +
                       ">': invalid expression");
      }
      out.parts_.push_back({true, name});
      at += length;
      continue;
    }
    if (out.parts_.empty() || out.parts_.back().is_capture) out.parts_.push_back({false, ""});
    out.parts_.back().text += text[at++];
  }
  return out;
}

base::Result<LinePattern> LinePattern::parse(std::string_view text) {
  auto out = split(text);
  if (!out) return out;
  std::vector<std::string> names;
  for (const Part& part : out->parts_) {
    if (!part.is_capture || part.text == "_") continue;
    if (std::ranges::find(names, part.text) != names.end()) {
      return invalid("duplicate capture name (" + part.text + "): invalid expression");
    }
    names.push_back(part.text);
  }
  if (names.empty()) return invalid("at least one capture is required");
  return out;
}

base::Result<LinePattern> LinePattern::parse_filter(std::string_view text) {
  auto out = split(text);
  if (!out) return out;
  for (const Part& part : out->parts_) {
    if (part.is_capture && part.text != "_") return invalid("named captures are not allowed");
  }
  return out;
}

bool LinePattern::matches(std::string_view line) const {
  if (line.empty() || parts_.empty()) return line.empty() && parts_.empty();
  size_t offset = 0;
  for (size_t i = 0; i < parts_.size(); ++i) {
    if (parts_[i].is_capture) continue;
    const size_t found = line.find(parts_[i].text, offset);
    if (found == line.npos) return false;
    if (i == 0 ? found != 0 : found == offset) return false;
    offset = found + parts_[i].text.size();
  }
  return parts_.back().is_capture == (offset != line.size());
}

base::Result<StagePtr> compile(const PatternParser& stage) {
  auto pattern = LinePattern::parse(stage.pattern);
  if (!pattern) return base::fail(std::move(pattern.error()));
  return std::make_unique<Runner>(std::move(*pattern));
}

}  // namespace tripod::query::logql
