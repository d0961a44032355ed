// Functions of texts: Loki's own, and sprig's of those names. http://masterminds.github.io/sprig/strings.html
#include <algorithm>
#include <vector>

#include "query/logql/go_text.h"
#include "query/logql/stages/regex.h"
#include "query/logql/template/escape.h"
#include "query/logql/template/functions.h"

namespace tripod::query::logql::text_template {
namespace {

using base::Code;
using base::Result;
using Args = std::span<const Value>;

// All arguments as texts.
Result<std::vector<std::string>> texts(Args args) {
  std::vector<std::string> out;
  for (const Value& one : args) {
    auto text = text_argument(one);
    if (!text) return base::fail(std::move(text.error()));
    out.push_back(std::move(*text));
  }
  return out;
}

// A function of texts alone.
template <auto Body>
Result<Value> of_texts(const Context&, Args args) {
  const auto all = texts(args);
  if (!all) return base::fail(all.error());
  return Value(Body(*all));
}
// The same that may refuse.
template <auto Body>
Result<Value> maybe_of_texts(const Context&, Args args) {
  const auto all = texts(args);
  if (!all) return base::fail(all.error());
  auto out = Body(*all);
  if (!out) return base::fail(std::move(out.error()));
  return Value(std::move(*out));
}
using Texts = std::vector<std::string>;

std::u32string runes(std::string_view text) {
  std::u32string out;
  while (!text.empty()) out += static_cast<char32_t>(take_rune(text));
  return out;
}
std::string utf8(std::u32string_view text) {
  std::string out;
  for (const char32_t c : text) append_rune(out, static_cast<uint32_t>(c));
  return out;
}

// Case of Latin, Greek and Cyrillic letters.
char32_t to_upper(char32_t c) {
  if (c >= 'a' && c <= 'z') return c - 32;
  if ((c >= 0xE0 && c <= 0xFE && c != 0xF7) || (c >= 0x3B1 && c <= 0x3C9 && c != 0x3C2) || (c >= 0x430 && c <= 0x44F)) return c - 32;
  if (c >= 0x450 && c <= 0x45F) return c - 80;
  if (((c >= 0x100 && c <= 0x137) || (c >= 0x14A && c <= 0x177)) && c % 2 == 1) return c - 1;
  return c;
}
char32_t to_lower(char32_t c) {
  if (c >= 'A' && c <= 'Z') return c + 32;
  if ((c >= 0xC0 && c <= 0xDE && c != 0xD7) || (c >= 0x391 && c <= 0x3A9) || (c >= 0x410 && c <= 0x42F)) return c + 32;
  if (c >= 0x400 && c <= 0x40F) return c + 80;
  if (((c >= 0x100 && c <= 0x137) || (c >= 0x14A && c <= 0x177)) && c % 2 == 0) return c + 1;
  return c;
}

std::string lower(const Texts& in) {
  std::u32string out = runes(in[0]);
  std::ranges::transform(out, out.begin(), to_lower);
  return utf8(out);
}
std::string upper(const Texts& in) {
  std::u32string out = runes(in[0]);
  std::ranges::transform(out, out.begin(), to_upper);
  return utf8(out);
}
std::string title(const Texts& in) {
  std::u32string out = runes(in[0]);
  bool start = true;
  for (char32_t& c : out) {
    if (start) c = to_upper(c);
    const bool word = (c >= '0' && c <= '9') || c == '_' || c == '\'' || to_upper(c) != to_lower(c) || c >= 0x80;
    start = !word;
  }
  return utf8(out);
}

std::string trim_set(std::string_view text, std::string_view set, bool left, bool right) {
  const std::u32string cut = runes(set);
  std::u32string all = runes(text);
  std::u32string_view view = all;
  while (left && !view.empty() && cut.find(view.front()) != cut.npos) view.remove_prefix(1);
  while (right && !view.empty() && cut.find(view.back()) != cut.npos) view.remove_suffix(1);
  return utf8(view);
}
constexpr std::string_view kBlanks = " \t\n\v\f\r\xC2\x85\xC2\xA0";

std::string trim(const Texts& in) { return trim_set(in[0], kBlanks, true, true); }
std::string trim_both(const Texts& in) { return trim_set(in[0], in[1], true, true); }
std::string trim_all(const Texts& in) { return trim_set(in[1], in[0], true, true); }
std::string trim_left(const Texts& in) { return trim_set(in[0], in[1], true, false); }
std::string trim_right(const Texts& in) { return trim_set(in[0], in[1], false, true); }

std::string without_prefix(std::string_view text, std::string_view prefix) {
  return std::string(text.starts_with(prefix) ? text.substr(prefix.size()) : text);
}
std::string without_suffix(std::string_view text, std::string_view suffix) {
  return std::string(text.ends_with(suffix) ? text.substr(0, text.size() - suffix.size()) : text);
}
std::string go_trim_prefix(const Texts& in) { return without_prefix(in[0], in[1]); }
std::string go_trim_suffix(const Texts& in) { return without_suffix(in[0], in[1]); }
std::string trim_prefix(const Texts& in) { return without_prefix(in[1], in[0]); }
std::string trim_suffix(const Texts& in) { return without_suffix(in[1], in[0]); }

bool contains(const Texts& in) { return in[1].find(in[0]) != std::string::npos; }
bool has_prefix(const Texts& in) { return in[1].starts_with(in[0]); }
bool has_suffix(const Texts& in) { return in[1].ends_with(in[0]); }

Result<Value> too_long() { return base::fail(Code::kInvalidArgument, "the text is too long"); }

// At most `most` times; negative: wherever `from` stands. An empty `from` stands before every character and at
// the end.
Result<Value> replaced(std::string_view text, std::string_view from, std::string_view to, int64_t most) {
  std::string out;
  while (out.size() <= kMostOutputBytes) {
    const size_t found = most == 0 ? text.npos : text.find(from);
    if (found == text.npos) {
      out += text;
      return Value(std::move(out));
    }
    out += text.substr(0, found);
    out += to;
    if (most > 0) --most;
    text.remove_prefix(found + from.size());
    if (!from.empty()) continue;
    if (text.empty()) return Value(std::move(out));
    const size_t size = std::max<size_t>(rune_length(text), 1);
    out += text.substr(0, size);
    text.remove_prefix(size);
  }
  return too_long();
}

Result<Value> go_replace(const Context&, Args args) {
  const auto all = texts(args.first(3));
  if (!all) return base::fail(all.error());
  const auto most = int_argument(args[3]);
  if (!most) return base::fail(most.error());
  return replaced((*all)[0], (*all)[1], (*all)[2], *most);
}
Result<Value> replace(const Context&, Args args) {
  const auto all = texts(args);
  if (!all) return base::fail(all.error());
  return replaced((*all)[2], (*all)[0], (*all)[1], -1);
}

Result<Value> repeat(const Context&, Args args) {
  const auto count = int_argument(args[0]);
  const auto text = text_argument(args[1]);
  if (!count) return base::fail(count.error());
  if (!text) return base::fail(text.error());
  if (*count < 0) return base::fail(Code::kInvalidArgument, "strings: negative Repeat count");
  if (!text->empty() && static_cast<size_t>(*count) > kMostOutputBytes / text->size()) return too_long();
  std::string out;
  for (int64_t i = 0; i < *count && !text->empty(); ++i) out += *text;
  return Value(std::move(out));
}

Result<Value> substr(const Context&, Args args) {
  const auto start = int_argument(args[0]), end = int_argument(args[1]);
  const auto text = text_argument(args[2]);
  if (!start) return base::fail(start.error());
  if (!end) return base::fail(end.error());
  if (!text) return base::fail(text.error());
  const std::u32string all = runes(*text);
  const auto size = static_cast<int64_t>(all.size());
  const int64_t to = std::min(*end, size), from = std::min(*start, size);
  if (from < 0) return Value(to < 0 ? std::string() : utf8(all.substr(0, static_cast<size_t>(to))));
  if (to < 0) return Value(utf8(all.substr(static_cast<size_t>(from))));
  if (from > to) return Value(std::string());
  return Value(utf8(all.substr(static_cast<size_t>(from), static_cast<size_t>(to - from))));
}

Result<Value> trunc(const Context&, Args args) {
  const auto count = int_argument(args[0]);
  const auto text = text_argument(args[1]);
  if (!count) return base::fail(count.error());
  if (!text) return base::fail(text.error());
  const std::u32string all = runes(*text);
  const auto size = static_cast<int64_t>(all.size());
  if (*count < 0 && size + *count > 0) return Value(utf8(all.substr(static_cast<size_t>(size + *count))));
  if (*count >= 0 && size > *count) return Value(utf8(all.substr(0, static_cast<size_t>(*count))));
  return Value(*text);
}

template <bool Left>
Result<Value> align(const Context&, Args args) {
  const auto count = int_argument(args[0]);
  const auto text = text_argument(args[1]);
  if (!count) return base::fail(count.error());
  if (!text) return base::fail(text.error());
  const std::u32string all = runes(*text);
  const auto size = static_cast<int64_t>(all.size());
  if (*count < 0 || *count == size) return Value(*text);
  if (*count > static_cast<int64_t>(kMostOutputBytes)) return too_long();
  if (*count > size) {
    const std::string blanks(static_cast<size_t>(*count - size), ' ');
    return Value(Left ? *text + blanks : blanks + *text);
  }
  return Value(utf8(Left ? all.substr(0, static_cast<size_t>(*count)) : all.substr(static_cast<size_t>(size - *count))));
}

Result<Value> indented(Args args, std::string out) {
  const auto count = int_argument(args[0]);
  const auto text = text_argument(args[1]);
  if (!count) return base::fail(count.error());
  if (!text) return base::fail(text.error());
  const auto lines = static_cast<size_t>(std::ranges::count(*text, '\n')) + 1;
  if (*count < 0) return base::fail(Code::kInvalidArgument, "strings: negative Repeat count");
  if (static_cast<size_t>(*count) > kMostOutputBytes / lines) return too_long();
  const std::string pad(static_cast<size_t>(*count), ' ');
  out += pad;
  for (const char c : *text) {
    out += c;
    if (c == '\n') out += pad;
  }
  return Value(std::move(out));
}
Result<Value> indent(const Context&, Args args) { return indented(args, ""); }
Result<Value> nindent(const Context&, Args args) { return indented(args, "\n"); }

Result<Value> fall_back(const Context&, Args args) {
  const Value& given = args.back();
  return args.size() < 2 || is_true(given) ? given : args[0];
}

// Calls `found(groups)` for each match, left to right, and `between(text)` for what lies between.
template <class Found, class Between>
void each_match(const RE2& regex, std::string_view text, Found found, Between between) {
  std::vector<re2::StringPiece> groups(static_cast<size_t>(regex.NumberOfCapturingGroups()) + 1);
  const re2::StringPiece all(text.data(), text.size());
  size_t at = 0, copied = 0;
  while (at <= text.size() && regex.Match(all, at, text.size(), RE2::UNANCHORED, groups.data(), static_cast<int>(groups.size()))) {
    const auto start = static_cast<size_t>(groups[0].data() - text.data());
    const size_t end = start + groups[0].size();
    // An empty match right behind the last one is none.
    if (!(end == start && start == copied && copied > 0)) {
      between(text.substr(copied, start - copied));
      found(groups);
      copied = end;
    }
    at = end > at ? end : at;
    if (end == start) at += at < text.size() ? std::max<size_t>(rune_length(text.substr(at)), 1) : 1;
  }
  between(text.substr(std::min(copied, text.size())));
}

template <bool Literal>
Result<std::string> regex_replace(const Texts& in) {
  const auto regex = compile_regex(in[0]);
  if (!regex) return base::fail(regex.error());
  std::string out;
  each_match(
      **regex, in[1],
      [&](const std::vector<re2::StringPiece>& groups) {
        if (out.size() > kMostOutputBytes) return;
        if (Literal) out += in[2];
        else expand_groups(in[2], **regex, groups, out);
      },
      [&](std::string_view text) { out += text; });
  return out;
}

Result<int64_t> count(const Texts& in) {
  const auto regex = compile_regex(in[0]);
  if (!regex) return base::fail(regex.error());
  int64_t out = 0;
  each_match(**regex, in[1], [&](const auto&) { ++out; }, [](std::string_view) {});
  return out;
}

std::string url_encode(const Texts& in) { return escape_url(in[0]); }
Result<std::string> url_decode(const Texts& in) { return unescape_url(in[0]); }
std::string b64enc(const Texts& in) { return encode_base64(in[0]); }
std::string b64dec(const Texts& in) {
  auto out = decode_base64(in[0]);
  return out ? std::move(*out) : out.error().message;  // as sprig: the reason is the text
}
Result<Value> from_json(const Texts& in) { return parse_json_value(in[0]); }

Result<Value> line(const Context& context, Args) { return Value(std::string(context.line)); }

constexpr Function kFunctions[] = {
    {"__line__", 0, 0, line},
    {"ToLower", 1, 1, of_texts<lower>},
    {"ToUpper", 1, 1, of_texts<upper>},
    {"lower", 1, 1, of_texts<lower>},
    {"upper", 1, 1, of_texts<upper>},
    {"title", 1, 1, of_texts<title>},
    {"Trim", 2, 2, of_texts<trim_both>},
    {"TrimLeft", 2, 2, of_texts<trim_left>},
    {"TrimRight", 2, 2, of_texts<trim_right>},
    {"TrimPrefix", 2, 2, of_texts<go_trim_prefix>},
    {"TrimSuffix", 2, 2, of_texts<go_trim_suffix>},
    {"TrimSpace", 1, 1, of_texts<trim>},
    {"trim", 1, 1, of_texts<trim>},
    {"trimAll", 2, 2, of_texts<trim_all>},
    {"trimPrefix", 2, 2, of_texts<trim_prefix>},
    {"trimSuffix", 2, 2, of_texts<trim_suffix>},
    {"contains", 2, 2, of_texts<contains>},
    {"hasPrefix", 2, 2, of_texts<has_prefix>},
    {"hasSuffix", 2, 2, of_texts<has_suffix>},
    {"Replace", 4, 4, go_replace},
    {"replace", 3, 3, replace},
    {"repeat", 2, 2, repeat},
    {"substr", 3, 3, substr},
    {"trunc", 2, 2, trunc},
    {"alignLeft", 2, 2, align<true>},
    {"alignRight", 2, 2, align<false>},
    {"indent", 2, 2, indent},
    {"nindent", 2, 2, nindent},
    {"default", 1, 2, fall_back},
    {"regexReplaceAll", 3, 3, maybe_of_texts<regex_replace<false>>},
    {"regexReplaceAllLiteral", 3, 3, maybe_of_texts<regex_replace<true>>},
    {"count", 2, 2, maybe_of_texts<count>},
    {"urlencode", 1, 1, of_texts<url_encode>},
    {"urldecode", 1, 1, maybe_of_texts<url_decode>},
    {"b64enc", 1, 1, of_texts<b64enc>},
    {"b64dec", 1, 1, of_texts<b64dec>},
    {"fromJson", 1, 1, maybe_of_texts<from_json>},
};

}  // namespace

std::span<const Function> text_functions() { return kFunctions; }

}  // namespace tripod::query::logql::text_template
