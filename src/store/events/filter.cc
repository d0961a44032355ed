#include "store/events/filter.h"

#include <algorithm>
#include <utility>

namespace tripod::store {
namespace {

using Op = Predicate::Op;
// Trees come from query texts: without a bound a text of parentheses would end the stack.
constexpr int kMaxDepth = 256;

base::Result<FilterNode> compile_node(const Predicate& predicate, int depth, Filter& out);

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

base::Result<FilterNode> compile_branch(const Predicate& predicate, int depth, Filter& out) {
  FilterNode node;
  node.kind = predicate.op == Op::kAnd  ? FilterNode::Kind::kAnd
              : predicate.op == Op::kOr ? FilterNode::Kind::kOr
                                        : FilterNode::Kind::kNot;
  if (predicate.op == Op::kNot && predicate.children.size() != 1) {
    return base::fail(base::Code::kInvalidArgument, "not takes one condition");
  }
  for (const Predicate& child : predicate.children) {
    auto compiled = compile_node(child, depth + 1, out);
    if (!compiled) return compiled;
    node.children.push_back(std::move(*compiled));
  }
  // The cheap ones leave fewer records to the costly ones.
  std::ranges::stable_sort(node.children, {}, [&out](const FilterNode& child) { return cost_of(child, out); });
  return node;
}

base::Result<FilterNode> compile_leaf(Predicate leaf, Filter& out) {
  auto matcher = Matcher::compile(leaf);
  if (!matcher) return base::fail(std::move(matcher.error()));
  FilterNode node;
  node.kind = FilterNode::Kind::kLeaf;
  node.leaf = static_cast<uint32_t>(out.leaves.size());
  out.leaves.push_back({std::move(leaf.key), std::move(*matcher)});
  return node;
}

base::Result<FilterNode> compile_node(const Predicate& predicate, int depth, Filter& out) {
  if (depth > kMaxDepth) {
    return base::fail(base::Code::kInvalidArgument, "conditions are nested too deeply");
  }
  switch (predicate.op) {
    case Op::kTrue: return FilterNode{};
    case Op::kAnd:
    case Op::kOr:
    case Op::kNot: return compile_branch(predicate, depth, out);
    case Op::kNotEqual: {
      Predicate equal = predicate;
      equal.op = Op::kEqual;
      auto leaf = compile_leaf(std::move(equal), out);
      if (!leaf) return leaf;
      FilterNode node;
      node.kind = FilterNode::Kind::kNot;
      node.children.push_back(std::move(*leaf));
      return node;
    }
    default: return compile_leaf(predicate, out);
  }
}

}  // namespace

base::Result<Filter> Filter::compile(const Predicate& predicate) {
  Filter out;
  auto root = compile_node(predicate, 0, out);
  if (!root) return base::fail(std::move(root.error()));
  out.root = std::move(*root);
  return out;
}

}  // namespace tripod::store
