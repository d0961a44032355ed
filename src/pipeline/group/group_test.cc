#include "pipeline/group/group.h"

#include <gtest/gtest.h>

#include <array>
#include <deque>

#include "pipeline/group/built_in_rules.h"
#include "pipeline/group/exceptions.h"
#include "pipeline/group/frames.h"
#include "pipeline/group/md5.h"
#include "pipeline/group/testing/explained.h"

namespace tripod::pipeline::group {
namespace {

using model::ErrorEvent;
using model::Exception;
using model::Frame;

std::string md5(std::string_view text) {
  const std::array<std::string_view, 1> pieces = {text};
  return md5_hex(pieces);
}

Frame frame(std::string_view filename, std::string_view function, int8_t in_app = -1,
            int line = 0) {
  Frame f;
  f.filename = filename;
  f.function = function;
  f.in_app = in_app;
  f.line = line;
  return f;
}

// Holds what the spans of an event point to.
struct Built {
  ErrorEvent event;
  std::deque<std::vector<Frame>> frames;
  std::vector<Exception> exceptions;
  std::vector<std::string_view> fingerprint;
  std::vector<model::Attribute> tags;

  Exception& add(std::string_view type, std::string_view value, std::vector<Frame> stack = {}) {
    frames.push_back(std::move(stack));
    Exception e;
    e.type = type;
    e.value = value;
    e.frames = frames.back();
    exceptions.push_back(e);
    return exceptions.back();
  }
  Grouping group() {
    event.exceptions = exceptions;
    event.fingerprint = fingerprint;
    event.tags = tags;
    static const Grouper grouper;
    const Grouping grouping = grouper.group(event);
    const auto explained = testing::check_explained(grouper.explain(event), grouping.hashes);
    EXPECT_TRUE(explained) << explained.error().message;
    return grouping;
  }
};

TEST(Md5, KnownAnswers) {
  EXPECT_EQ(md5(""), "d41d8cd98f00b204e9800998ecf8427e");
  const std::array<std::string_view, 3> pieces = {"a", "", "bc"};
  EXPECT_EQ(md5_hex(pieces), "900150983cd24fb0d6963f7d28e17f72");
}

// The examples that Sentry's own tests check.
TEST(Group, ChainOfAnExceptionWithAndOneWithoutStackTrace) {
  Built b;
  b.event.platform = "python";
  b.add("ValueError", "hello world", {frame("/app/baz.py", "")});
  b.add("ValueError", "hello world");
  EXPECT_EQ(b.group().hashes, std::vector{md5("ValueErrorbaz.pyValueErrorhello world")});
}

TEST(Group, ChainOfTwoStackTraces) {
  Built b;
  b.add("ValueError", "hello world", {frame("Baz.py", "")});
  b.add("ValueError", "other", {frame("lib/baz.py", "")});
  const Grouping g = b.group();
  ASSERT_EQ(g.hashes.size(), 1u);
  EXPECT_EQ(g.hashes[0], md5("ValueErrorbaz.pyValueErrorbaz.py"));
  EXPECT_TRUE(g.hashes[0].starts_with("8c527d09")) << g.hashes[0];
  EXPECT_EQ(g.title, "ValueError: other");
}

TEST(Group, FrameGivesModuleFunctionAndContextLine) {
  Built b;
  b.event.platform = "python";
  Frame f = frame("shop/views.py", "checkout", 1, 138);
  f.module = "shop.views";
  f.context_line = "    raise   RuntimeError(\tx)  ";
  b.add("RuntimeError", "boom 1", {f});
  EXPECT_EQ(b.group().hashes,
            std::vector{md5("RuntimeErrorshop.viewscheckoutraise RuntimeError( x)")});
  b.frames[0][0].line = 200;
  b.exceptions[0].value = "boom 2";
  EXPECT_EQ(b.group().hashes,
            std::vector{md5("RuntimeErrorshop.viewscheckoutraise RuntimeError( x)")})
      << "neither the line number nor the value counts";
  b.event.platform = "go";
  EXPECT_EQ(b.group().hashes, std::vector{md5("RuntimeErrorshop.viewscheckout")})
      << "no context lines of this platform";
}

TEST(Group, LongContextLineIsLeftOut) {
  Built b;
  b.event.platform = "python";
  const std::string line(121, 'x');
  Frame f = frame("a.py", "f");
  f.context_line = line;
  b.add("E", "v", {f});
  EXPECT_EQ(b.group().hashes, std::vector{md5("Ea.pyf")});
  b.frames[0][0].context_line = std::string_view(line).substr(1);
  EXPECT_EQ(b.group().hashes, std::vector{md5("Ea.pyf" + line.substr(1))});
}

TEST(Group, AppFramesFirstThenAllOfThem) {
  Built b;
  b.event.platform = "python";
  b.add("E", "v", {frame("lib.py", "call", 0), frame("app.py", "view", 1)});
  EXPECT_EQ(b.group().hashes, (std::vector{md5("Eapp.pyview"), md5("Elib.pycallapp.pyview")}));
}

TEST(Group, WithoutAppFramesOnlySystem) {
  Built b;
  b.add("E", "v", {frame("lib.py", "call", 0)});
  EXPECT_EQ(b.group().hashes, std::vector{md5("Elib.pycall")});
}

TEST(Group, WhichFramesAreTheApplications) {
  const auto in_app = [](std::string_view path, int8_t said) {
    Frame f = frame("x.py", "f", said);
    f.abs_path = path;
    const std::array<Frame, 1> frames = {f};
    static const StackRules rules = *StackRules::parse(built_in_rules(), true);
    return judge(frames, {"python", {}, {}, {}}, rules).marks[0].in_app;
  };
  EXPECT_TRUE(in_app("/srv/app/x.py", -1));
  EXPECT_TRUE(in_app("/srv/app/x.py", 1));
  EXPECT_FALSE(in_app("/srv/app/x.py", 0));
  for (const char* path :
       {"/v/lib/python3.11/site-packages/d/x.py", "/usr/lib/python3/dist-packages/x.py",
        "/srv/node_modules/e/x.js", "C:\\app\\node_modules\\e\\x.js", "/go/vendor/x.go",
        "/usr/lib/x.py", "/usr/local/lib/x.py", "node:internal/x", "vendor/x.rb"}) {
    EXPECT_FALSE(in_app(path, -1)) << path;
    EXPECT_FALSE(in_app(path, 1)) << path;
  }
  EXPECT_TRUE(in_app("/srv/my_node_modules_app/x.js", -1));
  EXPECT_TRUE(in_app("/srv/vendors/x.js", -1));
}

TEST(Group, RecursionIsSkipped) {
  Built deep;
  std::vector<Frame> frames = {frame("a.py", "start", 1, 1)};
  for (int i = 0; i < 900; ++i) frames.push_back(frame("a.py", "recurse", 1, 7));
  deep.add("RecursionError", "x", frames);
  Built shallow;
  shallow.add("RecursionError", "x", {frames[0], frames[1]});
  EXPECT_EQ(deep.group().hashes, shallow.group().hashes);
  Built back;  // a → b → a is no recursion of a frame with the one before it
  back.add("RecursionError", "x", {frames[0], frames[1], frames[0]});
  EXPECT_NE(back.group().hashes, shallow.group().hashes);
}

TEST(Group, ValueCountsWithoutStackTraceAndIsParametrised) {
  Built a;
  a.add("KeyError", "order 17 of bob@example.com");
  EXPECT_EQ(a.group().hashes, std::vector{md5("KeyErrororder <int> of <email>")});
  EXPECT_EQ(a.group().title, "KeyError: order 17 of bob@example.com");
}

TEST(Group, SyntheticMechanismDropsTheType) {
  Built b;
  Exception& e = b.add("Error", "stock below 5", {frame("server.js", "?", 1)});
  e.synthetic = true;
  b.event.platform = "node";
  EXPECT_EQ(b.group().hashes, std::vector{md5("server.js")});
  EXPECT_EQ(b.group().title, "stock below 5");
  EXPECT_EQ(b.group().type, "");
}

TEST(Group, JavaScriptFrames) {
  Built b;
  b.event.platform = "javascript";
  Frame url = frame("app.js", "Object.onClick", 1);
  url.abs_path = "https://example.com/static/app.js";
  Frame native = frame("[native code]", "Array.forEach", 1);
  Frame eval = frame("x.js", "foo.eval", 1);
  Frame nameless = frame("y.js", "<anonymous>", 1);
  Frame anonymous = frame("<anonymous>", "JSON.parse", 1);
  b.add("TypeError", "v", {url, native, eval, nameless, anonymous});
  EXPECT_EQ(b.group().hashes, std::vector{md5("TypeErroronClicky.js")});
}

TEST(Group, SingleInlineScriptOfAPageGroupsByValue) {
  Built b;
  b.event.platform = "javascript";
  Frame page = frame("https://example.com/page", "", 1);
  b.add("TypeError", "x is undefined", {page});
  EXPECT_EQ(b.group().hashes, std::vector{md5("TypeErrorx is undefined")});
}

TEST(Group, ThreadsThenMessage) {
  Built b;
  std::vector<Frame> frames = {frame("w.py", "run", 1)};
  b.event.message = "stopped";
  b.event.thread_frames = frames;
  EXPECT_EQ(b.group().hashes, std::vector{md5("w.pyrun")});
  EXPECT_EQ(b.group().title, "stopped");
  b.event.thread_frames = {};
  EXPECT_EQ(b.group().hashes, std::vector{md5("stopped")});
  b.event.message_template = "stopped %s";
  EXPECT_EQ(b.group().hashes, std::vector{md5("stopped %s")});
}

TEST(Group, NothingAtAllIsOneIssue) {
  Built b;
  EXPECT_EQ(b.group().hashes, std::vector{md5("")});
  EXPECT_EQ(b.group().title, "<unlabeled event>");
}

TEST(Group, CustomFingerprint) {
  Built b;
  b.add("E", "v", {frame("a.py", "f")});
  b.fingerprint = {"payment", "{{ transaction }}", "{{tags.gateway}}", "{{ error.type }}",
                   "{{ nonsense }}"};
  b.event.transaction = "/checkout/";
  b.tags = {{"gateway", model::Value::string("acme")}};
  EXPECT_EQ(b.group().hashes,
            std::vector{md5("payment/checkout/acmeE<unrecognized-variable-nonsense>")});
}

TEST(Group, FingerprintVariables) {
  Built b;
  Frame f = frame("shop/a.py", "f", 1);
  f.abs_path = "/srv/shop/a.py";
  f.module = "shop.a";
  b.add("E", "v 1", {frame("inner.py", "g", 1), f, frame("lib.py", "h", 0)});
  b.event.level = "error";
  b.event.logger = "root";
  const std::pair<const char*, const char*> kCases[] = {{"{{ stack.function }}", "f"},
                                                        {"{{ function }}", "f"},
                                                        {"{{ stack.abs_path }}", "/srv/shop/a.py"},
                                                        {"{{ stack.filename }}", "shop/a.py"},
                                                        {"{{ stack.module }}", "shop.a"},
                                                        {"{{ stack.package }}", "<no-package>"},
                                                        {"{{ level }}", "error"},
                                                        {"{{logger}}", "root"},
                                                        {"{{ error.value }}", "v 1"},
                                                        {"{{ message }}", "v <int>"},
                                                        {"{{ transaction }}", "<no-transaction>"},
                                                        {"{{ tags.x }}", "<no-value-for-tag-x>"},
                                                        {"{{}}", "{{}}"},
                                                        {"{{ a b }}", "{{ a b }}"},
                                                        {"plain", "plain"}};
  for (const auto& [part, expected] : kCases) {
    b.fingerprint = {part};
    EXPECT_EQ(b.group().hashes, std::vector{md5(expected)}) << part;
  }
}

TEST(Group, DefaultIsSplicedIn) {
  Built b;
  b.add("E", "v", {frame("lib.py", "call", 0), frame("app.py", "view", 1)});
  b.fingerprint = {"{{default}}"};
  EXPECT_EQ(b.group().hashes, (std::vector{md5("Eapp.pyview"), md5("Elib.pycallapp.pyview")}));
  b.fingerprint = {"x-", "{{ default }}", "-y"};
  EXPECT_EQ(b.group().hashes,
            (std::vector{md5("x-Eapp.pyview-y"), md5("x-Elib.pycallapp.pyview-y")}));
}

Exception& add_to_group(Built& b, std::string_view type, int id, int parent,
                        std::vector<Frame> frames) {
  Exception& e = b.add(type, "v", std::move(frames));
  e.exception_id = id;
  e.parent_id = parent;
  return e;
}

TEST(Group, ExceptionGroupOfOneKindIsThatKind) {
  Built b;
  add_to_group(b, "ValueError", 2, 0, {frame("a.py", "f", 1)});
  add_to_group(b, "ValueError", 1, 0, {frame("a.py", "f", 1)});
  add_to_group(b, "ExceptionGroup", 0, -1, {frame("g.py", "all", 1)}).is_exception_group = true;
  const Grouping g = b.group();
  EXPECT_EQ(g.hashes, std::vector{md5("ValueErrora.pyf")});
  EXPECT_EQ(g.title, "ValueError: v");
}

TEST(Group, ExceptionGroupOfSeveralKindsKeepsTheRoot) {
  Built b;
  add_to_group(b, "KeyError", 2, 0, {frame("b.py", "g", 1)});
  add_to_group(b, "ValueError", 1, 0, {frame("a.py", "f", 1)});
  add_to_group(b, "ExceptionGroup", 0, -1, {frame("g.py", "all", 1)}).is_exception_group = true;
  const Grouping g = b.group();
  EXPECT_EQ(g.hashes, std::vector{md5("KeyErrorb.pygValueErrora.pyfExceptionGroupg.pyall")});
  EXPECT_EQ(g.title, "ExceptionGroup: v");
}

TEST(Group, NestedGroupsLookAtTheirLeavesAndCauses) {
  Built b;
  add_to_group(b, "OSError", 3, 2, {frame("c.py", "h", 1)});  // the cause of the leaf
  add_to_group(b, "ValueError", 2, 1, {frame("a.py", "f", 1)});
  add_to_group(b, "ExceptionGroup", 1, 0, {frame("g.py", "inner", 1)}).is_exception_group = true;
  add_to_group(b, "ExceptionGroup", 0, -1, {frame("g.py", "all", 1)}).is_exception_group = true;
  EXPECT_EQ(b.group().hashes, std::vector{md5("OSErrorc.pyhValueErrora.pyf")});
}

TEST(Group, MalformedGroupTreesGiveAll) {
  const auto all_of = [](int first_id, int first_parent, int root_id, int root_parent) {
    Built b;
    add_to_group(b, "A", first_id, first_parent, {frame("a.py", "f", 1)});
    add_to_group(b, "G", root_id, root_parent, {frame("g.py", "g", 1)}).is_exception_group = true;
    return b.group().hashes == std::vector{md5("Aa.pyfGg.pyg")};
  };
  EXPECT_FALSE(all_of(1, 0, 0, -1)) << "well formed: the leaf alone";
  EXPECT_TRUE(all_of(1, 7, 0, -1)) << "parent that is not there";
  EXPECT_TRUE(all_of(0, -1, 0, -1)) << "an id twice";
  EXPECT_TRUE(all_of(1, -1, 0, -1)) << "two roots";
  EXPECT_TRUE(all_of(1, 0, 0, 1)) << "a circle";
  EXPECT_TRUE(all_of(-1, 0, 0, -1)) << "no id";
}

TEST(Group, CulpritIsTheTransactionOrTheFailedFrame) {
  Built b;
  Frame f = frame("a.py", "f", 1);
  f.module = "shop.a";
  b.add("E", "v", {f, frame("lib.py", "h", 0)});
  EXPECT_EQ(b.group().culprit, "shop.a in f");
  b.event.transaction = "/x/";
  EXPECT_EQ(b.group().culprit, "/x/");
}

TEST(Group, LongTitlesAreCutOnACharacter) {
  Built b;
  std::string value;
  for (int i = 0; i < 1000; ++i) value += "\xc3\xa9";
  b.add("E", value);
  const Grouping g = b.group();
  EXPECT_LE(g.title.size(), 250u);
  EXPECT_TRUE(g.title.ends_with("\xc3\xa9..."));
  b.exceptions[0].value = "first\nsecond";
  EXPECT_EQ(b.group().title, "E: first");
}

}  // namespace
}  // namespace tripod::pipeline::group
