#include "pipeline/group/exceptions.h"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace tripod::pipeline::group {
namespace {

class Tree {
 public:
  // False when the ids do not make a tree with one root that reaches every exception.
  bool build(std::span<const model::Exception> exceptions) {
    for (const model::Exception& exception : exceptions) {
      if (exception.exception_id < 0) return false;
      if (!nodes_.try_emplace(exception.exception_id, Node{&exception, {}}).second) return false;
    }
    for (const model::Exception& exception : exceptions) {
      if (exception.parent_id < 0) {
        if (root_ >= 0) return false;
        root_ = exception.exception_id;
        continue;
      }
      const auto parent = nodes_.find(exception.parent_id);
      if (parent == nodes_.end()) return false;
      parent->second.children.push_back(exception.exception_id);
    }
    for (auto& [id, node] : nodes_) std::sort(node.children.begin(), node.children.end());
    return root_ >= 0 && reached_from_root() == exceptions.size();
  }

  const model::Exception* root() const { return nodes_.at(root_).exception; }
  bool has_group() const {
    return std::any_of(nodes_.begin(), nodes_.end(), [](const auto& entry) {
      return entry.second.exception->is_exception_group;
    });
  }

  // Down through groups to what they hold.
  std::vector<const model::Exception*> leaves() const {
    std::vector<const model::Exception*> found;
    std::vector<int32_t> open = {root_};
    while (!open.empty()) {
      const Node& node = nodes_.at(open.back());
      open.pop_back();
      if (node.exception->is_exception_group && !node.children.empty()) {
        open.insert(open.end(), node.children.rbegin(), node.children.rend());
      } else {
        found.push_back(node.exception);
      }
    }
    return found;
  }

  // The exception and, each time, its first child.
  std::set<const model::Exception*> first_path(const model::Exception* from) const {
    std::set<const model::Exception*> path;
    const Node* node = &nodes_.at(from->exception_id);
    while (path.insert(node->exception).second && !node->children.empty()) {
      node = &nodes_.at(node->children.front());
    }
    return path;
  }

 private:
  struct Node {
    const model::Exception* exception;
    std::vector<int32_t> children;
  };

  // Every node has one parent, so a circle is never reached from the root.
  size_t reached_from_root() const {
    size_t reached = 0;
    std::vector<int32_t> open = {root_};
    while (!open.empty()) {
      const Node& node = nodes_.at(open.back());
      open.pop_back();
      ++reached;
      open.insert(open.end(), node.children.begin(), node.children.end());
    }
    return reached;
  }

  std::unordered_map<int32_t, Node> nodes_;
  int32_t root_ = -1;
};

}  // namespace

std::vector<const model::Exception*> grouping_exceptions(
    const model::ErrorEvent& event,
    const std::function<std::string(const model::Exception&)>& key_of) {
  std::vector<const model::Exception*> all;
  for (const model::Exception& exception : event.exceptions) all.push_back(&exception);
  Tree tree;
  if (all.size() <= 1 || !tree.build(event.exceptions) || !tree.has_group()) return all;

  std::vector<const model::Exception*> distinct;
  std::set<std::string> keys;
  for (const model::Exception* leaf : tree.leaves()) {
    if (keys.insert(key_of(*leaf)).second) distinct.push_back(leaf);
  }
  std::set<const model::Exception*> chosen;
  if (distinct.size() == 1) {
    chosen = tree.first_path(distinct.front());
  } else {
    chosen.insert(distinct.begin(), distinct.end());
    chosen.insert(tree.root());
  }
  std::erase_if(all,
                [&](const model::Exception* exception) { return !chosen.contains(exception); });
  return all;
}

}  // namespace tripod::pipeline::group
