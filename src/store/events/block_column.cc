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

}  // namespace tripod::store
