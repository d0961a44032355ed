// What every pipeline stage is once compiled. One file a stage.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "query/logql/ast.h"
#include "query/logql/label_set.h"

namespace tripod::query::logql {

// The labels that a pipeline reads, so that parsers need not extract the rest.
struct Needs {
  bool all = false;
  NameSet names;
};

// Not thread-safe: a stage may keep buffers between lines.
class StageRunner {
 public:
  virtual ~StageRunner() = default;
  // False: the line is dropped. What cannot be read of a line becomes its __error__.
  virtual bool run(Line& line) = 0;
  // Adds the labels it reads.
  virtual void add_needs(Needs&) const {}
};
using StagePtr = std::unique_ptr<StageRunner>;

// The values of __error__.
inline constexpr std::string_view kJsonParserError = "JSONParserErr";
inline constexpr std::string_view kLogfmtParserError = "LogfmtParserErr";
inline constexpr std::string_view kSampleExtractionError = "SampleExtractionErr";
inline constexpr std::string_view kLabelFilterError = "LabelFilterErr";
inline constexpr std::string_view kTemplateFormatError = "TemplateFormatErr";

// kInvalidArgument: regular expressions, patterns, paths and templates that do not parse, duplicate
// or impossible names. The message is as Loki's.
base::Result<StagePtr> compile_stage(const Stage& stage);
base::Result<StagePtr> compile(const LineFilter& stage);
base::Result<StagePtr> compile(const JsonParser& stage);
base::Result<StagePtr> compile(const LogfmtParser& stage);
base::Result<StagePtr> compile(const RegexpParser& stage);
base::Result<StagePtr> compile(const PatternParser& stage);
base::Result<StagePtr> compile(const UnpackParser& stage);
base::Result<StagePtr> compile(const LabelFilter& stage);
base::Result<StagePtr> compile(const LineFormat& stage);
base::Result<StagePtr> compile(const LabelFormat& stage);
base::Result<StagePtr> compile(const Decolorize& stage);
base::Result<StagePtr> compile(const DropLabels& stage);
base::Result<StagePtr> compile(const KeepLabels& stage);

}  // namespace tripod::query::logql
