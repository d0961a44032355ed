// The grouping suite: pairs of events that must fall into one issue, or must not. tests/corpus/grouping/README.md
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/json_writer.h"
#include "ingest/sentry/decode.h"
#include "pipeline/group/group.h"
#include "pipeline/group/testing/explained.h"

namespace tripod::pipeline::group {
namespace {

constexpr const char* kFolder = "tests/corpus/grouping";

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
}

// YAML as the JSON it stands for; "lineno" members are moved by `lines`.
void write_json(base::JsonWriter& w, const YAML::Node& node, int lines, bool is_line = false) {
  if (node.IsMap()) {
    w.begin_object();
    for (const auto& entry : node) {
      const auto key = entry.first.as<std::string>();
      w.key(key);
      write_json(w, entry.second, lines, key == "lineno");
    }
    w.end_object();
  } else if (node.IsSequence()) {
    w.begin_array();
    for (const auto& element : node) write_json(w, element, lines);
    w.end_array();
  } else if (node.IsNull()) {
    w.null();
  } else if (is_line) {
    w.int64(node.as<int>() + lines);
  } else if (bool flag = false; node.Tag() != "!" && YAML::convert<bool>::decode(node, flag)) {
    w.boolean(flag);
  } else if (int64_t number = 0; node.Tag() != "!" && YAML::convert<int64_t>::decode(node, number)) {
    w.int64(number);
  } else {
    w.string(node.as<std::string>());
  }
}

class Suite {
 public:
  void read(const std::filesystem::path& file) {
    const YAML::Node root = YAML::LoadFile(file.string());
    for (const auto& event : root["events"]) {
      EXPECT_TRUE(events_.emplace(event.first.as<std::string>(), event.second).second) << "twice: " << event.first;
    }
    for (const auto& pair : root["pairs"]) pairs_.push_back(pair);
  }

  // A name; or {of: name, shift_lines: 3, replace: {text: other text}}.
  std::string json_of(const YAML::Node& event) const {
    const std::string name = event.IsMap() ? event["of"].as<std::string>() : event.as<std::string>();
    const auto found = events_.find(name);
    if (found == events_.end()) throw std::runtime_error("no event " + name);
    std::string json;
    base::JsonWriter w(json);
    write_json(w, found->second, event.IsMap() && event["shift_lines"] ? event["shift_lines"].as<int>() : 0);
    if (!event.IsMap() || !event["replace"]) return json;
    for (const auto& change : event["replace"]) {
      const std::string before = json;
      replace_all(json, change.first.as<std::string>(), change.second.as<std::string>());
      EXPECT_NE(json, before) << name << " does not hold " << change.first;
    }
    return json;
  }

  const std::vector<YAML::Node>& pairs() const { return pairs_; }

 private:
  std::map<std::string, YAML::Node> events_;
  std::vector<YAML::Node> pairs_;
};

struct Decoded {
  model::Batch batch;
  Grouping grouping;
};

std::unique_ptr<Decoded> decoded(const Grouper& grouper, std::string json) {
  auto out = std::make_unique<Decoded>();
  ingest::sentry::SentryContext context;
  context.received_time = 1'795'366'200 * base::kNanosPerSecond;
  const auto body = std::make_shared<const std::string>(std::move(json));
  const auto taken = ingest::sentry::decode_store(body, context, out->batch);
  if (!taken || out->batch.errors.size() != 1) throw std::runtime_error("not an event: " + *body);
  const model::ErrorEvent& event = out->batch.errors[0];
  out->grouping = grouper.group(event);
  const auto explained = testing::check_explained(grouper.explain(event), out->grouping.hashes);
  EXPECT_TRUE(explained) << explained.error().message << "\n" << *body;
  return out;
}

bool share(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::any_of(a.begin(), a.end(), [&](const std::string& hash) { return std::find(b.begin(), b.end(), hash) != b.end(); });
}

// The value of the variant that decides, for people who look for what differs.
std::string deciding(const Grouper& grouper, const model::ErrorEvent& event) {
  for (const VariantExplanation& v : grouper.explain(event).variants) {
    if (v.contributes) return v.name + ": " + testing::contributing_text(v.component);
  }
  return "nothing";
}

TEST(GroupingSuite, PairsFallTogetherOrDoNot) {
  Suite suite;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) suite.read(file);
  const Grouper grouper;
  for (const YAML::Node& pair : suite.pairs()) {
    const bool same = static_cast<bool>(pair["same"]);
    const YAML::Node two = same ? pair["same"] : pair["different"];
    ASSERT_EQ(two.size(), 2u) << pair;
    const auto a = decoded(grouper, suite.json_of(two[0]));
    const auto b = decoded(grouper, suite.json_of(two[1]));
    EXPECT_EQ(share(a->grouping.hashes, b->grouping.hashes), same)
        << pair << "\n" << deciding(grouper, a->batch.errors[0]) << "\n" << deciding(grouper, b->batch.errors[0]);
  }
  EXPECT_GE(suite.pairs().size(), 150u);
}

}  // namespace
}  // namespace tripod::pipeline::group
