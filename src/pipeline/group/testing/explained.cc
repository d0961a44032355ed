#include "pipeline/group/testing/explained.h"

#include <algorithm>
#include <array>
#include <vector>

#include "pipeline/group/md5.h"

namespace tripod::pipeline::group::testing {
namespace {

bool says_why(const Component& component) {
  if (!component.contributes && component.hint.empty()) return false;
  return std::all_of(component.children.begin(), component.children.end(), says_why);
}

base::Result<> wrong(std::string text) { return base::fail(base::Code::kInternal, std::move(text)); }

}  // namespace

std::string contributing_text(const Component& component) {
  if (!component.contributes) return {};
  std::string out = component.value;
  for (const Component& child : component.children) out += contributing_text(child);
  return out;
}

base::Result<> check_explained(const Explanation& explanation, std::span<const std::string> hashes) {
  std::vector<std::string> explained;
  for (const VariantExplanation& variant : explanation.variants) {
    if (!variant.contributes && variant.hint.empty()) return wrong(variant.name + " does not say why it does not contribute");
    if (!says_why(variant.component)) return wrong("a part of " + variant.name + " does not say why it does not contribute");
    if (!variant.contributes) continue;
    const std::string text = contributing_text(variant.component);
    const std::array<std::string_view, 1> pieces = {text};
    if (variant.hash != md5_hex(pieces)) return wrong(variant.name + " is not made of what contributes: " + text);
    explained.push_back(variant.hash);
  }
  if (!std::equal(explained.begin(), explained.end(), hashes.begin(), hashes.end())) return wrong("other hashes than those of the event");
  if (explanation.strategy.empty()) return wrong("no strategy");
  return {};
}

}  // namespace tripod::pipeline::group::testing
