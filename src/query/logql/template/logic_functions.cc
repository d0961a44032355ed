// The functions that Go's text/template has of itself. https://pkg.go.dev/text/template#hdr-Functions
#include <algorithm>
#include <array>
#include <compare>

#include "query/logql/template/escape.h"
#include "query/logql/template/functions.h"

namespace tripod::query::logql::text_template {
namespace {

using base::Code;
using base::Result;
using Args = std::span<const Value>;

std::unexpected<base::Error> refuse(const char* why) { return base::fail(Code::kInvalidArgument, why); }

Result<bool> equal(const Value& a, const Value& b) {
  const auto *left = a.as<int64_t>(), *right = b.as<int64_t>();
  if (left != nullptr && right != nullptr) return *left == *right;
  if (a.is_nil() || b.is_nil()) return a.is_nil() && b.is_nil();
  if (a.node.index() != b.node.index()) return refuse("incompatible types for comparison");
  if (const auto* text = a.as<std::string>()) return *text == *b.as<std::string>();
  if (const auto* truth = a.as<bool>()) return *truth == *b.as<bool>();
  if (const auto* number = a.as<double>()) return *number == *b.as<double>();
  if (const auto* time = a.as<GoTime>()) return time->nanos == b.as<GoTime>()->nanos;
  return refuse("non-comparable type");
}

Result<std::partial_ordering> order(const Value& a, const Value& b) {
  if (a.node.index() != b.node.index()) return refuse("incompatible types for comparison");
  if (const auto* text = a.as<std::string>()) return std::partial_ordering(*text <=> *b.as<std::string>());
  if (const auto* number = a.as<int64_t>()) return std::partial_ordering(*number <=> *b.as<int64_t>());
  if (const auto* number = a.as<double>()) return *number <=> *b.as<double>();
  return refuse("invalid type for comparison");
}

Result<Value> eq(const Context&, Args args) {
  for (const Value& one : args.subspan(1)) {
    const auto same = equal(args[0], one);
    if (!same) return base::fail(same.error());
    if (*same) return Value(true);
  }
  return Value(false);
}
Result<Value> ne(const Context&, Args args) {
  const auto same = equal(args[0], args[1]);
  if (!same) return base::fail(same.error());
  return Value(!*same);
}

template <bool (*Holds)(std::partial_ordering)>
Result<Value> compare(const Context&, Args args) {
  const auto ordered = order(args[0], args[1]);
  if (!ordered) return base::fail(ordered.error());
  return Value(Holds(*ordered));
}
bool is_less(std::partial_ordering o) { return o < 0; }
bool is_at_most(std::partial_ordering o) { return o <= 0; }
bool is_more(std::partial_ordering o) { return o > 0; }
bool is_at_least(std::partial_ordering o) { return o >= 0; }

Result<Value> negate(const Context&, Args args) { return Value(!is_true(args[0])); }

Result<Value> len(const Context&, Args args) {
  const size_t kind = args[0].node.index();
  if (kind < 4 || args[0].as<GoTime>() != nullptr) {
    return base::fail(Code::kInvalidArgument, "len of type " + std::string(type_name(args[0])));
  }
  return Value(static_cast<int64_t>(length(args[0])));
}

Result<Value> index(const Context&, Args args) {
  Value value = args[0];
  for (const Value& key : args.subspan(1)) {
    if (const auto* list = value.as<std::shared_ptr<const List>>()) {
      const auto at = int_argument(key);
      if (!at) return base::fail(at.error());
      if (*at < 0 || static_cast<size_t>(*at) >= (*list)->size()) {
        return base::fail(Code::kInvalidArgument, "error calling index: index out of range: " + std::to_string(*at));
      }
      value = Value((**list)[static_cast<size_t>(*at)]);
      continue;
    }
    if (const auto* text = value.as<std::string>()) {
      const auto at = int_argument(key);
      if (!at) return base::fail(at.error());
      if (*at < 0 || static_cast<size_t>(*at) >= text->size()) {
        return base::fail(Code::kInvalidArgument, "index out of range: " + std::to_string(*at));
      }
      value = Value(static_cast<int64_t>(static_cast<unsigned char>((*text)[static_cast<size_t>(*at)])));
      continue;
    }
    const auto name = text_argument(key);
    if (!name) return base::fail(name.error());
    if (const auto* labels = value.as<const LabelSet*>()) {
      value = Value(std::string((*labels)->get(*name)));
    } else if (const auto* map = value.as<std::shared_ptr<const Map>>()) {
      const auto found = (*map)->find(*name);
      value = found == (*map)->end() ? Value() : Value(found->second);
    } else {
      return base::fail(Code::kInvalidArgument, "can't index item of type " + std::string(type_name(value)));
    }
  }
  return value;
}

Result<Value> slice(const Context&, Args args) {
  const size_t size = length(args[0]);
  std::array<size_t, 2> bounds = {0, size};
  for (size_t i = 1; i < args.size(); ++i) {
    const auto at = int_argument(args[i]);
    if (!at) return base::fail(at.error());
    if (*at < 0 || static_cast<size_t>(*at) > size) {
      return base::fail(Code::kInvalidArgument, "index out of range: " + std::to_string(*at));
    }
    bounds[i - 1] = static_cast<size_t>(*at);
  }
  if (bounds[0] > bounds[1]) return refuse("invalid slice index");
  if (const auto* text = args[0].as<std::string>()) return Value(text->substr(bounds[0], bounds[1] - bounds[0]));
  const auto* list = args[0].as<std::shared_ptr<const List>>();
  if (list == nullptr) return base::fail(Code::kInvalidArgument, "can't slice item of type " + std::string(type_name(args[0])));
  const auto from = (*list)->begin();
  return Value(std::shared_ptr<const List>(std::make_shared<List>(
      from + static_cast<ptrdiff_t>(bounds[0]), from + static_cast<ptrdiff_t>(bounds[1]))));
}

Result<Value> print_values(const Context&, Args args) { return Value(format_print(args, false)); }
Result<Value> print_line(const Context&, Args args) { return Value(format_print(args, true)); }
Result<Value> print_format(const Context&, Args args) {
  const auto format = text_argument(args[0]);
  if (!format) return base::fail(format.error());
  std::string out = format_printf(*format, args.subspan(1));
  if (out.size() > kMostOutputBytes) return refuse("printf: the text is too long");
  return Value(std::move(out));
}
Result<Value> html(const Context&, Args args) { return Value(escape_html(format_print(args, false))); }
Result<Value> js(const Context&, Args args) { return Value(escape_js(format_print(args, false))); }
Result<Value> urlquery(const Context&, Args args) { return Value(escape_url(format_print(args, false))); }

constexpr uint8_t kAny = Function::kAny;
constexpr Function kFunctions[] = {
    {"and", 1, kAny, nullptr},
    {"or", 1, kAny, nullptr},
    {"not", 1, 1, negate},
    {"eq", 2, kAny, eq},
    {"ne", 2, 2, ne},
    {"lt", 2, 2, compare<is_less>},
    {"le", 2, 2, compare<is_at_most>},
    {"gt", 2, 2, compare<is_more>},
    {"ge", 2, 2, compare<is_at_least>},
    {"len", 1, 1, len},
    {"index", 1, kAny, index},
    {"slice", 1, 3, slice},
    {"print", 0, kAny, print_values},
    {"printf", 1, kAny, print_format},
    {"println", 0, kAny, print_line},
    {"html", 0, kAny, html},
    {"js", 0, kAny, js},
    {"urlquery", 0, kAny, urlquery},
};

}  // namespace

std::span<const Function> logic_functions() { return kFunctions; }

}  // namespace tripod::query::logql::text_template
