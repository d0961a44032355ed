// The tree of a template. Private to this folder, but for Template's own members.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "query/logql/template/value.h"

namespace tripod::query::logql::text_template {

struct Pipe;
struct Node;
using NodeList = std::vector<Node>;

// ., .a.b, $x.a, "text", 5, name, (pipeline).a
struct Operand {
  enum class Kind : uint8_t { kDot, kVariable, kConstant, kFunction, kPipe };
  Kind kind = Kind::kDot;
  std::string name;                    // kVariable (without $), kFunction
  std::vector<std::string> fields;     // behind it
  Value constant;                      // kConstant
  std::shared_ptr<const Pipe> pipe;    // kPipe
  size_t position = 0;
};

// A function and its arguments, or one operand.
struct Command {
  std::vector<Operand> operands;
  std::string text;  // as written, for errors
};

struct Pipe {
  std::vector<std::string> variables;  // $x, or $i, $e of a range
  bool assign = false;                 // = instead of :=
  std::vector<Command> commands;
  size_t position = 0;
};

struct TextNode {
  std::string text;
};
struct ActionNode {
  Pipe pipe;
};
struct BranchNode {
  enum class Kind : uint8_t { kIf, kWith, kRange };
  Kind kind = Kind::kIf;
  Pipe pipe;
  NodeList body;
  NodeList otherwise;
};
struct LoopNode {
  bool stop = false;  // break, else continue
};

struct Node {
  std::variant<TextNode, ActionNode, BranchNode, LoopNode> node;
};

}  // namespace tripod::query::logql::text_template
