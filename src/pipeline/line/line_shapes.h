// Lines of one call site differ in their values alone. Their common text is learned once, with what every value means, so that
// the next such line is read by comparing that text: no parser, no looking up of names. What a shape says of a line is what
// LineParser would say of it, or nothing.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "model/batch.h"
#include "model/line_template.h"
#include "pipeline/line/record_filler.h"

namespace tripod::pipeline {

// What becomes of the value in a hole.
enum class HoleUse : uint8_t {
  kAttribute,
  kBody,
  kTime,
  kTraceId,
  kSpanId,
  kPath,    // an attribute, up to the colon before a line's number (line_head.h, code_place())
  kNoPath,  // an attribute that is no such place
};

// The end of a shape: how its record is made of the values.
struct LineShape {
  struct Attribute {
    std::string_view key;  // in ShapeTree::names_
    int hole = -1;        // whose value it is; -1: `text`
    bool is_json = false; // `text` is an array or an object
    std::string text;
  };
  std::string original_template;  // model::LineTemplate
  std::vector<Attribute> attributes;
  int body = -1, time = -1, trace_id = -1, span_id = -1;  // holes
  uint8_t severity_number = 0;
  std::string severity_text;
};

// All shapes as a tree: shapes that begin alike share their beginning. Immutable.
class ShapeTree {
 public:
  static constexpr size_t kMostHoles = 64;

  struct Node {
    std::string literal;                    // the text that stands here ...
    model::Hole hole = model::Hole::kEnd;   // ... and what follows it
    HoleUse use = HoleUse::kAttribute;
    model::TimeStyle style;                 // kTime; its suffix is static
    int decimals = 0;                       // kFixed
    std::vector<uint32_t> next;             // nodes that may follow the hole
    int shape = -1;                         // kEnd
  };

  // Reads a line of a known shape into `record`, which must be bare (see LineParser). Text of the record lies in `text`, in
  // this tree or in the arena. False, and nothing has changed, for any other line.
  bool read(std::string_view text, model::LogRecord& record, base::Arena& arena) const;

 private:
  friend class LineShapes;
  friend class ShapeReader;
  // A name lies at one place, whatever the shape, in this tree and in those that grew out of it.
  struct Names;

  std::vector<Node> nodes_;
  std::vector<uint32_t> roots_;
  std::vector<LineShape> shapes_;
  std::shared_ptr<const Names> names_;
};

// The shapes learned so far. Thread-safe.
class LineShapes {
 public:
  // `names`: as LineParser's. `literal_fields`: members that are taken out of the record by their names afterwards; their
  // values belong to the shape.
  explicit LineShapes(LineFieldNames names = {}, std::vector<std::string> literal_fields = {});

  // Keep it as long as records read with it.
  std::shared_ptr<const ShapeTree> tree() const;
  // Learns from a line that was read the long way: `record` is what came out of the bare record `shipped`. Every call costs a
  // try, and tries are bounded.
  void learn(std::string_view text, const model::LogRecord& shipped, const model::LogRecord& record);
  // How many lines of a batch had a known shape, and how many had not: lines earn tries, and once there is no more room,
  // shapes that no longer come are forgotten.
  void report(uint64_t known, uint64_t unknown);

 private:
  // False, and no shape is added, where there is no room.
  static bool add(ShapeTree& tree, std::vector<ShapeTree::Node>& nodes, LineShape shape);

  static constexpr size_t kMostShapes = 512;
  static constexpr size_t kMostNext = 48;  // nodes that follow one: they are tried one by one
  static constexpr int kMostTries = 4096;

  const LineFieldNames names_;
  const std::vector<std::string> literal_fields_;
  const std::shared_ptr<ShapeTree::Names> known_names_;  // changed under mu_
  std::atomic<int> tries_{kMostTries};
  mutable std::mutex mu_;
  std::shared_ptr<const ShapeTree> tree_;  // guarded by mu_
  uint64_t known_ = 0, unknown_ = 0;       // guarded by mu_: since the tree is full
};

}  // namespace tripod::pipeline
