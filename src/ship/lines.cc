#include "ship/lines.h"

#include <algorithm>
#include <optional>

#include "base/utf8.h"

namespace tripod::ship {
namespace {

constexpr std::string_view kTraceback = "Traceback (most recent call last):";
constexpr std::string_view kDuringHandling =
    "During handling of the above exception, another exception occurred:";
constexpr std::string_view kDirectCause =
    "The above exception was the direct cause of the following exception:";
// As much of a line as tells what it is.
constexpr size_t kTellingBytes = 64;

struct Line {
  size_t begin = 0;
  size_t end = 0;   // of the text
  size_t next = 0;  // behind the line end
  bool complete = false;

  bool blank() const { return complete && begin == end; }
};

bool is_space(char c) { return c == ' ' || c == '\t'; }

std::string_view trimmed(std::string_view text) {
  const size_t start = text.find_first_not_of(" \t");
  if (start == text.npos) return {};
  return text.substr(start, text.find_last_not_of(" \t") - start + 1);
}

bool is_json(std::string_view line) {
  const std::string_view text = trimmed(line);
  return text.size() >= 2 && text.front() == '{' && text.back() == '}';
}

bool joins_exceptions(std::string_view line) {
  return line.starts_with(kDuringHandling) || line.starts_with(kDirectCause);
}

// "java.lang.IllegalStateException", "shop.PaymentError: declined"
bool names_java_exception(std::string_view line) {
  const size_t end = std::min(line.find_first_of(": "), line.size());
  const std::string_view name = line.substr(0, end);
  if (name.find('.') == name.npos) return false;
  const bool is_name = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '$';
  });
  return is_name &&
         (name.ends_with("Exception") || name.ends_with("Error") || name.ends_with("Throwable"));
}

bool is_java_frame(std::string_view line) {
  return !line.empty() && is_space(line.front()) && trimmed(line).starts_with("at ");
}

class Cutter {
 public:
  Cutter(std::string_view bytes, const LineRules& rules, Tail tail)
      : bytes_(bytes), rules_(rules), tail_(tail) {}

  Cut run(size_t most_bytes) {
    size_t total = 0;
    while (total < most_bytes) {
      const std::optional<Line> head = line_at(out_.consumed);
      if (!head) break;
      if (head->complete && trimmed(text(*head)).empty()) {
        out_.consumed = head->next;
        continue;
      }
      if (!(head->end - head->begin > rules_.max_bytes ? cut_piece(*head) : take_record(*head)))
        break;
      total += out_.records.back().end - out_.records.back().begin;
    }
    return std::move(out_);
  }

 private:
  enum class Verdict : uint8_t { kJoin, kBreak, kUnknown };
  // Where in a traceback of Python the record is.
  enum class Place : uint8_t { kText, kFrames, kBehindException, kBetween };

  std::string_view text(const Line& line) const {
    return bytes_.substr(line.begin, line.end - line.begin);
  }

  // Nothing where the bytes end.
  std::optional<Line> line_at(size_t begin) const {
    if (begin >= bytes_.size()) return std::nullopt;
    const size_t newline = bytes_.find('\n', begin);
    if (newline == bytes_.npos) {
      return Line{.begin = begin,
                  .end = bytes_.size(),
                  .next = bytes_.size(),
                  .complete = tail_ == Tail::kEnd};
    }
    const bool carriage_return = newline > begin && bytes_[newline - 1] == '\r';
    return Line{.begin = begin,
                .end = carriage_return ? newline - 1 : newline,
                .next = newline + 1,
                .complete = true};
  }

  // The first max_bytes of a line that has more, as a record.
  bool cut_piece(const Line& line) {
    const size_t length =
        std::max<size_t>(1, base::utf8_prefix(text(line), rules_.max_bytes).size());
    out_.records.push_back({line.begin, line.begin + length});
    out_.consumed = line.begin + length;
    ++out_.lines;
    ++out_.cut_lines;
    return true;
  }

  // False where it may still go on.
  bool take_record(const Line& head) {
    if (!head.complete) return false;
    Span record{head.begin, head.end};
    size_t lines = 1;
    size_t at = head.next;
    if (rules_.join != Join::kOff && !is_json(text(head))) {
      place_ = text(head).starts_with(kTraceback) ? Place::kFrames : Place::kText;
      head_ = text(head);
      while (true) {
        const std::optional<Line> next = line_at(at);
        Verdict verdict = judge(record, lines, next);
        if (verdict == Verdict::kUnknown) {
          if (tail_ == Tail::kGrowing) return false;
          verdict = Verdict::kBreak;
        }
        if (verdict == Verdict::kBreak) break;
        if (!next->blank()) record.end = next->end;
        at = next->next;
        ++lines;
      }
    }
    // Blank lines that were joined in the hope of more stay behind.
    out_.records.push_back(record);
    out_.consumed = at;
    out_.lines += lines;
    return true;
  }

  Verdict judge(const Span& record, size_t lines, const std::optional<Line>& next) {
    if (lines >= rules_.max_lines) return Verdict::kBreak;
    if (!next) return Verdict::kUnknown;
    if (next->end - record.begin > rules_.max_bytes) return Verdict::kBreak;
    if (!next->complete) return Verdict::kUnknown;
    const std::string_view line = text(*next);
    if (is_json(line)) return Verdict::kBreak;
    if (rules_.join == Join::kStart) {
      return !next->blank() &&
                     RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), *rules_.start)
                 ? Verdict::kBreak
                 : Verdict::kJoin;
    }
    return judge_by_form(line, lines, *next);
  }

  Verdict judge_by_form(std::string_view line, size_t lines, const Line& next) {
    if (line.empty()) return judge_blank(next);
    if (is_space(line.front())) return Verdict::kJoin;
    if (line.starts_with(kTraceback)) {
      if (place_ == Place::kFrames || place_ == Place::kBehindException) return Verdict::kBreak;
      place_ = Place::kFrames;
      return Verdict::kJoin;
    }
    if (joins_exceptions(line) && place_ != Place::kText) {
      place_ = Place::kBetween;
      return Verdict::kJoin;
    }
    if (place_ == Place::kFrames) {
      place_ = Place::kBehindException;
      return Verdict::kJoin;
    }
    if (line.starts_with("Caused by:") || line.starts_with("Suppressed:") ||
        line.starts_with("... ")) {
      return Verdict::kJoin;
    }
    if (lines > 1 &&
        ((head_ == "{" && line.front() == '}') || (head_ == "[" && line.front() == ']'))) {
      head_ = {};  // closed
      return Verdict::kJoin;
    }
    if (lines == 1 && place_ == Place::kText && names_java_exception(line)) return judge_java(next);
    return Verdict::kBreak;
  }

  // Between chained exceptions of Python there are blank lines, and nowhere else in a record.
  Verdict judge_blank(const Line& blank) {
    if (place_ == Place::kBetween) return Verdict::kJoin;
    if (place_ != Place::kBehindException) return Verdict::kBreak;
    const std::optional<Line> behind = line_at(blank.next);
    if (!behind || (!behind->complete && behind->end - behind->begin < 2 * kTellingBytes))
      return Verdict::kUnknown;
    return joins_exceptions(text(*behind)) ? Verdict::kJoin : Verdict::kBreak;
  }

  Verdict judge_java(const Line& name) {
    const std::optional<Line> behind = line_at(name.next);
    if (!behind || (!behind->complete && behind->end - behind->begin < kTellingBytes))
      return Verdict::kUnknown;
    return is_java_frame(text(*behind)) ? Verdict::kJoin : Verdict::kBreak;
  }

  const std::string_view bytes_;
  const LineRules& rules_;
  const Tail tail_;
  Cut out_;
  // of the record being taken
  Place place_ = Place::kText;
  std::string_view head_;
};

}  // namespace

Cut cut_records(std::string_view bytes, const LineRules& rules, Tail tail, size_t most_bytes) {
  return Cutter(bytes, rules, tail).run(most_bytes);
}

}  // namespace tripod::ship
