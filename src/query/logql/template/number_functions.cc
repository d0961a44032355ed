// Functions of numbers. As sprig's, they take texts for numbers. http://masterminds.github.io/sprig/math.html
#include <charconv>
#include <cmath>

#include "query/logql/go_text.h"
#include "query/logql/template/functions.h"

namespace tripod::query::logql::text_template {
namespace {

using base::Code;
using base::Result;
using Args = std::span<const Value>;

std::unexpected<base::Error> refuse(const char* why) { return base::fail(Code::kInvalidArgument, why); }

int64_t whole_of(double value) {
  constexpr double kMost = 9.2e18;
  return value >= -kMost && value <= kMost ? static_cast<int64_t>(value) : 0;
}

// What is no number is 0.
int64_t to_int(const Value& value) {
  if (const auto* number = value.as<int64_t>()) return *number;
  if (const auto* number = value.as<double>()) return whole_of(*number);
  if (const auto* truth = value.as<bool>()) return *truth ? 1 : 0;
  const auto* text = value.as<std::string>();
  if (text == nullptr) return 0;
  std::string_view digits = *text;
  if (const size_t dot = digits.find('.'); dot != digits.npos && digits.find_first_not_of('0', dot + 1) == digits.npos) {
    digits = digits.substr(0, dot);
  }
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  int base = 10;
  if (digits.starts_with("0x") || digits.starts_with("0X")) {
    digits.remove_prefix(2);
    base = 16;
  }
  int64_t out = 0;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), out, base);
  if (digits.starts_with('-') || ec != std::errc() || end != digits.data() + digits.size()) return 0;
  return negative ? -out : out;
}

double to_float(const Value& value) {
  if (const auto* number = value.as<double>()) return *number;
  if (const auto* text = value.as<std::string>()) return parse_go_float(*text).value_or(0.0);
  return static_cast<double>(to_int(value));
}

// Wraps as Go's does.
int64_t wrap(uint64_t value) { return static_cast<int64_t>(value); }
uint64_t bits(int64_t value) { return static_cast<uint64_t>(value); }

template <auto Step>
Result<Value> fold_ints(const Context&, Args args) {
  int64_t out = to_int(args[0]);
  for (const Value& one : args.subspan(1)) out = Step(out, to_int(one));
  return Value(out);
}
template <auto Step>
Result<Value> fold_floats(const Context&, Args args) {
  double out = to_float(args[0]);
  for (const Value& one : args.subspan(1)) out = Step(out, to_float(one));
  return Value(out);
}

int64_t add(int64_t a, int64_t b) { return wrap(bits(a) + bits(b)); }
int64_t sub(int64_t a, int64_t b) { return wrap(bits(a) - bits(b)); }
int64_t mul(int64_t a, int64_t b) { return wrap(bits(a) * bits(b)); }
int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }
int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
double addf(double a, double b) { return a + b; }
double subf(double a, double b) { return a - b; }
double mulf(double a, double b) { return a * b; }
double divf(double a, double b) { return a / b; }
double mostf(double a, double b) { return std::fmax(a, b); }
double leastf(double a, double b) { return std::fmin(a, b); }

template <bool Remainder>
Result<Value> divide(const Context&, Args args) {
  const int64_t a = to_int(args[0]), b = to_int(args[1]);
  if (b == 0) return refuse("runtime error: integer divide by zero");
  if (b == -1) return Value(Remainder ? int64_t{0} : wrap(0 - bits(a)));
  return Value(Remainder ? a % b : a / b);
}

Result<Value> as_int(const Context&, Args args) { return Value(to_int(args[0])); }
Result<Value> as_float(const Context&, Args args) { return Value(to_float(args[0])); }
Result<Value> ceil(const Context&, Args args) { return Value(std::ceil(to_float(args[0]))); }
Result<Value> floor(const Context&, Args args) { return Value(std::floor(to_float(args[0]))); }

// round value places [where to round up from, .5]
Result<Value> round(const Context&, Args args) {
  const double value = to_float(args[0]);
  const double up_from = args.size() > 2 ? to_float(args[2]) : 0.5;
  const double scale = std::pow(10.0, static_cast<double>(to_int(args[1])));
  double whole = 0;
  const double rest = std::modf(value * scale, &whole);
  if (std::fabs(rest) >= up_from) whole += value < 0 ? -1 : 1;
  return Value(whole / scale);
}

Result<Value> bytes(const Context&, Args args) {
  const auto text = text_argument(args[0]);
  if (!text) return base::fail(text.error());
  const auto out = parse_go_bytes(*text);
  if (!out) return base::fail(out.error());
  return Value(static_cast<double>(*out));
}

Result<Value> duration(const Context&, Args args) {
  const auto text = text_argument(args[0]);
  if (!text) return base::fail(text.error());
  const auto nanos = parse_go_duration(*text);
  if (!nanos) return base::fail(nanos.error());
  return Value(static_cast<double>(*nanos) / 1e9);
}

constexpr uint8_t kAny = Function::kAny;
constexpr Function kFunctions[] = {
    {"int", 1, 1, as_int},
    {"float64", 1, 1, as_float},
    {"add", 1, kAny, fold_ints<add>},
    {"sub", 2, 2, fold_ints<sub>},
    {"mul", 1, kAny, fold_ints<mul>},
    {"div", 2, 2, divide<false>},
    {"mod", 2, 2, divide<true>},
    {"addf", 1, kAny, fold_floats<addf>},
    {"subf", 1, kAny, fold_floats<subf>},
    {"mulf", 1, kAny, fold_floats<mulf>},
    {"divf", 1, kAny, fold_floats<divf>},
    {"max", 1, kAny, fold_ints<most>},
    {"min", 1, kAny, fold_ints<least>},
    {"maxf", 1, kAny, fold_floats<mostf>},
    {"minf", 1, kAny, fold_floats<leastf>},
    {"ceil", 1, 1, ceil},
    {"floor", 1, 1, floor},
    {"round", 2, 3, round},
    {"bytes", 1, 1, bytes},
    {"duration", 1, 1, duration},
    {"duration_seconds", 1, 1, duration},
};

}  // namespace

std::span<const Function> number_functions() { return kFunctions; }

}  // namespace tripod::query::logql::text_template
