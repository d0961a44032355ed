#include "store/events/predicate_codec.h"

#include <array>
#include <type_traits>
#include <utility>

#include "store/events/varint.h"

namespace tripod::store {
namespace {

using Op = Predicate::Op;

constexpr uint8_t kVersion = 1;
constexpr int kMaxDepth = 256;

// An operation's number in files is its place here.
constexpr std::array kOps = {Op::kTrue,      Op::kAnd,     Op::kOr,           Op::kNot,      Op::kEqual,
                             Op::kNotEqual,  Op::kLess,    Op::kLessEqual,    Op::kGreater,  Op::kGreaterEqual,
                             Op::kContains,  Op::kWildcard, Op::kRegex,       Op::kExists};

enum class ValueTag : uint8_t { kNone, kString, kInt64, kFloat64, kFalse, kTrue, kJson };

void append_tag(std::string& out, ValueTag tag) { out.push_back(static_cast<char>(tag)); }

void append_value(std::string& out, const FieldValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    append_tag(out, ValueTag::kString);
    append_text(out, *text);
  } else if (const auto* number = std::get_if<int64_t>(&value)) {
    append_tag(out, ValueTag::kInt64);
    append_varint(out, zigzag(*number));
  } else if (const auto* real = std::get_if<double>(&value)) {
    append_tag(out, ValueTag::kFloat64);
    append_word(out, *real);
  } else if (const auto* truth = std::get_if<bool>(&value)) {
    append_tag(out, *truth ? ValueTag::kTrue : ValueTag::kFalse);
  } else if (const auto* json = std::get_if<JsonText>(&value)) {
    append_tag(out, ValueTag::kJson);
    append_text(out, json->text);
  } else {
    append_tag(out, ValueTag::kNone);
  }
}

bool read_value(CheckedReader& in, FieldValue& out) {
  uint8_t tag = 0;
  uint64_t number = 0;
  double real = 0;
  std::string_view text;
  if (!in.word(tag)) return false;
  switch (static_cast<ValueTag>(tag)) {
    case ValueTag::kNone: return true;
    case ValueTag::kString:
      if (!in.text(text)) return false;
      out = std::string(text);
      return true;
    case ValueTag::kInt64:
      if (!in.varint(number)) return false;
      out = unzigzag(number);
      return true;
    case ValueTag::kFloat64:
      if (!in.word(real)) return false;
      out = real;
      return true;
    case ValueTag::kFalse: out = false; return true;
    case ValueTag::kTrue: out = true; return true;
    case ValueTag::kJson:
      if (!in.text(text)) return false;
      out = JsonText{std::string(text)};
      return true;
  }
  return false;
}

bool has_children(Op op) { return op == Op::kAnd || op == Op::kOr || op == Op::kNot; }

void append_node(std::string& out, const Predicate& node) {
  for (size_t i = 0; i < kOps.size(); ++i) {
    if (kOps[i] == node.op) out.push_back(static_cast<char>(i));
  }
  if (node.op == Op::kTrue) return;
  if (has_children(node.op)) {
    append_varint(out, node.children.size());
    for (const Predicate& child : node.children) append_node(out, child);
    return;
  }
  append_text(out, node.key);
  append_value(out, node.operand);
}

bool read_node(CheckedReader& in, Predicate& out, int depth) {
  uint8_t number = 0;
  if (depth > kMaxDepth || !in.word(number) || number >= kOps.size()) return false;
  out.op = kOps[number];
  if (out.op == Op::kTrue) return true;
  if (has_children(out.op)) {
    uint64_t count = 0;
    // Each child takes a byte at least.
    if (!in.varint(count) || count > in.left()) return false;
    out.children.resize(count);
    for (Predicate& child : out.children) {
      if (!read_node(in, child, depth + 1)) return false;
    }
    return true;
  }
  std::string_view key;
  if (!in.text(key)) return false;
  out.key = key;
  return read_value(in, out.operand);
}

}  // namespace

std::string encode_predicate(const Predicate& predicate) {
  std::string out(1, static_cast<char>(kVersion));
  append_node(out, predicate);
  return out;
}

base::Result<Predicate> decode_predicate(std::string_view bytes) {
  CheckedReader in(bytes);
  uint8_t version = 0;
  if (in.word(version) && version > kVersion) {
    return base::fail(base::Code::kUnsupported, "predicate of version " + std::to_string(version) +
                                                    ": this program reads version " + std::to_string(kVersion));
  }
  Predicate out;
  if (version != kVersion || !read_node(in, out, 0) || in.left() != 0) {
    return base::fail(base::Code::kDataLoss, "predicate: malformed");
  }
  return out;
}

}  // namespace tripod::store
