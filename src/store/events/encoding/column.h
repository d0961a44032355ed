// One field's values in one block, as an encoding keeps them: the interface between encodings and those who read columns.
// Byte layout of each encoding: docs/formats/events.md, "Encodings".
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/value.h"
#include "store/events/encoding/bitmap.h"
#include "store/events/matcher.h"

namespace tripod::store {

// Numbers are part of the file format.
enum class Encoding : uint8_t {
  kConstant = 1,
  kDictionary = 2,
  kInt64 = 3,
  kFloat64 = 4,
  kBool = 5,
  kHex = 6,
  kText = 7,
  kMixed = 8,
  kRareFields = 9,  // not a column of one field: see rare_fields.h
  kIpv4 = 10,
  kTimestamp = 11,
};

// Room for a value that has no text of its own inside its column (identifiers kept as bytes).
using ValueScratch = std::array<char, 40>;

// A decoded column of the values that are present, in row order. Immutable; owns its bytes.
class Column {
 public:
  explicit Column(size_t size) : size_(size) {}
  virtual ~Column() = default;
  Column(const Column&) = delete;
  Column& operator=(const Column&) = delete;

  size_t size() const { return size_; }
  // @pre i < size(). Text views the column, or `scratch`.
  virtual model::Value at(size_t i, ValueScratch& scratch) const = 0;
  // Adds to `out` those of `candidates` whose value matches. Both have size() bits.
  virtual void match(const Matcher& matcher, const Bitmap& candidates, Bitmap& out) const;
  // Adds to `out` those of `candidates` whose code (see codes()) has a 1 in `hits`. @pre entries() != nullptr
  void match_codes(std::span<const uint8_t> hits, const Bitmap& candidates, Bitmap& out) const;

  // Where values are kept as numbers of distinct values: those, and the number of each value. Null and empty otherwise.
  virtual const Column* entries() const { return nullptr; }
  virtual std::span<const uint16_t> codes() const { return {}; }
  // All values, where they are kept as integers. Empty otherwise.
  virtual std::span<const int64_t> int64s() const { return {}; }
  // All values, where they are kept as floating-point numbers. Empty otherwise.
  virtual std::span<const double> float64s() const { return {}; }

 private:
  const size_t size_;
};

using ColumnPtr = std::unique_ptr<const Column>;

// Types of the values of a column: one bit per model::ValueType.
using TypeSet = uint8_t;
inline TypeSet type_bit(model::ValueType type) {
  return static_cast<TypeSet>(1u << static_cast<unsigned>(type));
}

// Same type and same bits: 0.0 is not -0.0, NaN is NaN.
bool same_value(const model::Value& a, const model::Value& b);

// What is known of a column's values before an encoding is chosen. Views are valid during encoding only.
struct ColumnInput {
  std::span<const model::Value> values;  // at least one, none null
  TypeSet types = 0;
  // The distinct values in order of first appearance and each value's number among them; empty when they are too many.
  std::span<const model::Value> distinct;
  std::span<const uint16_t> codes;
  bool identifiers = false;  // the values are known to be what hex::fits() says
};

// Each encoding is one file with these two; `body` is everything behind the presence bitmap.
// decode: kDataLoss for bytes that no encoder makes; they may be anything.
namespace constant {
void encode(const ColumnInput& input, std::string& out);
base::Result<ColumnPtr> decode(std::string body, size_t size);
}  // namespace constant
namespace dictionary {
void encode(const ColumnInput& input, std::string& out);
base::Result<ColumnPtr> decode(std::string body, size_t size);
}  // namespace dictionary
namespace int64 {
void encode(const ColumnInput& input, std::string& out);
base::Result<ColumnPtr> decode(std::string body, size_t size);
}  // namespace int64
namespace float64 {
void encode(const ColumnInput& input, std::string& out);
base::Result<ColumnPtr> decode(std::string body, size_t size);
}  // namespace float64
namespace boolean {
void encode(const ColumnInput& input, std::string& out);
base::Result<ColumnPtr> decode(std::string body, size_t size);
}  // namespace boolean
namespace hex {
// All values are strings of lower-case hexadecimal digits of one shape: 16, 32, or a UUID with dashes.
bool fits(const ColumnInput& input);
void encode(const ColumnInput& input, std::string& out);
base::Result<ColumnPtr> decode(std::string body, size_t size);
}  // namespace hex
namespace ipv4 {
// All values are strings: IPv4 addresses as they are written ("10.0.0.1", no needless zeros).
bool fits(const ColumnInput& input);
void encode(const ColumnInput& input, std::string& out);
base::Result<ColumnPtr> decode(std::string body, size_t size);
}  // namespace ipv4
namespace timestamp {
// All values are strings: times of one style (ISO 8601: "2026-11-22T16:39:57.123Z") with a part of a second.
bool fits(const ColumnInput& input);
void encode(const ColumnInput& input, std::string& out);
base::Result<ColumnPtr> decode(std::string body, size_t size);
}  // namespace timestamp
namespace text {
void encode(const ColumnInput& input, std::string& out);
base::Result<ColumnPtr> decode(std::string body, size_t size);
}  // namespace text
namespace mixed {
void encode(const ColumnInput& input, std::string& out);
base::Result<ColumnPtr> decode(std::string body, size_t size);
}  // namespace mixed

// The best encoding for these values; `with_dictionary` false: not a dictionary (for a dictionary's own entries).
Encoding choose_encoding(const ColumnInput& input, bool with_dictionary = true);
void encode_column(Encoding encoding, const ColumnInput& input, std::string& out);
base::Result<ColumnPtr> decode_column(Encoding encoding, std::string body, size_t size);

}  // namespace tripod::store
