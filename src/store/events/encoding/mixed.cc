// Encoding "mixed": values of several types, each behind its tag.
#include <utility>

#include "store/events/encoding/column.h"
#include "store/events/encoding/value_codec.h"

namespace tripod::store::mixed {
namespace {

class MixedColumn final : public Column {
 public:
  MixedColumn(std::string body, size_t size) : Column(size), body_(std::move(body)) {}
  bool read() {
    CheckedReader in(body_);
    // Every value takes at least its tag.
    if (size() > body_.size()) return false;
    values_.resize(size());
    for (model::Value& value : values_) {
      if (!read_value(in, value)) return false;
    }
    return in.left() == 0;
  }
  model::Value at(size_t i, ValueScratch&) const override { return values_[i]; }

 private:
  const std::string body_;
  std::vector<model::Value> values_;  // views of body_
};

}  // namespace

void encode(const ColumnInput& input, std::string& out) {
  for (const model::Value& value : input.values) append_value(out, value);
}

base::Result<ColumnPtr> decode(std::string body, size_t size) {
  auto column = std::make_unique<MixedColumn>(std::move(body), size);
  if (!column->read()) return base::fail(base::Code::kDataLoss, "mixed column: malformed");
  return column;
}

}  // namespace tripod::store::mixed
