#include "sampling/condition.h"

#include <re2/re2.h>

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "pipeline/normalise/normalise.h"

namespace tripod::sampling {

using base::Code;
using base::Result;
using model::Resource;
using model::Scope;
using model::Span;
using model::Value;
using model::ValueType;

namespace {

// Texts of a list as one, without ambiguity.
std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += fmt::format("{}:{}", text.size(), text);
  return out;
}

class AttributeCondition : public Condition {
 public:
  AttributeCondition(std::string_view key, const std::string& rest) : Condition(fmt::format("attribute {}:{} {}", key.size(), key, rest)), key_(pipeline::normalise::current_name(key)) {}

  bool matches_resource(const Resource& resource) const override { return matches_in(resource.attributes); }
  bool matches(const Span& span, const Resource&, const Scope&) const override { return matches_in(span.attributes); }

 protected:
  virtual bool accepts(const Value& value) const = 0;

 private:
  bool matches_in(std::span<const model::Attribute> attributes) const {
    const model::Attribute* found = model::find_attribute(attributes, key_);
    return found != nullptr && accepts(found->value);
  }
  const std::string key_;
};

class TextIn final : public AttributeCondition {
 public:
  TextIn(std::string_view key, const std::vector<std::string>& values) : AttributeCondition(key, "in " + joined(values)), values_(values) {
    std::erase(values_, "");
  }
  bool accepts(const Value& value) const override { return value.is_string() && std::ranges::find(values_, value.text()) != values_.end(); }

 private:
  std::vector<std::string> values_;
};

class TextLike final : public AttributeCondition {
 public:
  TextLike(std::string_view key, const std::vector<std::string>& values, std::vector<std::unique_ptr<const RE2>> compiled)
      : AttributeCondition(key, "like " + joined(values)), expressions_(std::move(compiled)) {}
  bool accepts(const Value& value) const override {
    if (!value.is_string() || value.text().empty()) return false;
    const re2::StringPiece text(value.text().data(), value.text().size());
    return std::ranges::any_of(expressions_, [&](const auto& one) { return RE2::PartialMatch(text, *one); });
  }

 private:
  const std::vector<std::unique_ptr<const RE2>> expressions_;
};

class NumberBetween final : public AttributeCondition {
 public:
  NumberBetween(std::string_view key, double least, double most) : AttributeCondition(key, fmt::format("from {} to {}", least, most)), least_(least), most_(most) {}
  bool accepts(const Value& value) const override {
    if (value.type() != ValueType::kInt64 && value.type() != ValueType::kFloat64) return false;
    const double number = value.type() == ValueType::kInt64 ? static_cast<double>(value.as_int64()) : value.as_float64();
    return number >= least_ && number <= most_;
  }

 private:
  const double least_, most_;
};

class BooleanIs final : public AttributeCondition {
 public:
  BooleanIs(std::string_view key, bool wanted) : AttributeCondition(key, wanted ? "is true" : "is false"), wanted_(wanted) {}
  bool accepts(const Value& value) const override { return value.type() == ValueType::kBool && value.as_bool() == wanted_; }

 private:
  const bool wanted_;
};

class TraceStateHas final : public Condition {
 public:
  TraceStateHas(std::string_view key, const std::vector<std::string>& values) : Condition(fmt::format("trace_state {}:{} {}", key.size(), key, joined(values))), key_(key), values_(values) {
    std::erase(values_, "");
  }
  bool matches(const Span& span, const Resource&, const Scope&) const override {
    for (std::string_view rest = span.trace_state; !rest.empty();) {
      const size_t end = std::min(rest.find(','), rest.size());
      std::string_view member = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      member.remove_prefix(std::min(member.find_first_not_of(" \t"), member.size()));
      if (!member.starts_with(key_) || member.size() <= key_.size() || member[key_.size()] != '=') continue;
      member.remove_prefix(key_.size() + 1);
      return std::ranges::find(values_, member.substr(0, member.find_last_not_of(" \t") + 1)) != values_.end();
    }
    return false;
  }

 private:
  const std::string key_;
  std::vector<std::string> values_;
};

// '*' any characters, '?' one. At most one way back, so linear times the pattern at worst.
bool matches_pattern(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

class OfRoute final : public Condition {
 public:
  OfRoute(std::string_view service, std::string_view route) : Condition(fmt::format("route {}:{} {}", service.size(), service, route)), service_(service), route_(route) {}
  bool matches_resource(const Resource& resource) const override { return route_.empty() && is_of_service(resource); }
  bool matches(const Span& span, const Resource& resource, const Scope&) const override {
    if (route_.empty() || !is_of_service(resource)) return false;
    const std::string_view route = model::find_text(span.attributes, "http.route");
    return matches_pattern(route_, route.empty() ? span.name : route);
  }

 private:
  bool is_of_service(const Resource& resource) const { return service_.empty() || model::find_text(resource.attributes, "service.name") == service_; }
  const std::string service_, route_;
};

}  // namespace

Condition::Condition(const std::string& text) : id_(base::hash64(text)) {}

Result<ConditionPtr> string_condition(std::string_view key, const std::vector<std::string>& values, bool is_regex) {
  if (!is_regex) return std::make_shared<const TextIn>(key, values);
  std::vector<std::unique_ptr<const RE2>> compiled;
  for (const std::string& value : values) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(4 << 20);
    compiled.push_back(std::make_unique<const RE2>(value, options));
    if (!compiled.back()->ok()) return base::fail(Code::kInvalidArgument, fmt::format("\"{}\" is no regular expression: {}", value, compiled.back()->error()));
  }
  return std::make_shared<const TextLike>(key, values, std::move(compiled));
}

ConditionPtr numeric_condition(std::string_view key, double least, double most) { return std::make_shared<const NumberBetween>(key, least, most); }
ConditionPtr boolean_condition(std::string_view key, bool value) { return std::make_shared<const BooleanIs>(key, value); }
ConditionPtr trace_state_condition(std::string_view key, const std::vector<std::string>& values) { return std::make_shared<const TraceStateHas>(key, values); }
ConditionPtr route_condition(std::string_view service, std::string_view route) { return std::make_shared<const OfRoute>(service, route); }

}  // namespace tripod::sampling
