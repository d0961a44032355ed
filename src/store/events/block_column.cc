#include "store/events/block_column.h"

namespace tripod::store {

void BlockColumn::match(const Matcher& matcher, const Bitmap& candidates, Bitmap& out) const {
  if (matcher.op() == Predicate::Op::kExists) {
    Bitmap hits = candidates;
    if (present_) hits &= *present_;
    out |= hits;
    return;
  }
  if (!present_) {
    column_->match(matcher, candidates, out);
    return;
  }
  Bitmap wanted(column_->size()), found(column_->size());
  for_each(candidates, [&](size_t, size_t value) { wanted.set(value); });
  if (wanted.none()) return;
  column_->match(matcher, wanted, found);
  if (found.none()) return;
  for_each(candidates, [&](size_t row, size_t value) {
    if (found.test(value)) out.set(row);
  });
}

void BlockColumn::match_codes(std::span<const uint8_t> hits, const Bitmap& candidates, Bitmap& out) const {
  if (!present_) {
    column_->match_codes(hits, candidates, out);
    return;
  }
  const auto codes = column_->codes();
  for_each(candidates, [&](size_t row, size_t value) {
    if (hits[codes[value]] != 0) out.set(row);
  });
}

}  // namespace tripod::store
