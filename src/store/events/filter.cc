#include "store/events/filter.h"

#include <algorithm>
#include <utility>

namespace tripod::store {
namespace {

using Op = Predicate::Op;
// Trees come from query texts: without a bound a text of parentheses would end the stack.
constexpr int kMaxDepth = 256;

// A filter that is being made.
struct Making {
  Filter& out;
  RegexSet regexes;
};

// Of what is not nested too deeply.
size_t count_regexes(const Predicate& predicate, int depth) {
  size_t out = predicate.op == Op::kRegex ? 1 : 0;
  if (depth > kMaxDepth) return out;
  for (const Predicate& child : predicate.children) out += count_regexes(child, depth + 1);
  return out;
}

base::Result<FilterNode> compile_node(const Predicate& predicate, int depth, Making& making);

// What a condition costs to evaluate over columns: looking numbers up, searching one field's texts, searching all texts.
int cost_of(const FilterNode& node, const Filter& filter) {
  if (node.kind == FilterNode::Kind::kLeaf) {
    const Matcher& matcher = filter.leaves[node.leaf].matcher;
    if (matcher.any_field()) return 3;
    const bool searches = matcher.op() == Op::kContains || matcher.op() == Op::kWildcard || matcher.op() == Op::kRegex;
    return searches ? 2 : 1;
  }
  int cost = 0;
  for (const FilterNode& child : node.children) cost = std::max(cost, cost_of(child, filter));
  return cost;
}

base::Result<FilterNode> compile_branch(const Predicate& predicate, int depth, Making& making) {
  FilterNode node;
  node.kind = predicate.op == Op::kAnd  ? FilterNode::Kind::kAnd
              : predicate.op == Op::kOr ? FilterNode::Kind::kOr
                                        : FilterNode::Kind::kNot;
  if (predicate.op == Op::kNot && predicate.children.size() != 1) {
    return base::fail(base::Code::kInvalidArgument, "not takes one condition");
  }
  for (const Predicate& child : predicate.children) {
    auto compiled = compile_node(child, depth + 1, making);
    if (!compiled) return compiled;
    node.children.push_back(std::move(*compiled));
  }
  // The cheap ones leave fewer records to the costly ones.
  std::ranges::stable_sort(node.children, {}, [&making](const FilterNode& child) { return cost_of(child, making.out); });
  return node;
}

base::Result<FilterNode> compile_leaf(Predicate leaf, Making& making) {
  auto matcher = Matcher::compile(leaf, making.regexes);
  if (!matcher) return base::fail(std::move(matcher.error()));
  FilterNode node;
  node.kind = FilterNode::Kind::kLeaf;
  node.leaf = static_cast<uint32_t>(making.out.leaves.size());
  making.out.leaves.push_back({std::move(leaf.key), std::move(*matcher)});
  return node;
}

base::Result<FilterNode> compile_node(const Predicate& predicate, int depth, Making& making) {
  if (depth > kMaxDepth) {
    return base::fail(base::Code::kInvalidArgument, "conditions are nested too deeply");
  }
  switch (predicate.op) {
    case Op::kTrue: return FilterNode{};
    case Op::kAnd:
    case Op::kOr:
    case Op::kNot: return compile_branch(predicate, depth, making);
    case Op::kNotEqual: {
      Predicate equal = predicate;
      equal.op = Op::kEqual;
      auto leaf = compile_leaf(std::move(equal), making);
      if (!leaf) return leaf;
      FilterNode node;
      node.kind = FilterNode::Kind::kNot;
      node.children.push_back(std::move(*leaf));
      return node;
    }
    default: return compile_leaf(predicate, making);
  }
}

}  // namespace

base::Result<Filter> Filter::compile(const Predicate& predicate) {
  Filter out;
  Making making{out, RegexSet(count_regexes(predicate, 0))};
  auto root = compile_node(predicate, 0, making);
  if (!root) return base::fail(std::move(root.error()));
  out.root = std::move(*root);
  return out;
}

}  // namespace tripod::store
