// Why an event is in its issue: trees of what contributed, and versions of grouping.
#include <gtest/gtest.h>

#include <array>

#include "base/json_writer.h"
#include "pipeline/group/built_in_rules.h"
#include "pipeline/group/explanation_json.h"
#include "pipeline/group/group.h"
#include "pipeline/group/testing/explained.h"

namespace tripod::pipeline::group {
namespace {

using model::ErrorEvent;
using model::Exception;
using model::Frame;

Frame frame(std::string_view path, std::string_view function, int8_t in_app = 1, int line = 0) {
  Frame f;
  f.filename = path;
  f.abs_path = path;
  f.function = function;
  f.in_app = in_app;
  f.line = line;
  return f;
}

// An event of one exception, or of a message.
struct Raised {
  explicit Raised(std::vector<Frame> stack) : frames(std::move(stack)) {
    exception[0].type = "ValueError";
    exception[0].value = "order 7 is gone";
    exception[0].frames = frames;
    event.platform = "python";
    event.exceptions = exception;
  }
  std::vector<Frame> frames;
  std::array<Exception, 1> exception;
  ErrorEvent event;
};

const Component& at(const Component& component, std::initializer_list<size_t> path) {
  const Component* found = &component;
  for (const size_t i : path) found = &found->children.at(i);
  return *found;
}

TEST(Explain, EveryFrameSaysWhyItCountsOrNot) {
  Raised r({frame("/usr/lib/python3/site-packages/django/core.py", "get_response"), frame("/srv/shop/a.py", "view", 1, 3),
            frame("/srv/shop/a.py", "view", 1, 3), frame("/srv/lib/x.py", "call", 0)});
  const Grouper grouper;
  const Explanation e = grouper.explain(r.event);
  EXPECT_EQ(e.version, "newstyle:2026-11-23");
  EXPECT_EQ(e.strategy, "exceptions");
  ASSERT_EQ(e.variants.size(), 2u);
  const VariantExplanation& app = e.variants[0];
  EXPECT_EQ(app.name, "app");
  EXPECT_TRUE(app.contributes);
  const Component& stack = at(app.component, {0, 1});
  EXPECT_EQ(stack.id, "stacktrace");
  EXPECT_EQ(at(stack, {0}).hint, "not the application's own by the built-in stack trace rule (path:**/site-packages/** -app)");
  EXPECT_TRUE(at(stack, {1}).contributes);
  EXPECT_EQ(at(stack, {1}).name, "/srv/shop/a.py in view:3");
  EXPECT_EQ(at(stack, {1, 1}).value, "view");
  EXPECT_EQ(at(stack, {2}).hint, "recursion: the same as the frame before");
  EXPECT_EQ(at(stack, {3}).hint, "not the application's own: says the client");
  const Component& value = at(app.component, {0, 2});
  EXPECT_FALSE(value.contributes);
  EXPECT_EQ(value.hint, "not used: the stack trace takes precedence");
  EXPECT_EQ(value.value, "order <int> is gone");
  EXPECT_TRUE(testing::check_explained(e, grouper.group(r.event).hashes));
}

TEST(Explain, AVariantSaysWhyItDoesNotCount) {
  const Grouper grouper;
  Raised own({frame("/srv/shop/a.py", "view")});
  EXPECT_EQ(grouper.explain(own.event).variants.at(1).hint, "the same as the variant before");
  Raised foreign({frame("/srv/lib/a.py", "view", 0)});
  const Explanation e = grouper.explain(foreign.event);
  EXPECT_EQ(e.variants.at(0).hint, "no frame of the application's own counts");
  EXPECT_TRUE(e.variants.at(1).contributes);
  own.event.message = "ValueError at /shop/";
  EXPECT_EQ(grouper.explain(own.event).variants.at(2).hint, "not used: exceptions take precedence");
}

TEST(Explain, FingerprintsOfTheClient) {
  const Grouper grouper;
  Raised r({frame("/srv/shop/a.py", "view")});
  std::array<std::string_view, 2> fingerprint = {"payment", "{{ error.type }}"};
  r.event.fingerprint = fingerprint;
  const Explanation custom = grouper.explain(r.event);
  EXPECT_EQ(custom.strategy, "fingerprint");
  EXPECT_EQ(custom.fingerprint_source, "client");
  EXPECT_EQ(custom.variants.at(0).component.children.at(1).value, "ValueError");
  EXPECT_EQ(custom.variants.at(1).hint, "overridden by the fingerprint");
  EXPECT_TRUE(testing::check_explained(custom, grouper.group(r.event).hashes));
  fingerprint[1] = "{{ default }}";
  const Explanation hybrid = grouper.explain(r.event);
  EXPECT_EQ(hybrid.variants.at(0).name, "fingerprint with app");
  EXPECT_EQ(testing::contributing_text(hybrid.variants.at(0).component), "paymentValueErrora.pyview");
  EXPECT_TRUE(testing::check_explained(hybrid, grouper.group(r.event).hashes));
}

TEST(Explain, IsJson) {
  const Grouper grouper;
  Raised r({frame("/srv/shop/a.py", "view")});
  std::string json;
  base::JsonWriter w(json);
  w.begin_object();
  write_explanation(w, grouper.explain(r.event));
  w.end_object();
  EXPECT_TRUE(json.starts_with(R"({"version":"newstyle:2026-11-23","strategy":"exceptions","hashes":[")")) << json;
  EXPECT_NE(json.find(R"({"id":"function","name":"","contributes":true,"hint":null,"value":"view","children":[]})"), std::string::npos) << json;
}

TEST(GroupingVersions, OfEventsTheFormerHashesAreKnown) {
  Raised r({frame("/srv/shop/a.py", "view"), frame("/srv/generated/b.py", "call")});
  const Grouper before(std::vector<GroupingVersion>{{"test:1", ""}});
  const Grouper after(std::vector<GroupingVersion>{{"test:2", "path:**/generated/** -app"}, {"test:1", ""}});
  const std::vector<std::string> old = before.group(r.event).hashes;
  const std::vector<std::string> now = after.group(r.event).hashes;
  EXPECT_EQ(after.version(), "test:2");
  EXPECT_NE(old.front(), now.front());
  EXPECT_EQ(after.former_hashes(r.event), old);
  EXPECT_TRUE(before.former_hashes(r.event).empty());
}

TEST(GroupingVersions, RulesOfAProjectAreItsOwn) {
  Raised r({frame("/srv/shop/a.py", "view"), frame("/srv/shop/retry.py", "again")});
  Grouper grouper;
  const std::vector<std::string> plain = grouper.group(r.event).hashes;
  ProjectRules rules;
  rules.stack = std::make_shared<const StackRules>(*StackRules::parse("function:again -group"));
  grouper.set_rules(3, rules, ProjectRules{});
  EXPECT_EQ(grouper.group(r.event).hashes, plain);
  EXPECT_EQ(grouper.explain_with(r.event, rules).hashes.size(), 1u);
  r.event.project = 3;
  EXPECT_NE(grouper.group(r.event).hashes, plain);
  EXPECT_EQ(grouper.group(r.event).hashes, grouper.explain_with(r.event, rules).hashes);
  EXPECT_EQ(grouper.former_hashes(r.event), plain) << "what the project had before";
}

}  // namespace
}  // namespace tripod::pipeline::group
