#include "query/patterns/tokens.h"

#include <algorithm>
#include <array>

#include "base/utf8.h"

namespace tripod::query::patterns {

namespace {

constexpr size_t kMostBytes = 2048;
constexpr size_t kMostQuoted = 512;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_word_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
// Marks that part words: key=value, a,b, /a/b, f(x).
bool is_mark(char c) { return std::string_view("=,;:()[]{}/|\"'<>").find(c) != std::string_view::npos; }
// What joins the parts of an address, a time or a version into one.
bool joins_numbers(char c) { return c == '.' || c == ':' || c == '-' || c == ',' || c == '+'; }

size_t uuid_length(std::string_view text) {
  constexpr std::array<size_t, 5> kParts = {8, 4, 4, 4, 12};
  size_t at = 0;
  for (size_t part = 0; part < kParts.size(); ++part) {
    if (part > 0 && (at >= text.size() || text[at++] != '-')) return 0;
    for (size_t i = 0; i < kParts[part]; ++i, ++at) {
      if (at >= text.size() || !is_hex(text[at])) return 0;
    }
  }
  return at < text.size() && is_word_char(text[at]) ? 0 : at;
}

// Letters behind a number that say what it counts stay.
bool is_unit(std::string_view text) {
  static constexpr std::string_view kUnits[] = {"ns", "us", "µs", "ms", "s", "m", "h", "d", "b", "B", "kB", "KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "k", "K", "M", "G", "x"};
  return std::ranges::find(kUnits, text) != std::end(kUnits);
}

// A run of word characters: itself, or a hole where it looks like a number or an identifier.
std::string masked_run(std::string_view run) {
  const auto digits = static_cast<size_t>(std::ranges::count_if(run, is_digit));
  if (digits == 0) return std::string(run);
  if (is_digit(run.front())) {
    const size_t letters = std::min(run.find_first_not_of("0123456789"), run.size());
    const std::string_view rest = run.substr(letters);
    return std::string(kHole) + (is_unit(rest) ? std::string(rest) : "");
  }
  const bool hex = run.size() >= 8 && std::ranges::all_of(run, is_hex);
  return hex || digits >= 3 ? std::string(kHole) : std::string(run);
}

class Tokeniser {
 public:
  explicit Tokeniser(std::string_view text) : text_(base::utf8_prefix(text, kMostBytes)) { out_.cut = text_.size() < text.size(); }

  Tokens run() {
    while (at_ < text_.size()) {
      if (out_.list.size() >= kMostTokens) {
        out_.cut = true;
        break;
      }
      const char c = text_[at_];
      if (is_blank(c)) {
        ++at_;
        spaced_ = true;
      } else if ((c == '"' || c == '\'') && take_quoted(c)) {
      } else if (is_mark(c)) {
        push(std::string(1, c), false);
        ++at_;
      } else {
        push(take_word(), true);
      }
    }
    return std::move(out_);
  }

 private:
  void push(std::string text, bool is_word) {
    out_.list.push_back({std::move(text), spaced_ && !out_.list.empty(), is_word});
    spaced_ = false;
  }

  // "any text": the quotes stay, what is in them is a hole. An apostrophe within a word is none.
  bool take_quoted(char quote) {
    if (quote == '\'' && at_ > 0 && is_word_char(text_[at_ - 1])) return false;
    size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && end - at_ <= kMostQuoted) end += text_[end] == '\\' ? 2 : 1;
    if (end >= text_.size() || text_[end] != quote) return false;
    if (quote == '\'' && end + 1 < text_.size() && is_word_char(text_[end + 1])) return false;
    push(std::string(1, quote), false);
    push(end == at_ + 1 ? "" : std::string(kHole), true);
    push(std::string(1, quote), false);
    at_ = end + 1;
    return true;
  }

  // Up to a blank or a mark, but through marks that join numbers: 10.0.0.1:8080, 12:30:45, 2026-01-01T00:00:00Z.
  std::string take_word() {
    std::string out;
    bool number_before = false;
    while (at_ < text_.size() && !is_blank(text_[at_])) {
      if (const size_t length = uuid_length(text_.substr(at_)); length != 0) {
        append_hole(out, kHole, number_before);
        at_ += length;
        number_before = true;
      } else if (is_word_char(text_[at_])) {
        const std::string run = masked_run(take_run());
        const bool is_number = run.starts_with(kHole);
        if (is_number) append_hole(out, run, number_before);
        else out += run;
        number_before = is_number && run.size() == kHole.size();
      } else {
        if (is_mark(text_[at_]) && !(number_before && goes_on_as_number())) break;
        out += text_[at_++];
        number_before = number_before && joins_numbers(out.back());
      }
    }
    return out;
  }

  std::string_view take_run() {
    const size_t from = at_;
    while (at_ < text_.size() && is_word_char(text_[at_])) ++at_;
    return text_.substr(from, at_ - from);
  }

  bool goes_on_as_number() const {
    return joins_numbers(text_[at_]) && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]);
  }

  // <_>.<_> is one hole, and so is its sign.
  static void append_hole(std::string& out, std::string_view hole, bool number_before) {
    if (number_before) {
      const size_t last = out.rfind(kHole);
      out.erase(last);
    } else if (out == "-" || out == "+") {
      out.clear();
    }
    out += hole;
  }

  const std::string_view text_;
  size_t at_ = 0;
  bool spaced_ = false;
  Tokens out_;
};

}  // namespace

Tokens tokenise(std::string_view message) { return Tokeniser(message).run(); }

}  // namespace tripod::query::patterns
