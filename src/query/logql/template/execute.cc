#include <utility>

#include "query/logql/template/functions.h"
#include "query/logql/template/text_template.h"
#include "query/promql/text.h"

namespace tripod::query::logql::text_template {
namespace {

using base::Code;
using base::Result;

constexpr size_t kMostSteps = 200'000;  // of one execution: loops over what fromJson found

class Executor {
 public:
  Executor(std::string_view name, const Context& context, std::string& out)
      : name_(name), context_(context), out_(out) {}

  Result<> run(const NodeList& nodes) {
    dot_ = Value(context_.labels);
    variables_.emplace_back("", dot_);
    return walk(nodes);
  }

 private:
  enum class Jump : uint8_t { kNone, kBreak, kContinue };

  Result<> count(size_t steps) {
    steps_ += steps;
    if (steps_ <= kMostSteps && out_.size() <= kMostOutputBytes) return {};
    return base::fail(Code::kTooLarge, "template: " + std::string(name_) + ": more than " + std::to_string(kMostOutputBytes) +
                                           " bytes or " + std::to_string(kMostSteps) + " steps");
  }

  Result<> walk(const NodeList& nodes) {
    for (const Node& node : nodes) {
      if (auto counted = count(1); !counted) return counted;
      if (const auto* text = std::get_if<TextNode>(&node.node)) {
        out_ += text->text;
      } else if (const auto* action = std::get_if<ActionNode>(&node.node)) {
        auto value = evaluate(action->pipe);
        if (!value) return base::fail(std::move(value.error()));
        declare(action->pipe, *value);
        if (action->pipe.variables.empty()) out_ += to_text(*value, true);
      } else if (const auto* loop = std::get_if<LoopNode>(&node.node)) {
        jump_ = loop->stop ? Jump::kBreak : Jump::kContinue;
      } else if (auto done = branch(std::get<BranchNode>(node.node)); !done) {
        return done;
      }
      if (jump_ != Jump::kNone) return {};
    }
    return {};
  }

  void declare(const Pipe& pipe, const Value& value) {
    for (const std::string& name : pipe.variables) set_variable(name, value, pipe.assign);
  }

  void set_variable(const std::string& name, const Value& value, bool assign) {
    if (assign) {
      for (size_t i = variables_.size(); i-- > 0;) {
        if (variables_[i].first == name) {
          variables_[i].second = value;
          return;
        }
      }
    }
    variables_.emplace_back(name, value);
  }

  Result<> branch(const BranchNode& node) {
    const size_t scope = variables_.size();
    auto value = evaluate(node.pipe);
    if (!value) return base::fail(std::move(value.error()));
    Result<> done;
    if (node.kind == BranchNode::Kind::kRange) {
      done = range(node, *value);
    } else {
      declare(node.pipe, *value);
      const bool with = node.kind == BranchNode::Kind::kWith && is_true(*value);
      Value outer = dot_;
      if (with) dot_ = *value;
      done = walk(is_true(*value) ? node.body : node.otherwise);
      dot_ = std::move(outer);
    }
    variables_.resize(scope);
    return done;
  }

  Result<> range(const BranchNode& node, const Value& value) {
    std::vector<std::pair<Value, Value>> all;
    if (const auto* list = value.as<std::shared_ptr<const List>>()) {
      for (size_t i = 0; i < (*list)->size(); ++i) all.emplace_back(static_cast<int64_t>(i), (**list)[i]);
    } else if (const auto* map = value.as<std::shared_ptr<const Map>>()) {
      for (const auto& [key, one] : **map) all.emplace_back(key, one);
    } else if (const auto* labels = value.as<const LabelSet*>()) {
      for (auto& [key, text] : (*labels)->sorted(true, true, true)) all.emplace_back(key, text);
    } else if (const auto* count = value.as<int64_t>(); count != nullptr && *count <= static_cast<int64_t>(kMostSteps)) {
      for (int64_t i = 0; i < *count; ++i) all.emplace_back(i, i);
    } else if (!value.is_nil()) {
      return error(node.pipe.commands.back(), "range can't iterate over " + to_text(value));
    }
    if (all.empty()) return walk(node.otherwise);
    // A loop with nothing in it goes round all the same.
    if (auto counted = count(all.size()); !counted) return counted;
    const Value outer = dot_;
    const size_t scope = variables_.size();
    for (auto& [key, one] : all) {
      variables_.resize(scope);
      const auto& names = node.pipe.variables;
      if (names.size() == 2) set_variable(names[0], key, node.pipe.assign);
      if (!names.empty()) set_variable(names.back(), one, node.pipe.assign);
      dot_ = one;
      if (auto done = walk(node.body); !done) return done;
      if (std::exchange(jump_, Jump::kNone) == Jump::kBreak) break;
    }
    dot_ = outer;
    return {};
  }

  std::unexpected<base::Error> error(const Command& command, const std::string& why) const {
    return base::fail(Code::kInvalidArgument, "template: " + std::string(name_) + ":1:" +
                                                  std::to_string(command.operands[0].position) +
                                                  ": executing " + promql::quote(name_) + " at <" +
                                                  command.text + ">: " + why);
  }

  Result<Value> evaluate(const Pipe& pipe) {
    Value value;
    for (size_t i = 0; i < pipe.commands.size(); ++i) {
      auto next = call(pipe.commands[i], i == 0 ? nullptr : &value);
      if (!next) return next;
      value = std::move(*next);
    }
    return value;
  }

  Result<Value> call(const Command& command, const Value* last) {
    const Operand& head = command.operands[0];
    if (head.kind != Operand::Kind::kFunction) {
      if (last != nullptr) return error(command, "can't give argument to non-function " + command.text);
      return operand(command, head);
    }
    const Function& function = *find_function(head.name);
    const size_t given = command.operands.size() - 1 + (last != nullptr ? 1 : 0);
    if (given < function.least || given > function.most) {
      std::string why = "wrong number of args for " + head.name + ": want ";
      if (function.least != function.most) why += "at least ";
      return error(command, why + std::to_string(function.least) + " got " + std::to_string(given));
    }
    if (function.body == nullptr) return short_cut(command, last, head.name == "and");
    std::vector<Value> args;
    for (size_t i = 1; i < command.operands.size(); ++i) {
      auto value = operand(command, command.operands[i]);
      if (!value) return value;
      args.push_back(std::move(*value));
    }
    if (last != nullptr) args.push_back(*last);
    auto value = function.body(context_, args);
    if (!value) return error(command, "error calling " + head.name + ": " + value.error().message);
    return with_fields(command, std::move(*value), head.fields);
  }

  Result<Value> short_cut(const Command& command, const Value* last, bool is_and) {
    Value value;
    for (size_t i = 1; i < command.operands.size(); ++i) {
      auto one = operand(command, command.operands[i]);
      if (!one) return one;
      value = std::move(*one);
      if (is_true(value) != is_and) return value;
    }
    return last != nullptr ? *last : value;
  }

  Result<Value> operand(const Command& command, const Operand& one) {
    switch (one.kind) {
      case Operand::Kind::kDot: return with_fields(command, dot_, one.fields);
      case Operand::Kind::kConstant: return one.constant;
      case Operand::Kind::kVariable:
        for (size_t i = variables_.size(); i-- > 0;) {
          if (variables_[i].first == one.name) return with_fields(command, variables_[i].second, one.fields);
        }
        return error(command, "undefined variable: $" + one.name);
      case Operand::Kind::kFunction: {
        const Command alone{{one}, command.text};
        return call(alone, nullptr);
      }
      default: {
        auto value = evaluate(*one.pipe);
        if (!value) return value;
        return with_fields(command, std::move(*value), one.fields);
      }
    }
  }

  Result<Value> with_fields(const Command& command, Value value, const std::vector<std::string>& fields) {
    for (const std::string& field : fields) {
      if (const auto* labels = value.as<const LabelSet*>()) {
        value = Value(std::string((*labels)->get(field)));
      } else if (const auto* map = value.as<std::shared_ptr<const Map>>()) {
        const auto found = (*map)->find(field);
        value = found == (*map)->end() ? Value() : Value(found->second);
      } else if (value.is_nil()) {
        return error(command, "nil data; no entry for key " + promql::quote(field));
      } else {
        return error(command, "can't evaluate field " + field + " in type " + std::string(type_name(value)));
      }
    }
    return value;
  }

  const std::string_view name_;
  const Context& context_;
  std::string& out_;
  Value dot_;
  std::vector<std::pair<std::string, Value>> variables_;
  Jump jump_ = Jump::kNone;
  size_t steps_ = 0;
};

}  // namespace

Result<> Template::execute(const Context& context, std::string& out) const {
  return Executor(name_, context, out).run(*nodes_);
}

}  // namespace tripod::query::logql::text_template
