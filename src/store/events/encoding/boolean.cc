// Encoding "bool": one bit a value.
#include <utility>

#include "store/events/encoding/column.h"

namespace tripod::store::boolean {
namespace {

class BoolColumn final : public Column {
 public:
  explicit BoolColumn(Bitmap truths) : Column(truths.size()), truths_(std::move(truths)) {}

  model::Value at(size_t i, ValueScratch&) const override { return model::Value::boolean(truths_.test(i)); }

  void match(const Matcher& matcher, const Bitmap& candidates, Bitmap& out) const override {
    if (matcher.matches(model::Value::boolean(true))) {
      Bitmap hits = candidates;
      out |= hits &= truths_;
    }
    if (matcher.matches(model::Value::boolean(false))) {
      Bitmap hits = candidates;
      out |= hits.subtract(truths_);
    }
  }

 private:
  const Bitmap truths_;
};

}  // namespace

void encode(const ColumnInput& input, std::string& out) {
  const size_t at = out.size();
  out.resize(at + (input.values.size() + 7) / 8);
  for (size_t i = 0; i < input.values.size(); ++i) {
    if (input.values[i].as_bool()) out[at + i / 8] = static_cast<char>(out[at + i / 8] | 1 << (i % 8));
  }
}

base::Result<ColumnPtr> decode(std::string body, size_t size) {
  if (body.size() != (size + 7) / 8) return base::fail(base::Code::kDataLoss, "bool column: malformed");
  Bitmap truths(size);
  for (size_t i = 0; i < size; ++i) {
    if ((static_cast<unsigned char>(body[i / 8]) >> (i % 8) & 1) != 0) truths.set(i);
  }
  return std::make_unique<BoolColumn>(std::move(truths));
}

}  // namespace tripod::store::boolean
