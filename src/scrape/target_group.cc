#include "scrape/target_group.h"

#include "base/utf8.h"
#include "ingest/prometheus/text_decoder.h"
#include "scrape/yaml_reader.h"

namespace tripod::scrape {

using base::Code;
using base::fail;
using base::Result;

namespace {

LabelSet read_labels(const YAML::Node& node, const std::string& where) {
  LabelSet out;
  if (!node.IsDefined() || node.IsNull()) return out;
  if (!node.IsMap()) throw ConfigError{Code::kInvalidArgument, where + ": a mapping is expected", node.Mark()};
  for (const auto& pair : node) {
    if (!pair.first.IsScalar() || !pair.second.IsScalar() || !ingest::prometheus::is_label_name(pair.first.Scalar()) ||
        !base::is_valid_utf8(pair.second.Scalar())) {
      throw ConfigError{Code::kInvalidArgument, where + ": not a label", pair.first.Mark()};
    }
    out.set(pair.first.Scalar(), pair.second.Scalar());
  }
  return out;
}

}  // namespace

TargetGroup read_target_group(const YAML::Node& node, const std::string& where) {
  YamlMap map(node, where);
  TargetGroup out;
  out.targets = map.texts("targets");
  for (const std::string& target : out.targets) {
    if (target.empty()) map.wrong("targets", "an empty address");
  }
  out.labels = read_labels(map.node("labels"), where + ": labels");
  map.finish({});
  return out;
}

Result<std::vector<TargetGroup>> parse_target_groups(const std::string& text) {
  try {
    const YAML::Node document = YAML::Load(text);
    std::vector<TargetGroup> out;
    if (!document.IsDefined() || document.IsNull()) return out;
    if (!document.IsSequence()) return fail(Code::kInvalidArgument, "a list of target groups is expected");
    for (const YAML::Node& node : document) out.push_back(read_target_group(node, "[" + std::to_string(out.size()) + "]"));
    return out;
  } catch (const ConfigError& e) {
    return fail(e.code, place_text("target groups", e.mark) + e.message);
  } catch (const YAML::Exception& e) {
    return fail(Code::kInvalidArgument, place_text("target groups", e.mark) + e.msg);
  }
}

}  // namespace tripod::scrape
