// Any text is rules, or an error that says where; rules that were read can be tried on any stack trace, and read again they say the same.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "pipeline/group/fingerprint_rules.h"
#include "pipeline/group/stack_rules.h"
#include "pipeline/scrub/scrub_rules.h"

namespace {

using namespace tripod;
using namespace tripod::pipeline;

model::ErrorEvent& event() {
  static std::array<model::Frame, 3> frames;
  static std::array<model::Exception, 1> exceptions;
  static model::ErrorEvent out;
  frames[0].module = "shop.views";
  frames[0].function = "view";
  frames[0].abs_path = "/srv/shop/views.py";
  frames[1].filename = "C:\\lib\\site-packages\\x.py";
  frames[1].package = "/usr/lib/libc.so";
  frames[1].platform = "native";
  frames[2].module = "java.lang.Thread";
  exceptions[0].type = "ValueError";
  exceptions[0].value = "order 17 of a@b.c";
  exceptions[0].frames = frames;
  out.exceptions = exceptions;
  out.platform = "python";
  return out;
}

// "line N, column M: …", or what is wrong with the text as a whole.
void check(const base::Error& error) {
  TRIPOD_CHECK(error.code == base::Code::kInvalidArgument && !error.message.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto stack = group::StackRules::parse(text);
  if (stack) {
    const group::JudgedEvent judged = group::judge(event(), *stack);
    TRIPOD_CHECK(group::verdicts(judged.exceptions[0], group::Variant::kApp).size() == 3);
  } else {
    check(stack.error());
  }
  const auto fingerprint = group::FingerprintRules::parse(text);
  if (fingerprint) (void)fingerprint->match(group::judge(event(), group::StackRules()));
  else check(fingerprint.error());
  const auto scrub = scrub::ScrubRules::parse(text, "key");
  if (!scrub) {
    check(scrub.error());
    return 0;
  }
  const scrub::ScrubRule* rule = scrub->match("email", "user.email");
  if (rule != nullptr) TRIPOD_CHECK(scrub->hide(*rule, "a@b.c") != "a@b.c" || rule->action == scrub::ScrubAction::kMask);
  return 0;
}
