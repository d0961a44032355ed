// Encoding "constant": one value for all.
#include <utility>

#include "store/events/encoding/column.h"
#include "store/events/encoding/value_codec.h"

namespace tripod::store::constant {
namespace {

class ConstantColumn final : public Column {
 public:
  ConstantColumn(std::string body, size_t size) : Column(size), body_(std::move(body)) {}
  bool read() {
    CheckedReader in(body_);
    return read_value(in, value_) && in.left() == 0;
  }

  model::Value at(size_t, ValueScratch&) const override { return value_; }
  void match(const Matcher& matcher, const Bitmap& candidates, Bitmap& out) const override {
    if (matcher.matches(value_)) out |= candidates;
  }

 private:
  const std::string body_;
  model::Value value_;  // views body_
};

}  // namespace

void encode(const ColumnInput& input, std::string& out) { append_value(out, input.distinct.front()); }

base::Result<ColumnPtr> decode(std::string body, size_t size) {
  auto column = std::make_unique<ConstantColumn>(std::move(body), size);
  if (!column->read()) return base::fail(base::Code::kDataLoss, "constant column: malformed");
  return column;
}

}  // namespace tripod::store::constant
