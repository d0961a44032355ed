#include "pipeline/scrub/json_scrub.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <charconv>
#include <cstring>
#include <vector>

#include "base/json_text.h"
#include "base/json_writer.h"
#include "base/utf8.h"
#include "pipeline/scrub/numbers.h"
#include "pipeline/scrub/text_scan.h"

namespace tripod::pipeline::scrub {
namespace {

namespace od = simdjson::ondemand;
constexpr std::string_view kFiltered = "[Filtered]";

// Where in a document a value stands.
struct Place {
  TextKind text = TextKind::kFree;
  bool names_are_data =
      false;  // names of members name packages or annotations, not secrets: modules, sdk, _meta
  bool frame = false;     // a stack frame: file names and paths stay
  bool top = false;       // members of the document itself
  bool in_array = false;  // an element of an array: ["name", "value"] pairs
};

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    if (text == word) return true;
  }
  return false;
}

std::string_view trim_right(std::string_view token) {
  while (!token.empty() && (token.back() == ' ' || token.back() == '\n' || token.back() == '\r' ||
                            token.back() == '\t')) {
    token.remove_suffix(1);
  }
  return token;
}

// What the strings before say of the value to come.
enum class Expect : uint8_t { kNothing, kSecret };

class Walker {
 public:
  Walker(const Words& words, const ScrubRules* rules, ScrubTally* tally, std::string_view prefix, std::string& out)
      : words_(words), rules_(rules), tally_(tally), writer_(out) {
    if (!prefix.empty()) path_.push_back(prefix);
  }

  void value(od::value v, const Place& place) {
    switch (v.type()) {
      case od::json_type::object:
        return object(v.get_object(), place);
      case od::json_type::array:
        return array(v.get_array(), place);
      case od::json_type::string:
        string(v, place);
        return;
      case od::json_type::number:
        return number(trim_right(v.raw_json_token()));
      default:
        writer_.raw(trim_right(v.raw_json_token()));
    }
  }

  void number(std::string_view token) {
    int64_t value = 0;
    if (token.size() >= 13 && token.size() <= 19) {
      const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
      if (error == std::errc() && end == token.data() + token.size() && is_card_number(value)) {
        writer_.string(kFiltered);
        count();
        return;
      }
    }
    writer_.raw(token);
  }

  // A document that is a string alone.
  void text_document(std::string_view text, std::string_view token) {
    write_text(text, token, TextKind::kFree);
  }

 private:
  void object(od::object object, const Place& place) {
    writer_.begin_object();
    Expect expect = Expect::kNothing;  // {"key": "password", "value": …}
    for (auto field : object) {
      const std::string_view key = field.unescaped_key();
      od::value v = field.value();
      const Step step(path_, key);
      if (place.frame && is_frame_place(key)) {
        writer_.key(key);
        verbatim(v, place);
        continue;
      }
      const bool suspicious = words_.triggers().next(key, 0) != std::string_view::npos;
      if (suspicious)
        write_key(key);
      else
        writer_.key(key);
      const auto word = suspicious ? sensitive(key, place) : std::nullopt;
      if (word || (expect == Expect::kSecret && is_value_name(key))) {
        secret(v, word && word->plural_tokens);
      } else if (const ScrubRule* rule = rule_for(key); rule != nullptr) {
        hide(v, *rule);
      } else if ((key == "key" || key == "name") && v.type() == od::json_type::string) {
        expect = names_secret(v, place) ? Expect::kSecret : Expect::kNothing;
      } else {
        value(v, inside(key, place));
      }
    }
    writer_.end_object();
  }

  void array(od::array array, const Place& place) {
    writer_.begin_array();
    Place element_place = place;
    element_place.in_array = true;
    element_place.top = false;
    const bool pair = place.in_array && array.count_elements() == 2;
    Expect expect = Expect::kNothing;
    bool first = true;
    for (auto element : array) {
      od::value v = element.value();
      const bool is_string = v.type() == od::json_type::string;
      if (expect == Expect::kSecret) {
        secret(v, false);
        expect = Expect::kNothing;
      } else if (is_string && pair && first) {
        expect = names_secret(v, place) ? Expect::kSecret : Expect::kNothing;
      } else if (is_string) {
        expect = string(v, element_place) ? Expect::kSecret : Expect::kNothing;
      } else {
        value(v, element_place);
      }
      first = false;
    }
    writer_.end_array();
  }

  std::optional<WordMatch> sensitive(std::string_view key, const Place& place) const {
    if (place.names_are_data) return std::nullopt;
    return words_.match_name(key, place.text == TextKind::kCookie);
  }

  // Writes a string that is a name itself; whether it is a sensitive one.
  bool names_secret(od::value v, const Place& place) {
    const std::string_view token = trim_right(v.raw_json_token());
    const std::string_view text = v.get_string();
    write_text(text, token, place.text);
    return sensitive(text, place).has_value();
  }

  // Writes a string; true for an option of a command line whose value comes next: "--password".
  bool string(od::value v, const Place& place) {
    const std::string_view token = trim_right(v.raw_json_token());
    const std::string_view inside = token.substr(1, token.size() - 2);
    const bool plain = inside.find('\\') == std::string_view::npos;
    const std::string_view text = plain ? inside : std::string_view(v.get_string());
    write_text(text, token, place.text);
    return place.in_array && text.starts_with("-") && text.find('=') == std::string_view::npos &&
           text.size() < 64 && text.find(' ') == std::string_view::npos &&
           words_.match_name(text).has_value();
  }

  void write_text(std::string_view text, std::string_view token, TextKind kind) {
    const auto edits = find_secrets(text, kind, words_);
    if (edits.empty())
      writer_.raw(token);
    else {
      writer_.string(apply_edits(text, edits));
      count(edits.size());
    }
  }

  void write_key(std::string_view key) {
    const auto edits = find_secrets(key, TextKind::kFree, words_);
    writer_.key(edits.empty() ? key : apply_edits(key, edits));
  }

  // Truth values, null and nothing are no secrets; counts of tokens neither.
  void secret(od::value v, bool numbers_are_counts) {
    const od::json_type type = v.type();
    const bool keep = type == od::json_type::boolean || type == od::json_type::null ||
                      (type == od::json_type::number && numbers_are_counts);
    if (keep) {
      writer_.raw(trim_right(v.raw_json_token()));
      return;
    }
    const bool empty = type == od::json_type::string && trim_right(v.raw_json_token()) == "\"\"";
    writer_.string(empty ? std::string_view() : kFiltered);
    if (!empty) count();
  }

  const ScrubRule* rule_for(std::string_view key) const {
    return rules_ == nullptr ? nullptr : rules_->match(key, path());
  }

  // By a rule of the project. Of what is no text, its JSON.
  void hide(od::value v, const ScrubRule& rule) {
    const od::json_type type = v.type();
    if (type == od::json_type::null) {
      writer_.raw("null");
      return;
    }
    count();
    if (type == od::json_type::string) {
      const std::string_view text = v.get_string();
      writer_.string(rules_->hide(rule, text));
      return;
    }
    std::string_view raw;
    if (type == od::json_type::object) raw = v.get_object().value().raw_json();
    else if (type == od::json_type::array) raw = v.get_array().value().raw_json();
    else raw = trim_right(v.raw_json_token());
    writer_.string(rules_->hide(rule, raw));
  }

  // Names of members from the top, joined by dots; lists add nothing. Names are scrubbed like text.
  std::string path() const {
    std::string out;
    for (const std::string_view name : path_) {
      if (!out.empty()) out.push_back('.');
      const auto edits = find_secrets(name, TextKind::kFree, words_);
      out.append(edits.empty() ? std::string(name) : apply_edits(name, edits));
    }
    return out;
  }

  void count(size_t times = 1) {
    if (tally_ != nullptr) tally_->add(path(), static_cast<uint32_t>(times));
  }

  // While a member is looked at, its name is the end of the path.
  class Step {
   public:
    Step(std::vector<std::string_view>& path, std::string_view name) : path_(path) { path_.push_back(name); }
    ~Step() { path_.pop_back(); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    std::vector<std::string_view>& path_;
  };

  void verbatim(od::value v, const Place& place) {
    const od::json_type type = v.type();
    if (type == od::json_type::object || type == od::json_type::array) return value(v, place);
    writer_.raw(trim_right(v.raw_json_token()));
  }

  static bool is_value_name(std::string_view key) {
    return is_one_of(key, {"value", "stringValue", "string_value", "intValue"});
  }

  static bool is_frame_place(std::string_view key) {
    return is_one_of(key, {"filename", "abs_path", "module", "function", "raw_function", "package",
                           "lineno", "colno", "in_app", "platform"});
  }

  static Place inside(std::string_view key, const Place& place) {
    Place inner = place;
    inner.in_array = false;
    inner.top = false;
    if (place.top && is_one_of(key, {"modules", "sdk", "_meta", "debug_meta", "packages"}))
      inner.names_are_data = true;
    if (key == "frames") {
      inner.frame = true;
    } else if (place.frame) {
      inner.frame = false;
      if (is_one_of(key, {"context_line", "pre_context", "post_context", "source_link"}))
        inner.text = TextKind::kCode;
    }
    if (same_ignoring_case(key, "cookies") || same_ignoring_case(key, "cookie") ||
        same_ignoring_case(key, "set-cookie") || key == "http.request.header.cookie") {
      inner.text = TextKind::kCookie;
    }
    return inner;
  }

  const Words& words_;
  const ScrubRules* rules_;
  ScrubTally* tally_;
  base::JsonWriter writer_;
  std::vector<std::string_view> path_;
};

}  // namespace

struct JsonScrubber::Parser {
  od::parser parser;
  std::vector<char> padded;
};

JsonScrubber::JsonScrubber(const Words& words, const ScrubRules* rules)
    : words_(words), rules_(rules), parser_(std::make_unique<Parser>()) {}
JsonScrubber::~JsonScrubber() = default;

base::Result<std::string> JsonScrubber::scrub(std::string_view json, ScrubTally* tally, std::string_view prefix) {
  const base::JsonCheck check = base::check_json(json, kMostJsonDepth);
  if (check.fault != base::JsonFault::kNone) {
    return base::fail(
        base::Code::kInvalidArgument,
        fmt::format("{} at byte {}",
                    check.fault == base::JsonFault::kTooDeep ? "JSON too deep" : "not JSON",
                    check.position));
  }
  std::string repaired;
  if (!base::is_valid_utf8(json)) {
    repaired = base::replace_invalid_utf8(json);
    json = repaired;
  }
  parser_->padded.resize(json.size() + simdjson::SIMDJSON_PADDING);
  std::memcpy(parser_->padded.data(), json.data(), json.size());
  std::memset(parser_->padded.data() + json.size(), 0, simdjson::SIMDJSON_PADDING);
  base::repair_surrogate_escapes(parser_->padded.data(), json.size());
  std::string out;
  out.reserve(json.size() + 64);
  try {
    od::document document =
        parser_->parser.iterate(parser_->padded.data(), json.size(), parser_->padded.size());
    Walker walker(words_, rules_, tally, prefix, out);
    switch (document.type()) {
      case od::json_type::object:
      case od::json_type::array: {
        Place top;
        top.top = true;
        walker.value(document.get_value(), top);
        break;
      }
      case od::json_type::string: {
        const std::string_view token = trim_right(document.raw_json_token());
        walker.text_document(std::string_view(document.get_string()), token);
        break;
      }
      case od::json_type::number:
        walker.number(trim_right(document.raw_json_token()));
        break;
      default:
        out = trim_right(document.raw_json_token());
    }
  } catch (const simdjson::simdjson_error& error) {
    return base::fail(base::Code::kInvalidArgument, error.what());
  }
  return out;
}

}  // namespace tripod::pipeline::scrub
