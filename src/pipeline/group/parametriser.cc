#include "pipeline/group/parametriser.h"

#include <re2/re2.h>

#include <array>
#include <vector>

#include "base/result.h"
#include "base/utf8.h"

namespace tripod::pipeline::group {
namespace {

struct Pattern {
  std::string_view name;
  std::string_view expression;  // without capturing groups
};

// The order decides: the first alternative that matches at a place names it.
constexpr std::array<Pattern, 16> kPatterns = {{
    {"email", R"([a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*)"},
    {"url", R"(\b(?:wss?|https?|ftp)://[^\s/$.?#]\S*)"},
    {"hostname",
     R"(\b(?:[a-zA-Z0-9-]{1,63}\.)+(?:(?i:com|net|org|edu|gov|info|biz|io|dev|app|cloud|xyz|online|site|news|link|wiki|jobs|pro|club|)"
     R"(de|at|ch|uk|fr|it|es|nl|be|eu|pl|cz|sk|se|no|fi|dk|ie|pt|gr|hu|ro|bg|hr|rs|ru|ua|tr|il|us|ca|mx|br|ar|cl|)"
     R"(jp|cn|kr|tw|hk|sg|in|id|th|vn|au|nz|za|ng|ke|tv|cc|me|ai|co|local|internal))\b)"},
    {"ip",
     R"((?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}\b|(?:[0-9a-fA-F]{1,4}:){1,6}(?::[0-9a-fA-F]{1,4}){1,6}\b|)"
     R"((?:[0-9a-fA-F]{1,4}:){1,7}:|::(?:ffff:)?(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b|)"
     R"(::(?:[0-9a-fA-F]{1,4}:){0,6}[0-9a-fA-F]{1,4}\b|)"
     R"(\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b)"},
    {"traceparent", R"(\b00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]\b|\b1-[0-9a-f]{8}-[0-9a-f]{24}\b)"},
    {"uuid", R"(\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b)"},
    {"sha1", R"(\b[0-9a-fA-F]{40}\b)"},
    {"md5", R"(\b[0-9a-fA-F]{32}\b)"},
    {"date",
     R"((?:(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat)[a-z]*,?\s)?\d{1,2}[\s-](?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[\s-]\d{2,4})"
     R"((?:\s\d{1,2}:\d{2}(?::\d{2})?(?:\s(?:[-+]\d{4}|UTC?|GMT|[ECMP][SD]T|[A-IK-Z]\b))?)?|)"
     R"((?:(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat)\s+)?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s+\d{1,2}(?:\s+\d{2}:\d{2}:\d{2}\s+\d{4}|,\s\d{2,4})|)"
     R"(\d{4}-[01]\d-[0-3]\d[T ][0-2]\d:[0-5]\d(?::[0-5]\d(?:[.,]\d+)?)?(?:Z|\s?[-+]\d{2}:?\d{2})?|)"
     R"(\d{4}-[01]\d-[0-3]\d\b|\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d+)?(?:\s[aApP][mM]\b)?|datetime\.datetime\(.*?\))"},
    {"duration", R"(\b\d+ms\b|\b\d+(?:\.\d+)?s\b)"},
    {"hex", R"(\b0[xX][0-9a-fA-F]+\b|\b[0-9a-fA-F]{8,128}\b)"},
    {"git_sha", R"(\b[0-9a-f]{7}\b)"},
    {"float", R"(-\d+\.\d+\b|\b\d+\.\d+\b)"},
    {"int", R"(-\d+\b|\b\d+\b)"},
    {"quoted_str", R"(='[^']+'|="[^"]+")"},
    {"bool", R"(=(?:[Tt]rue|[Ff]alse)\b)"},
}};

// A word of hexadecimal digits is a number of some kind only where it has digits; "deadbeef" and
// "feedback" are words.
std::string_view name_of(std::string_view name, std::string_view match) {
  if (name != "git_sha" && name != "hex") return name;
  if (match.starts_with("0x") || match.starts_with("0X")) return name;
  bool digit = false;
  bool letter = false;
  for (const char c : match) (c >= '0' && c <= '9' ? digit : letter) = true;
  if (!digit) return {};
  return letter ? name : std::string_view("int");
}

void append_name(std::string_view pattern, std::string_view match, std::string& out) {
  const std::string_view name = name_of(pattern, match);
  if (name.empty()) {
    out.append(match);
    return;
  }
  if (match.starts_with('=') && (name == "quoted_str" || name == "bool")) out.push_back('=');
  out.append("<").append(name).append(">");
}

std::string joined_patterns() {
  std::string all;
  for (const Pattern& pattern : kPatterns) {
    if (!all.empty()) all.push_back('|');
    all.append("(?:").append(pattern.expression).append(")");
  }
  return all;
}

re2::RE2::Options options() {
  re2::RE2::Options o;
  o.set_log_errors(false);
  o.set_max_mem(32 << 20);
  return o;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }

}  // namespace

// The alternation finds where something is, without capturing (RE2 is many times faster so); which
// it was, the patterns say one by one, anchored there.
struct Parametriser::Expressions {
  Expressions() : all(joined_patterns(), options()) {
    for (const Pattern& pattern : kPatterns) {
      each.push_back(std::make_unique<re2::RE2>(
          re2::StringPiece(pattern.expression.data(), pattern.expression.size()), options()));
    }
  }
  re2::RE2 all;
  std::vector<std::unique_ptr<re2::RE2>> each;
};

Parametriser::Parametriser() : expressions_(std::make_unique<Expressions>()) {
  TRIPOD_CHECK(expressions_->all.ok());
  for (const auto& pattern : expressions_->each) TRIPOD_CHECK(pattern->ok());
}

Parametriser::~Parametriser() = default;

std::string Parametriser::replace(std::string_view text) const {
  text = base::utf8_prefix(text, kMostBytes);
  const re2::StringPiece subject(text.data(), text.size());
  std::string out;
  size_t at = 0;
  re2::StringPiece found;
  while (at < text.size() &&
         expressions_->all.Match(subject, at, text.size(), re2::RE2::UNANCHORED, &found, 1)) {
    const auto start = static_cast<size_t>(found.data() - text.data());
    size_t which = 0;
    re2::StringPiece match = found;
    while (which + 1 < kPatterns.size() &&
           !expressions_->each[which]->Match(subject, start, text.size(), re2::RE2::ANCHOR_START,
                                             &match, 1)) {
      ++which;
    }
    if (which + 1 == kPatterns.size()) match = found;
    out.append(text.substr(at, start - at));
    append_name(kPatterns[which].name, {match.data(), match.size()}, out);
    at = start + match.size();
  }
  out.append(text.substr(at));
  return out;
}

std::string normalise_message(std::string_view message, const Parametriser& parametriser) {
  std::string kept;
  size_t lines = 0;
  std::string_view rest = message;
  while (!rest.empty() && lines < 2) {
    const size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    size_t first = 0;
    while (first < line.size() && is_space(line[first])) ++first;
    if (first == line.size()) continue;
    if (lines++ > 0) kept.push_back('\n');
    kept.append(line);
  }
  if (kept != message) kept.append("...");
  return parametriser.replace(kept);
}

}  // namespace tripod::pipeline::group
