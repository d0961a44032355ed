#include "store/events/value_memo.h"

#include "base/hash.h"

namespace tripod::store {

bool ValueMemo::matches(const Matcher& matcher, const model::Value& value) {
  if (!value.is_string() || value.text().size() > kLongest) return matcher.matches(value);
  if (slots_.empty()) slots_.resize(2 * kMost);
  ++asked_;
  const std::string_view text = value.text();
  const uint64_t hash = base::hash64(text);
  size_t at = hash % slots_.size();
  for (; slots_[at].used; at = (at + 1) % slots_.size()) {
    const Slot& slot = slots_[at];
    if (slot.hash != hash || std::string_view(texts_).substr(slot.start, slot.bytes) != text) continue;
    ++known_;
    return slot.matches;
  }
  const bool matches = matcher.matches(value);
  if (size_ == kMost) return matches;
  slots_[at] = {hash, static_cast<uint32_t>(texts_.size()), static_cast<uint16_t>(text.size()), true, matches};
  texts_ += text;
  ++size_;
  return matches;
}

}  // namespace tripod::store
