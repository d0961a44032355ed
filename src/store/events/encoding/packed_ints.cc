#include "store/events/encoding/packed_ints.h"

#include <algorithm>
#include <bit>

namespace tripod::store {
namespace {

constexpr size_t kRun = 128;
enum class Mode : uint8_t { kValues = 0, kDifferences = 1 };

// All arithmetic is on uint64_t: it wraps, and wraps back.
struct Run {
  uint64_t least;
  unsigned width;
};

// Least as signed numbers, so that small negative numbers stay near small positive ones.
Run measure(std::span<const uint64_t> values) {
  int64_t least = INT64_MAX, most = INT64_MIN;
  for (uint64_t v : values) {
    least = std::min(least, static_cast<int64_t>(v));
    most = std::max(most, static_cast<int64_t>(v));
  }
  const uint64_t spread = static_cast<uint64_t>(most) - static_cast<uint64_t>(least);
  return {static_cast<uint64_t>(least), static_cast<unsigned>(std::bit_width(spread))};
}

size_t packed_bytes(size_t count, unsigned width) { return (count * width + 7) / 8; }

void pack(std::string& out, std::span<const uint64_t> values, const Run& run) {
  append_varint(out, zigzag(static_cast<int64_t>(run.least)));
  out += static_cast<char>(run.width);
  const size_t start = out.size();
  out.resize(start + packed_bytes(values.size(), run.width) + 8);  // room to write whole words
  char* to = out.data() + start;
  size_t bit = 0;
  for (uint64_t v : values) {
    const uint64_t offset = v - run.least;
    char* at = to + bit / 8;
    const unsigned shift = bit % 8;
    uint64_t word = load_word<uint64_t>(at) | offset << shift;
    std::memcpy(at, &word, sizeof(word));
    if (shift + run.width > 64) at[8] = static_cast<char>(offset >> (64 - shift));
    bit += run.width;
  }
  out.resize(start + packed_bytes(values.size(), run.width));
}

size_t size_of(std::span<const uint64_t> values) {
  size_t bytes = 0;
  for (size_t i = 0; i < values.size(); i += kRun) {
    const auto run = values.subspan(i, std::min(kRun, values.size() - i));
    bytes += packed_bytes(run.size(), measure(run).width) + 3;
  }
  return bytes;
}

// Clocks tick in micro- or milliseconds although times are nanoseconds.
uint64_t common_scale(std::span<const uint64_t> values) {
  int64_t scale = 1'000'000'000;
  for (uint64_t v : values) {
    while (scale > 1 && static_cast<int64_t>(v) % scale != 0) scale /= 1000;
    if (scale == 1) break;
  }
  return static_cast<uint64_t>(scale);
}

bool unpack(CheckedReader& in, size_t count, int64_t* out) {
  uint64_t least = 0;
  uint8_t width = 0;
  std::string_view bytes;
  if (!in.varint(least) || !in.word(width) || width > 64) return false;
  if (!in.bytes(packed_bytes(count, width), bytes)) return false;
  const auto base = static_cast<uint64_t>(unzigzag(least));
  const uint64_t mask = width == 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1;
  // The last values may lie less than a word before the end: they are read from a padded copy.
  char tail[32] = {};
  const size_t tail_from = bytes.size() < 16 ? 0 : bytes.size() - 16;
  bytes.copy(tail, bytes.size() - tail_from, tail_from);
  const size_t safe_end = bytes.size() < 9 ? 0 : bytes.size() - 8;
  size_t i = 0, bit = 0;
  // Mostly a value lies within a word, and the word within the bytes.
  if (width <= 57) {
    for (; i < count && bit / 8 < safe_end; ++i, bit += width) {
      out[i] = static_cast<int64_t>(base + (load_word<uint64_t>(bytes.data() + bit / 8) >> bit % 8 & mask));
    }
  }
  for (; i < count; ++i, bit += width) {
    const size_t byte = bit / 8;
    const char* at = byte < safe_end ? bytes.data() + byte : tail + (byte - tail_from);
    const unsigned shift = bit % 8;
    uint64_t v = load_word<uint64_t>(at) >> shift;
    if (shift + width > 64) v |= static_cast<uint64_t>(static_cast<unsigned char>(at[8])) << (64 - shift);
    out[i] = static_cast<int64_t>(base + (v & mask));
  }
  return true;
}

}  // namespace

void append_packed(std::string& out, std::span<const int64_t> values) {
  if (values.empty()) return;
  std::vector<uint64_t> plain(values.begin(), values.end());
  // Differences to the first value share its remainder: only they need to be multiples of the scale.
  const uint64_t first = plain.front();
  std::vector<uint64_t> steps(plain.size());
  for (size_t i = 0; i < plain.size(); ++i) steps[i] = plain[i] - first;
  const uint64_t scale = common_scale(steps);
  for (size_t i = 0; i < plain.size(); ++i) {
    // Signed, so that a time before the first is a small negative number of ticks.
    plain[i] = static_cast<uint64_t>(static_cast<int64_t>(steps[i]) / static_cast<int64_t>(scale));
  }
  steps[0] = 0;
  for (size_t i = plain.size(); i-- > 1;) steps[i] = plain[i] - plain[i - 1];
  const bool by_steps = size_of(steps) < size_of(plain);
  out += static_cast<char>(by_steps ? Mode::kDifferences : Mode::kValues);
  append_varint(out, scale);
  append_varint(out, zigzag(static_cast<int64_t>(first)));
  const std::span<const uint64_t> chosen = by_steps ? steps : plain;
  for (size_t i = 0; i < chosen.size(); i += kRun) {
    const auto run = chosen.subspan(i, std::min(kRun, chosen.size() - i));
    pack(out, run, measure(run));
  }
}

bool read_packed(CheckedReader& in, size_t count, std::vector<int64_t>& out) {
  uint8_t mode = 0;
  uint64_t scale = 0, first = 0;
  out.clear();
  if (count == 0) return true;
  if (!in.word(mode) || mode > 1 || !in.varint(scale) || !in.varint(first)) return false;
  // A run of equal values takes two bytes for 128.
  if (count > (in.left() / 2 + 1) * kRun) return false;
  out.resize(count);
  for (size_t i = 0; i < count; i += kRun) {
    if (!unpack(in, std::min(kRun, count - i), out.data() + i)) return false;
  }
  const auto origin = static_cast<uint64_t>(unzigzag(first));
  uint64_t at = 0;
  for (int64_t& v : out) {
    at = static_cast<Mode>(mode) == Mode::kDifferences ? at + static_cast<uint64_t>(v) : static_cast<uint64_t>(v);
    v = static_cast<int64_t>(origin + at * scale);
  }
  return true;
}

}  // namespace tripod::store
