// Learning shapes.
#include "pipeline/line/line_shapes.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "pipeline/line/field_roles.h"
#include "pipeline/line/line_head.h"
#include "pipeline/line/line_members.h"
#include "pipeline/line/line_names.h"
#include "pipeline/normalise/names.h"

namespace tripod::pipeline {

using model::Hole;
using model::LogRecord;
using model::Value;

namespace {

// Names that a stored record has for itself.
constexpr std::array<std::string_view, 8> kReserved = {
    "body",    "severity_text", "severity_number", "trace_id",
    "span_id", "original",      "url.full",        model::kOriginalTemplateField};

bool same_attributes(const LogRecord& read, const LogRecord& wanted) {
  if (read.attributes.size() != wanted.attributes.size()) return false;
  for (size_t i = 0; i < read.attributes.size(); ++i) {
    const auto* rule = normalise::find_rule(wanted.attributes[i].key);
    const std::string_view key = rule == nullptr ? wanted.attributes[i].key : rule->name;
    if (read.attributes[i].key != key || !(read.attributes[i].value == wanted.attributes[i].value)) return false;
  }
  return true;
}

bool same_record(const LogRecord& read, const LogRecord& wanted) {
  return read.time == wanted.time && read.observed_time == wanted.observed_time &&
         read.severity_number == wanted.severity_number && read.severity_text == wanted.severity_text &&
         read.body == wanted.body && read.trace_id == wanted.trace_id && read.span_id == wanted.span_id &&
         same_attributes(read, wanted);
}

}  // namespace

// Views of it stay valid.
struct ShapeTree::Names {
  std::set<std::string, std::less<>> names;

  std::string_view of(std::string_view name) {
    const auto found = names.find(name);
    return found != names.end() ? *found : *names.emplace(name).first;
  }
};

// Makes one shape of one line: its nodes in order, and their end. Its names view the line or static text.
class ShapeMaker {
 public:
  ShapeMaker(std::string_view text, const LogRecord& record, const LineFieldNames& names,
             const std::vector<std::string>& literal_fields)
      : text_(text), record_(record), names_(names), literal_fields_(literal_fields) {}

  bool run() {
    if (!list_members(text_, members_) || !choose_roles()) return false;
    shape_.severity_number = record_.severity_number;
    shape_.severity_text = record_.severity_text;
    for (size_t i = 0; i < members_.size(); ++i) {
      if (!member(members_[i], static_cast<int>(i))) return false;
    }
    if (shape_.body < 0 || !end_literal(text_.size())) return false;
    nodes_.push_back({.literal = std::move(literal_), .shape = 0});
    shape_.original_template = template_.text();
    return true;
  }

  std::vector<ShapeTree::Node>& nodes() { return nodes_; }
  LineShape& shape() { return shape_; }

 private:
  // The member that plays each role: the best by rank, which has to be the only one of its rank.
  bool choose_roles() {
    std::array<uint8_t, kRoles> ranks{};
    chosen_.fill(-1);
    for (size_t i = 0; i < members_.size(); ++i) {
      if (members_[i].kind != LineMember::Kind::kNull) line_names_.add(members_[i].key);
      const FieldMeaning meaning = meaning_of(members_[i].key);
      if (meaning.role == FieldRole::kNone || meaning.role == FieldRole::kRenamed || members_[i].kind == LineMember::Kind::kNull) continue;
      const auto role = static_cast<size_t>(meaning.role);
      if (chosen_[role] >= 0 && ranks[role] == meaning.rank) return false;
      if (chosen_[role] >= 0 && ranks[role] < meaning.rank) continue;
      chosen_[role] = static_cast<int>(i);
      ranks[role] = meaning.rank;
    }
    return true;
  }

  FieldMeaning meaning_of(std::string_view key) const {
    if (key == names_.message && !key.empty()) return {FieldRole::kMessage, 0};
    if (key == names_.time && !key.empty()) return {FieldRole::kTime, 0};
    if (key == names_.level && !key.empty()) return {FieldRole::kSeverity, 0};
    FieldMeaning meaning = field_meaning(key);
    ++meaning.rank;
    return meaning;
  }

  bool member(const LineMember& member, int index) {
    const FieldRole role = role_of(index);
    const bool is_text = member.kind == LineMember::Kind::kString;
    switch (role) {
      case FieldRole::kMessage: return is_text && set(shape_.body, hole(member, Hole::kString, HoleUse::kBody, "body"));
      case FieldRole::kSeverity:
      case FieldRole::kSeverityNumber: return true;  // its text belongs to the shape
      case FieldRole::kTime: return time(member);
      case FieldRole::kTraceId:
        return is_text && set(shape_.trace_id, hole(member, Hole::kString, HoleUse::kTraceId, "trace_id"));
      case FieldRole::kSpanId:
        return is_text && set(shape_.span_id, hole(member, Hole::kString, HoleUse::kSpanId, "span_id"));
      case FieldRole::kStackTrace: return is_text && member.text.size() != 0 && attribute(member, "exception.stacktrace");
      case FieldRole::kRenamed:
      case FieldRole::kNone: break;
    }
    if (is_text && member.key == kCallerKey) {
      if (const auto place = code_place(member.text)) return caller(member, *place);
      return attribute(member, kCallerKey, HoleUse::kNoPath);
    }
    const std::string_view name = line_names_.of(member.key);
    const auto* rule = normalise::find_rule(name);
    if (rule != nullptr && rule->change != normalise::Change::kRename) return false;
    return attribute(member, rule == nullptr ? name : rule->name);
  }

  // "shop/views.go:42" fills two holes.
  bool caller(const LineMember& member, const CodePlace& place) {
    const LineMember path{std::string(kCallerKey), LineMember::Kind::kString, place.path};
    const LineMember line{std::string(kCallerKey), LineMember::Kind::kNumber, member.text.substr(place.path.size() + 1)};
    return attribute(path, "code.file.path", HoleUse::kPath) && attribute(line, "code.line.number");
  }

  FieldRole role_of(int index) const {
    const auto found = std::ranges::find(chosen_, index);
    return found == chosen_.end() ? FieldRole::kNone : static_cast<FieldRole>(found - chosen_.begin());
  }

  bool attribute(const LineMember& member, std::string_view name, HoleUse use = HoleUse::kAttribute) {
    if (member.kind == LineMember::Kind::kNull) return true;
    if (member.key.empty() || std::ranges::find(kReserved, name) != kReserved.end()) return false;
    for (const LineShape::Attribute& other : shape_.attributes) {
      if (other.key == name) return false;
    }
    const bool is_literal = std::ranges::find(literal_fields_, member.key) != literal_fields_.end();
    LineShape::Attribute out{name, -1, false, std::string(member.text)};
    switch (member.kind) {
      case LineMember::Kind::kJson: out.is_json = true; break;
      case LineMember::Kind::kString:
        if (is_literal) {
          if (name != member.key || member.text.find('\\') != member.text.npos) return false;
        } else {
          out.hole = hole(member, Hole::kString, use, name);
        }
        break;
      default: {
        const auto kind = number_or_truth(member);
        if (is_literal || !kind) return false;
        const int decimals = *kind == Hole::kFixed ? model::fixed_decimals(member.text) : 0;
        const std::string key = decimals == 0 ? std::string(name) : std::to_string(decimals).append(name);
        out.hole = hole(member, *kind, HoleUse::kAttribute, key);
        if (out.hole >= 0) nodes_.back().decimals = decimals;
      }
    }
    if (out.hole == kRefused) return false;
    if (out.hole >= 0) out.text.clear();
    shape_.attributes.push_back(std::move(out));
    return true;
  }

  static std::optional<Hole> number_or_truth(const LineMember& member) {
    if (member.kind == LineMember::Kind::kBool) return Hole::kBool;
    if (member.text.find_first_of(".eE") == member.text.npos) return Hole::kInteger;
    if (model::is_plain_float(member.text)) return Hole::kFloat;
    return model::fixed_decimals(member.text) > 0 ? std::optional(Hole::kFixed) : std::nullopt;
  }

  bool time(const LineMember& member) {
    const bool is_text = member.kind == LineMember::Kind::kString;
    if (!is_text && member.kind != LineMember::Kind::kNumber) return false;
    const auto style = model::TimeStyle::of(member.text, !is_text);
    if (!style) return false;
    shape_.time = hole(member, Hole::kTime, HoleUse::kTime, style->text());
    nodes_.back().style = *style;
    return shape_.time >= 0;
  }

  // Ends the literal text before the value and begins the next behind it. The hole's number, or kRefused.
  int hole(const LineMember& member, Hole kind, HoleUse use, std::string_view key) {
    const auto at = static_cast<size_t>(member.text.data() - text_.data());
    if (holes_ == ShapeTree::kMostHoles || !end_literal(at)) return kRefused;
    template_.hole(kind, key);
    nodes_.push_back({std::move(literal_), kind, use});
    literal_.clear();
    done_ = at + member.text.size();
    return static_cast<int>(holes_++);
  }

  bool end_literal(size_t at) {
    literal_ = text_.substr(done_, at - done_);
    return template_.literal(literal_);
  }

  static bool set(int& to, int hole) {
    to = hole;
    return hole >= 0;
  }

  static constexpr int kRefused = -2;
  static constexpr size_t kRoles = static_cast<size_t>(FieldRole::kSpanId) + 1;
  const std::string_view text_;
  const LogRecord& record_;
  const LineFieldNames& names_;
  const std::vector<std::string>& literal_fields_;
  std::vector<LineMember> members_;
  LineNames line_names_;
  std::array<int, kRoles> chosen_{};
  std::vector<ShapeTree::Node> nodes_;
  LineShape shape_;
  model::LineTemplateBuilder template_;
  std::string literal_;
  size_t done_ = 0;   // of the text
  size_t holes_ = 0;
};

LineShapes::LineShapes(LineFieldNames names, std::vector<std::string> literal_fields)
    : names_(std::move(names)), literal_fields_(std::move(literal_fields)),
      known_names_(std::make_shared<ShapeTree::Names>()), tree_(std::make_shared<ShapeTree>()) {}

std::shared_ptr<const ShapeTree> LineShapes::tree() const {
  std::lock_guard lock(mu_);
  return tree_;
}

bool LineShapes::add(ShapeTree& tree, std::vector<ShapeTree::Node>& nodes, LineShape shape) {
  uint32_t parent = UINT32_MAX;
  for (ShapeTree::Node& node : nodes) {
    const std::vector<uint32_t>& next = parent == UINT32_MAX ? tree.roots_ : tree.nodes_[parent].next;
    const auto same = std::ranges::find_if(next, [&](uint32_t number) {
      const ShapeTree::Node& known = tree.nodes_[number];
      return known.literal == node.literal && known.hole == node.hole && known.use == node.use &&
             known.decimals == node.decimals && known.style.text() == node.style.text();
    });
    if (same != next.end()) {
      parent = *same;
      continue;
    }
    if (next.size() >= kMostNext) return false;
    if (node.hole == Hole::kEnd) node.shape = static_cast<int>(tree.shapes_.size());
    const auto number = static_cast<uint32_t>(tree.nodes_.size());
    (parent == UINT32_MAX ? tree.roots_ : tree.nodes_[parent].next).push_back(number);
    tree.nodes_.push_back(std::move(node));
    parent = number;
  }
  const bool is_new = tree.nodes_[parent].shape == static_cast<int>(tree.shapes_.size());
  if (is_new) tree.shapes_.push_back(std::move(shape));
  return is_new;
}

void LineShapes::learn(std::string_view text, const LogRecord& shipped, const LogRecord& record) {
  constexpr size_t kLongest = 16u << 10;
  if (text.size() > kLongest || tries_.load(std::memory_order_relaxed) <= 0) return;
  tries_.fetch_sub(1, std::memory_order_relaxed);
  ShapeMaker maker(text, record, names_, literal_fields_);
  if (!maker.run()) return;
  // What the shape says of this line must be what was read, and its template must give the line again.
  auto alone = std::make_shared<ShapeTree>();
  auto nodes = maker.nodes();
  add(*alone, nodes, maker.shape());
  base::Arena arena;
  LogRecord read = shipped;
  if (!alone->read(text, read, arena) || !same_record(read, record)) return;
  std::lock_guard lock(mu_);
  if (tree_->shapes_.size() >= kMostShapes) return;
  auto larger = std::make_shared<ShapeTree>(*tree_);
  larger->names_ = known_names_;
  for (LineShape::Attribute& attribute : maker.shape().attributes) attribute.key = known_names_->of(attribute.key);
  if (add(*larger, maker.nodes(), std::move(maker.shape()))) tree_ = std::move(larger);
}

void LineShapes::report(uint64_t known, uint64_t unknown) {
  constexpr uint64_t kLinesPerTry = 64;
  constexpr uint64_t kLinesToJudge = 100'000;
  const int earned = static_cast<int>(std::min<uint64_t>((known + unknown) / kLinesPerTry, kMostTries));
  const int tries = tries_.load(std::memory_order_relaxed);
  if (tries + earned <= kMostTries) tries_.fetch_add(earned, std::memory_order_relaxed);
  std::lock_guard lock(mu_);
  if (tree_->shapes_.size() < kMostShapes) return;
  known_ += known;
  unknown_ += unknown;
  if (known_ + unknown_ < kLinesToJudge) return;
  if (unknown_ > known_) tree_ = std::make_shared<ShapeTree>();
  known_ = unknown_ = 0;
}

}  // namespace tripod::pipeline
