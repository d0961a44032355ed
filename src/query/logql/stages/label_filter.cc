// | level="error" and (duration > 1s or size >= 20kB), addr = ip("10.0.0.0/8")
#include "query/logql/go_text.h"
#include "query/logql/stages/ip.h"
#include "query/logql/stages/regex.h"
#include "query/logql/stages/stage.h"

namespace tripod::query::logql {
namespace {

using base::Result;
using Kind = LabelFilter::Kind;

template <class T>
bool compare(CompareOp op, T a, T b) {
  switch (op) {
    case CompareOp::kEqual: return a == b;
    case CompareOp::kNotEqual: return a != b;
    case CompareOp::kLess: return a < b;
    case CompareOp::kLessEqual: return a <= b;
    case CompareOp::kGreater: return a > b;
    default: return a >= b;
  }
}

// An error that is there already says more than the filter's own.
bool fail_line(LabelSet& labels, const base::Error& error) {
  if (!labels.has_error()) labels.set_error(kLabelFilterError, error.message);
  return true;
}

class Text final : public StageRunner {
 public:
  explicit Text(LabelMatcher matcher) : matcher_(std::move(matcher)) {}
  bool run(Line& line) override { return matcher_.matches(line.labels.get(matcher_.name())); }
  void add_needs(Needs& needs) const override { needs.names.insert(matcher_.name()); }

 private:
  const LabelMatcher matcher_;
};

// A value that cannot be read lets the line pass, marked by __error__.
class Number final : public StageRunner {
 public:
  explicit Number(const LabelFilter& filter) : filter_(filter) {}
  bool run(Line& line) override {
    const std::string* value = line.labels.find(filter_.matcher.name);
    if (value == nullptr) return false;
    if (filter_.kind == Kind::kDuration) {
      const auto nanos = parse_go_duration(*value);
      return nanos ? compare(filter_.compare, *nanos, filter_.nanos)
                   : fail_line(line.labels, nanos.error());
    }
    if (filter_.kind == Kind::kBytes) {
      const auto bytes = parse_go_bytes(*value);
      return bytes ? compare(filter_.compare, *bytes, filter_.bytes)
                   : fail_line(line.labels, bytes.error());
    }
    const auto number = parse_go_float(*value);
    return number ? compare(filter_.compare, *number, filter_.number)
                  : fail_line(line.labels, number.error());
  }
  void add_needs(Needs& needs) const override { needs.names.insert(filter_.matcher.name); }

 private:
  const LabelFilter filter_;
};

class Ip final : public StageRunner {
 public:
  Ip(std::string name, IpMatcher matcher, bool negative)
      : name_(std::move(name)), matcher_(matcher), negative_(negative) {}
  bool run(Line& line) override {
    const std::string* value = line.labels.find(name_);
    if (value == nullptr) return false;
    const auto address = parse_ip(*value);
    if (!address) return matcher_.found_in(*value) != negative_;
    return matcher_.contains(*address) != negative_;
  }
  void add_needs(Needs& needs) const override { needs.names.insert(name_); }

 private:
  const std::string name_;
  const IpMatcher matcher_;
  const bool negative_;
};

// All parts of an "and" are asked, so that each may leave its error; an "or" ends at the first that holds.
class Group final : public StageRunner {
 public:
  Group(std::vector<StagePtr> parts, bool is_and) : parts_(std::move(parts)), is_and_(is_and) {}
  bool run(Line& line) override {
    bool all = true;
    for (const StagePtr& part : parts_) {
      const bool holds = part->run(line);
      if (!is_and_ && holds) return true;
      all = all && holds;
    }
    return is_and_ && all;
  }
  void add_needs(Needs& needs) const override {
    for (const StagePtr& part : parts_) part->add_needs(needs);
  }

 private:
  const std::vector<StagePtr> parts_;
  const bool is_and_;
};

}  // namespace

Result<StagePtr> compile(const LabelFilter& stage) {
  switch (stage.kind) {
    case Kind::kAnd:
    case Kind::kOr: {
      std::vector<StagePtr> parts;
      for (const LabelFilter& child : stage.children) {
        auto part = compile(child);
        if (!part) return part;
        parts.push_back(std::move(*part));
      }
      return std::make_unique<Group>(std::move(parts), stage.kind == Kind::kAnd);
    }
    case Kind::kString: {
      auto matcher = LabelMatcher::make(stage.matcher);
      if (!matcher) return base::fail(std::move(matcher.error()));
      return std::make_unique<Text>(std::move(*matcher));
    }
    case Kind::kIp: {
      auto ip = IpMatcher::make(stage.matcher.value);
      if (!ip) return base::fail(std::move(ip.error()));
      return std::make_unique<Ip>(stage.matcher.name, *ip, is_negative(stage.matcher.op));
    }
    default: return std::make_unique<Number>(stage);
  }
}

}  // namespace tripod::query::logql
