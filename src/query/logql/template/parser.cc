#include <algorithm>
#include <array>
#include <charconv>

#include "query/logql/go_text.h"
#include "query/logql/template/functions.h"
#include "query/logql/template/lexer.h"
#include "query/logql/template/text_template.h"
#include "query/promql/text.h"

namespace tripod::query::logql::text_template {
namespace {

using base::Code;
using base::Result;

constexpr int kMostNesting = 50;

// The first error stops it: from then on every method answers nothing of use and failed() is true.
class Parser {
 public:
  Parser(const std::vector<Item>& items, std::string_view text) : items_(items), text_(text) {}

  NodeList parse() {
    NodeList out;
    body(out);
    if (!failed() && !ended_.empty()) fail(peek().position, "unexpected {{" + ended_ + "}}");
    return out;
  }
  bool failed() const { return failed_; }
  size_t position() const { return position_; }
  base::Error error() const { return {code_, message_}; }

 private:
  const Item& peek(size_t ahead = 0) const { return items_[std::min(at_ + ahead, items_.size() - 1)]; }
  const Item& next() { return items_[at_ + 1 < items_.size() ? at_++ : at_]; }
  bool at(Token token) const { return peek().token == token; }
  void fail(size_t position, std::string message, Code code = Code::kInvalidArgument) {
    if (failed_) return;
    failed_ = true;
    position_ = position;
    message_ = std::move(message);
    code_ = code;
  }
  void unexpected(const char* context) {
    const Item& item = peek();
    if (item.token == Token::kEnd) return fail(item.position, "unexpected EOF");
    fail(item.position, "unexpected " + promql::quote(item.token == Token::kClose ? "}}" : item.raw) + " in " + context);
  }
  bool close(const char* context) {
    if (at(Token::kClose)) next();
    else unexpected(context);
    return !failed_;
  }

  // Nodes up to {{end}} or {{else}}, which `ended_` then names, or the end of the text.
  void body(NodeList& out) {
    ended_.clear();
    if (++nesting_ > kMostNesting) fail(peek().position, "nested too deeply");
    while (!failed_ && !at(Token::kEnd)) {
      if (at(Token::kText)) {
        out.push_back({TextNode{next().text}});
        continue;
      }
      next();  // {{
      const std::string word = at(Token::kWord) ? peek().text : "";
      if (word == "end" || word == "else") {
        next();
        ended_ = word;
        break;
      }
      action(word, out);
    }
    --nesting_;
  }

  void action(const std::string& word, NodeList& out) {
    if (word == "if" || word == "with" || word == "range") {
      next();
      branch(word, out);
    } else if (word == "break" || word == "continue") {
      if (loops_ == 0) return fail(peek().position, "{{" + word + "}} outside {{range}}");
      next();
      if (close("command")) out.push_back({LoopNode{word == "break"}});
    } else if (word == "define" || word == "template" || word == "block") {
      fail(peek().position, "unsupported: {{" + word + "}}", Code::kUnsupported);
    } else {
      ActionNode node{pipe(false)};
      if (close("command")) out.push_back({std::move(node)});
    }
  }

  void branch(const std::string& word, NodeList& out) {
    BranchNode node;
    node.kind = word == "if" ? BranchNode::Kind::kIf : word == "with" ? BranchNode::Kind::kWith : BranchNode::Kind::kRange;
    const size_t scope = variables_.size();
    node.pipe = pipe(node.kind == BranchNode::Kind::kRange);
    if (!close(word.c_str())) return;
    if (node.kind == BranchNode::Kind::kRange) ++loops_;
    body(node.body);
    if (node.kind == BranchNode::Kind::kRange) --loops_;
    if (!failed_ && ended_ == "else") {
      // {{else if …}}: a branch inside of the other, closed by the same {{end}}.
      const std::string again = at(Token::kWord) ? peek().text : "";
      if (again == "if" || again == "with") {
        next();
        if (++nesting_ > kMostNesting) fail(peek().position, "nested too deeply");
        branch(again, node.otherwise);
        --nesting_;
        variables_.resize(scope);
        out.push_back({std::move(node)});
        return;
      }
      if (!close("else")) return;
      body(node.otherwise);
    }
    if (!failed_ && ended_ != "end") fail(peek().position, "unexpected EOF");
    if (!failed_) close("end");
    ended_.clear();
    variables_.resize(scope);
    out.push_back({std::move(node)});
  }

  Pipe pipe(bool is_range) {
    Pipe out;
    out.position = peek().position;
    declaration(out, is_range);
    while (!failed_) {
      out.commands.push_back(command());
      if (!at(Token::kPipe)) break;
      next();
    }
    if (failed_) return out;
    for (size_t i = 1; i < out.commands.size(); ++i) {
      if (out.commands[i].operands[0].kind == Operand::Kind::kConstant) {
        fail(out.commands[i].operands[0].position, "non executable command in pipeline stage " + std::to_string(i + 1));
      }
    }
    if (!out.assign) variables_.insert(variables_.end(), out.variables.begin(), out.variables.end());
    return out;
  }

  void declaration(Pipe& out, bool is_range) {
    if (!at(Token::kVariable)) return;
    size_t ahead = 1;
    if (is_range && peek(1).token == Token::kComma && peek(2).token == Token::kVariable) ahead = 3;
    const Token behind = peek(ahead).token;
    if (behind != Token::kDeclare && behind != Token::kAssign) return;
    out.assign = behind == Token::kAssign;
    for (size_t i = 0; i < ahead; i += 2) {
      const Item& variable = peek(i);
      if (out.assign && !known(variable.text)) return fail(variable.position, "undefined variable \"$" + variable.text + "\"");
      out.variables.push_back(variable.text);
    }
    for (size_t i = 0; i <= ahead; ++i) next();
  }

  bool known(const std::string& variable) const {
    return variable.empty() || std::ranges::find(variables_, variable) != variables_.end();
  }

  Command command() {
    Command out;
    const size_t start = peek().position;
    size_t end = start;
    while (!failed_ && !at(Token::kPipe) && !at(Token::kClose) && !at(Token::kRightParen)) {
      if (!out.operands.empty() && !peek().after_blank) {
        unexpected("operand");
        break;
      }
      out.operands.push_back(operand());
      const Item& last = items_[at_ > 0 ? at_ - 1 : 0];
      end = last.position + last.raw.size();
    }
    if (!failed_ && out.operands.empty()) fail(peek().position, at(Token::kEnd) ? "unexpected EOF" : "missing value for command");
    out.text = text_.substr(start, std::min(end, text_.size()) - start);
    if (!failed_ && out.operands.size() > 1 && out.operands[0].kind != Operand::Kind::kFunction) {
      fail(out.operands[0].position, "can't give argument to non-function " + out.text);
    }
    return out;
  }

  Operand operand() {
    Operand out;
    const Item& item = next();
    out.position = item.position;
    switch (item.token) {
      case Token::kDot: break;
      case Token::kField: out.fields.push_back(item.text); break;
      case Token::kVariable:
        out.kind = Operand::Kind::kVariable;
        out.name = item.text;
        if (!known(item.text)) fail(item.position, "undefined variable \"$" + item.text + "\"");
        break;
      case Token::kWord: word(item, out); break;
      case Token::kString: constant(out, item.text); break;
      case Token::kChar: {
        std::string_view text = item.text;
        if (text.empty()) fail(item.position, "malformed character constant: ''");
        else constant(out, static_cast<int64_t>(take_rune(text)));
        break;
      }
      case Token::kNumber: number(item, out); break;
      case Token::kLeftParen: {
        if (++nesting_ > kMostNesting) fail(item.position, "nested too deeply");
        out.kind = Operand::Kind::kPipe;
        out.pipe = std::make_shared<const Pipe>(pipe(false));
        --nesting_;
        if (at(Token::kRightParen)) next();
        else unexpected("parenthesized pipeline");
        break;
      }
      default:
        at_ -= at_ > 0 ? 1 : 0;
        unexpected("operand");
    }
    while (!failed_ && at(Token::kField) && !peek().after_blank) out.fields.push_back(next().text);
    return out;
  }

  template <class T>
  static void constant(Operand& out, T value) {
    out.kind = Operand::Kind::kConstant;
    out.constant = Value(std::move(value));
  }

  void word(const Item& item, Operand& out) {
    if (item.text == "true" || item.text == "false") return constant(out, item.text == "true");
    if (item.text == "nil") {
      out.kind = Operand::Kind::kConstant;
      return;
    }
    if (find_function(item.text) == nullptr) {
      return fail(item.position, "function " + promql::quote(item.text) + " not defined");
    }
    out.kind = Operand::Kind::kFunction;
    out.name = item.text;
  }

  void number(const Item& item, Operand& out) {
    std::string_view text = item.text;
    if (text.starts_with('+')) text.remove_prefix(1);
    const bool negative = text.starts_with('-');
    std::string_view digits = negative ? text.substr(1) : text;
    int base = 10;
    if (digits.starts_with("0x") || digits.starts_with("0X")) {
      digits.remove_prefix(2);
      base = 16;
    }
    int64_t whole = 0;
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), whole, base);
    if (ec == std::errc() && end == digits.data() + digits.size() && !digits.empty()) {
      return constant(out, negative ? -whole : whole);
    }
    const auto real = parse_go_float(text);
    if (!real) return fail(item.position, "bad number syntax: " + promql::quote(item.raw));
    constant(out, *real);
  }

  const std::vector<Item>& items_;
  const std::string_view text_;
  size_t at_ = 0;
  int nesting_ = 0;
  int loops_ = 0;
  std::string ended_;
  std::vector<std::string> variables_;
  bool failed_ = false;
  size_t position_ = 0;
  std::string message_;
  Code code_ = Code::kInvalidArgument;
};

// Names of the labels that a tree reads.
class Reads {
 public:
  explicit Reads(NameSet& names) : names_(names) {}
  bool all_known() const { return known_; }

  void look(const NodeList& nodes) {
    for (const Node& node : nodes) {
      if (const auto* action = std::get_if<ActionNode>(&node.node)) look(action->pipe);
      if (const auto* branch = std::get_if<BranchNode>(&node.node)) {
        look(branch->pipe);
        look(branch->body);
        look(branch->otherwise);
      }
    }
  }

 private:
  void look(const Pipe& pipe) {
    for (const Command& command : pipe.commands) {
      for (const Operand& operand : command.operands) {
        if (operand.pipe) look(*operand.pipe);
        const bool from_root = operand.kind == Operand::Kind::kDot || (operand.kind == Operand::Kind::kVariable && operand.name.empty());
        if (!operand.fields.empty()) names_.insert(operand.fields.front());
        if (from_root && operand.fields.empty()) known_ = false;
      }
    }
  }

  NameSet& names_;
  bool known_ = true;
};

}  // namespace

Result<Template> Template::parse(std::string_view name, std::string_view text, size_t* error_position) {
  const auto failure = [&](size_t position, const base::Error& error) {
    if (error_position != nullptr) *error_position = std::min(position, text.size());
    const auto line = std::ranges::count(text.substr(0, std::min(position, text.size())), '\n') + 1;
    return base::fail(error.code, "template: " + std::string(name) + ":" + std::to_string(line) + ": " + error.message);
  };
  size_t position = 0;
  const auto items = lex(text, position);
  if (!items) return failure(position, items.error());
  Parser parser(*items, text);
  auto nodes = std::make_shared<NodeList>(parser.parse());
  if (parser.failed()) return failure(parser.position(), parser.error());
  Template out;
  out.name_ = name;
  out.nodes_ = std::move(nodes);
  return out;
}

bool Template::labels_read(NameSet& names) const {
  Reads reads(names);
  reads.look(*nodes_);
  return reads.all_known();
}

}  // namespace tripod::query::logql::text_template
