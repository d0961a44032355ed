#include "store/events/matcher.h"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "store/events/field_text.h"

namespace tripod::store {
namespace {

using Op = Predicate::Op;

bool is_text(model::ValueType type) {
  return type == model::ValueType::kString || type == model::ValueType::kJson;
}

bool fits(Op op, std::partial_ordering order) {
  switch (op) {
    case Op::kLess: return order < 0;
    case Op::kLessEqual: return order <= 0;
    case Op::kGreater: return order > 0;
    case Op::kGreaterEqual: return order >= 0;
    default: return false;
  }
}

std::shared_ptr<const re2::RE2> compile_regex(const std::string& pattern, int64_t memory) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(memory);
  return std::make_shared<const re2::RE2>(pattern, options);
}

bool searches_text(Op op) {
  return op == Op::kContains || op == Op::kWildcard || op == Op::kRegex;
}

// Could stand in the decimal text of a number.
bool could_be_in_number(std::string_view text) {
  return text.find_first_of("0123456789") != text.npos && text.find_first_not_of("0123456789.-+e") == text.npos;
}

}  // namespace

RegexSet::RegexSet(size_t expected)
    : share_(std::clamp(kMostMemory / static_cast<int64_t>(std::max<size_t>(expected, 1)), kLeastShare, kMostShare)) {}

base::Result<RegexSet::Entry> RegexSet::get(const std::string& pattern) {
  if (const auto found = entries_.find(pattern); found != entries_.end()) return found->second;
  Entry entry;
  entry.regex = compile_regex(pattern, share_);
  // One that is large by itself gets what it needs.
  if (!entry.regex->ok() && share_ < kMostShare) entry.regex = compile_regex(pattern, kMostShare);
  if (!entry.regex->ok()) {
    return base::fail(base::Code::kInvalidArgument, "regular expression: " + entry.regex->error());
  }
  entry.prefilter = RegexPrefilter::of(pattern);
  return entries_.emplace(pattern, std::move(entry)).first->second;
}

base::Result<Matcher> Matcher::compile(const Predicate& leaf, RegexSet& regexes) {
  Matcher out;
  out.op_ = leaf.op;
  out.operand_ = leaf.operand;
  out.operand_text_ = field_text(leaf.operand);
  out.any_field_ = leaf.key.empty();
  out.text_fields_only_ = out.any_field_;
  out.numbers_too_ = out.any_field_ && leaf.op == Op::kContains && could_be_in_number(out.operand_text_);
  if (out.any_field_ && !searches_text(leaf.op)) {
    return base::fail(base::Code::kInvalidArgument, "a comparison needs the name of a field");
  }
  if (searches_text(leaf.op) && std::holds_alternative<std::monostate>(leaf.operand)) {
    return base::fail(base::Code::kInvalidArgument, "a text search needs a text");
  }
  if (leaf.op == Op::kContains) {
    out.substring_ = std::make_shared<const SubstringSearcher>(out.operand_text_);
    out.add_grams(out.operand_text_);
  } else if (leaf.op == Op::kEqual && !is_number(out.operand())) {
    out.add_grams(out.operand_text_);
  } else if (leaf.op == Op::kWildcard) {
    out.wildcard_ = std::make_shared<const WildcardPattern>(out.operand_text_);
    for (const std::string& piece : out.wildcard_->literals()) out.add_grams(piece);
  } else if (leaf.op == Op::kRegex) {
    auto made = regexes.get(out.operand_text_);
    if (!made) return base::fail(std::move(made.error()));
    out.regex_ = std::move(made->regex);
    out.prefilter_ = std::move(made->prefilter);
  }
  return out;
}

void Matcher::add_grams(std::string_view needle) {
  if (GramProbe probe(needle); !probe.empty()) grams_.push_back(std::move(probe));
}

bool Matcher::may_be_in(std::string_view grams) const {
  if (prefilter_ != nullptr) return prefilter_->may_be_in(grams);
  return std::ranges::all_of(grams_, [&](const GramProbe& probe) { return probe.may_be_in(grams); });
}

model::Value Matcher::operand() const { return to_view(operand_); }

bool Matcher::equals(const model::Value& value) const {
  const model::Value wanted = operand();
  if (wanted.is_null()) return false;
  if (is_number(wanted) && is_number(value)) return compare_numbers(value, wanted) == 0;
  NumberBuffer buffer;
  return field_text(value, buffer) == operand_text_;
}

bool Matcher::is_ordered(const model::Value& value) const {
  const model::Value bound = operand();
  if (bound.is_null()) return false;
  if (is_number(bound)) return is_number(value) && fits(op_, compare_numbers(value, bound));
  NumberBuffer buffer;
  return fits(op_, field_text(value, buffer) <=> std::string_view(operand_text_));
}

bool Matcher::matches_text(std::string_view text) const {
  if (op_ == Op::kContains) return substring_->contained_in(text);
  if (op_ == Op::kWildcard) return wildcard_->matches(text);
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *regex_);
}

bool Matcher::matches(const model::Value& value) const {
  if (op_ == Op::kExists) return true;
  if (text_fields_only_ && !is_text(value.type()) && !(numbers_too_ && is_number(value))) return false;
  if (op_ == Op::kEqual) return equals(value);
  if (!searches_text(op_)) return is_ordered(value);
  NumberBuffer buffer;
  return matches_text(field_text(value, buffer));
}

}  // namespace tripod::store
