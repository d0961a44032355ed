// Where in a question the cursor stands: complete.h's place_in().
#include <algorithm>
#include <array>

#include "query/search/complete.h"
#include "query/search/scanner.h"

namespace tripod::query::search {

namespace {

// The byte behind a quoted text that begins at `at`, or the text's end.
size_t skip_quoted(std::string_view text, size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at + 1, text.size());
}

// A regular expression ends at a slash in front of a blank, a parenthesis, a pipe or the end; otherwise it is a path.
size_t skip_regex(std::string_view text, size_t at) {
  for (size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\') ++i;
    else if (text[i] == '/' && i > at + 1) {
      const bool ends = i + 1 >= text.size() || is_blank(text[i + 1]) || text[i + 1] == ')' || text[i + 1] == '|';
      return ends ? i + 1 : at + 1;
    }
  }
  return at + 1;
}

bool may_begin_value(std::string_view text, size_t at) {
  return at == 0 || is_blank(text[at - 1]) || std::string_view(":=(!-").find(text[at - 1]) != std::string_view::npos;
}

// Begin of the pipe in which the text ends: behind its last `|`; 0 where there is none.
size_t last_pipe(std::string_view text) {
  size_t out = 0;
  for (size_t i = 0; i < text.size();) {
    if (text[i] == '"') i = skip_quoted(text, i);
    else if (text[i] == '/' && may_begin_value(text, i)) i = skip_regex(text, i);
    else if (text[i] == '|') out = ++i;
    else i += text[i] == '\\' ? 2 : 1;
  }
  return std::min(out, text.size());
}

// Words of a pipe: names with their quotes, and the marks , ( ) alone.
struct Piece {
  std::string_view text;
  size_t at;
};
std::vector<Piece> pieces_of(std::string_view text, size_t offset) {
  std::vector<Piece> out;
  for (size_t i = 0; i < text.size();) {
    if (is_blank(text[i])) {
      ++i;
      continue;
    }
    const size_t from = i;
    if (text[i] == '"') {
      i = skip_quoted(text, i);
    } else if (text[i] == ',' || text[i] == '(' || text[i] == ')') {
      ++i;
    } else {
      // The first one is always taken: a '|' that is no pipe, as in `\|` and /a|b/, belongs to a word.
      do i += text[i] == '\\' ? 2 : 1;
      while (i < text.size() && !is_delimiter(text[i]) && text[i] != ',');
      i = std::min(i, text.size());
    }
    out.push_back({text.substr(from, i - from), offset + from});
  }
  return out;
}

std::string without_quote(std::string_view text) { return std::string(text.starts_with('"') ? text.substr(1) : text); }

Place at(Place::Kind kind, size_t from, std::string_view written, std::vector<std::string> words = {}) {
  return {kind, from, without_quote(written), {}, std::move(words)};
}

// -- terms -------------------------------------------------------------------------------------------------------------

// The key whose group `key:(a OR b` is open where the text ends; a parenthesis within has the key of the one around it.
std::optional<FieldName> open_group(std::string_view text) {
  std::vector<std::optional<std::string_view>> open;
  for (size_t i = 0; i < text.size();) {
    if (text[i] == '"') {
      i = skip_quoted(text, i);
      continue;
    }
    if (text[i] == ')' && !open.empty()) open.pop_back();
    if (text[i] == '(') {
      auto key = open.empty() ? std::nullopt : open.back();
      if (i > 0 && text[i - 1] == ':') {
        size_t from = i - 1;
        while (from > 0 && is_key_char(text[from - 1])) --from;
        key = text.substr(from, i - 1 - from);
      }
      open.push_back(key);
    }
    ++i;
  }
  if (open.empty() || !open.back()) return std::nullopt;
  return FieldName{std::string(*open.back()), false};
}

// Where the word begins in which the text ends; a quoted text is part of it.
size_t last_word(std::string_view text) {
  size_t from = 0;
  for (size_t i = 0; i < text.size();) {
    if (text[i] == '"') {
      i = skip_quoted(text, i);
    } else if (is_blank(text[i]) || text[i] == '(' || text[i] == ')') {
      from = ++i;
    } else {
      i += text[i] == '\\' ? 2 : 1;
    }
  }
  return std::min(from, text.size());
}

Place term_place(std::string_view text, size_t begin) {
  const std::string_view part = text.substr(begin);
  size_t from = last_word(part);
  std::string_view word = part.substr(from);
  const auto group = open_group(part.substr(0, from));
  while (!word.empty() && (word.front() == '-' || word.front() == '!')) word.remove_prefix(1), ++from;
  if (group) {
    Place place = at(Place::Kind::kValue, begin + from, word, {"OR", "AND"});
    place.key = *group;
    return place;
  }
  // key, sign and what has been written of the value
  size_t key_end = 0;
  bool literal = false;
  if (word.starts_with('"')) {
    key_end = skip_quoted(word, 0);
    literal = true;
  } else {
    while (key_end < word.size() && is_key_char(word[key_end])) ++key_end;
  }
  const size_t sign_end = std::min(word.find_first_not_of(":=<>!~", key_end), word.size());
  if (key_end == 0 || sign_end == key_end) return at(Place::Kind::kTerm, begin + from, word);
  const std::string key(literal ? word.substr(1, key_end - 2) : word.substr(0, key_end));
  if (!literal && key == "has") return at(Place::Kind::kField, begin + from + sign_end, word.substr(sign_end));
  if (!literal && key == "in") return at(Place::Kind::kWord, begin + from + sign_end, word.substr(sign_end), {"logs", "spans", "errors"});
  Place place = at(Place::Kind::kValue, begin + from + sign_end, word.substr(sign_end));
  place.key = {key, literal};
  return place;
}

// -- pipes -------------------------------------------------------------------------------------------------------------

// Which list of a pipe the last piece but one belongs to: behind "by", in parentheses, or the pipe's own.
struct PipeState {
  bool in_parentheses = false;
  std::string_view section;   // "by", "every", "as" or empty
  bool after_item = false;    // something complete stands before: "," or a keyword must follow
};
PipeState state_of(std::span<const Piece> before) {
  PipeState out;
  for (const Piece& piece : before) {
    if (piece.text == "(") out.in_parentheses = true, out.after_item = false;
    else if (piece.text == ")") out.in_parentheses = false, out.after_item = true;
    else if (piece.text == ",") out.after_item = false;
    else if (piece.text == "by" || piece.text == "every" || piece.text == "as") out.section = piece.text, out.after_item = false;
    else out.after_item = true;
  }
  return out;
}

Place aggregation_place(std::string_view stage, const PipeState& state, const Piece& last) {
  using Kind = Place::Kind;
  if (state.in_parentheses) return at(Kind::kField, last.at, last.text);
  if (state.section == "by") {
    return state.after_item ? at(Kind::kWord, last.at, last.text, {"every"}) : at(Kind::kField, last.at, last.text);
  }
  if (state.section == "every" || state.section == "as") {
    if (state.after_item) return at(Kind::kWord, last.at, last.text, {"by", "every"});
    return at(Kind::kWord, last.at, last.text, state.section == "as" ? std::vector<std::string>() : std::vector<std::string>{"10s", "1m", "5m", "1h", "1d"});
  }
  if (stage != "stats") return at(Kind::kWord, last.at, last.text, {"by", "every"});
  if (state.after_item) return at(Kind::kWord, last.at, last.text, {"by", "every", "as"});
  return at(Kind::kFunction, last.at, last.text);
}

// Columns of the table that the pipes before `end` make; empty where they make none.
std::vector<std::string> columns_before(std::string_view text, size_t end) {
  const auto question = parse_question(text.substr(0, end), std::array{store::Dataset::kLogs});
  std::vector<std::string> out;
  if (!question || question->kind != Question::Kind::kTable) return out;
  for (const FieldName& key : question->aggregation.by) out.push_back(key.name);
  for (const Measure& measure : question->aggregation.measures) out.push_back(measure.column);
  if (question->aggregation.with_percent) out.emplace_back("percent");
  return out;
}

Place pipe_place(std::string_view text, size_t begin) {
  using Kind = Place::Kind;
  auto pieces = pieces_of(text.substr(begin), begin);
  const bool writing = !pieces.empty() && pieces.back().at + pieces.back().text.size() == text.size() &&
                       std::string_view(",()").find(pieces.back().text) == std::string_view::npos;
  const Piece last = writing ? pieces.back() : Piece{{}, text.size()};
  if (writing) pieces.pop_back();
  if (pieces.empty()) return at(Kind::kPipe, last.at, last.text);
  const std::string_view stage = pieces.front().text;
  const PipeState state = state_of(std::span(pieces).subspan(1));
  auto columns = columns_before(text, begin - 1);
  const auto field_or_column = [&] {
    return columns.empty() ? at(Kind::kField, last.at, last.text) : at(Kind::kColumn, last.at, last.text, columns);
  };
  if (stage == "count" || stage == "rate" || stage == "stats") return aggregation_place(stage, state, last);
  if (stage == "where") {
    if (columns.empty()) return term_place(text, pieces.front().at + stage.size());
    return at(Kind::kColumn, last.at, last.text, columns);
  }
  if (stage == "sort") return state.after_item ? at(Kind::kWord, last.at, last.text, {"desc", "asc"}) : field_or_column();
  if (stage == "top") {
    const bool number = pieces.size() == 2 && is_digit(pieces[1].text.front());
    return state.after_item && !number ? at(Kind::kNothing, last.at, {}) : at(Kind::kField, last.at, last.text);
  }
  if (stage == "fields" || stage == "dedup") return state.after_item ? at(Kind::kNothing, last.at, {}) : field_or_column();
  return at(Kind::kNothing, last.at, {});
}

}  // namespace

Place place_in(std::string_view text, size_t position) {
  text = text.substr(0, std::min(position, text.size()));
  const size_t begin = last_pipe(text);
  return begin == 0 ? term_place(text, 0) : pipe_place(text, begin);
}

}  // namespace tripod::query::search
