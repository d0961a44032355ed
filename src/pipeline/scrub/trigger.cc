#include "pipeline/scrub/trigger.h"

#include <bit>
#include <cstring>
#include <utility>

namespace tripod::pipeline::scrub {
namespace {

// Sixteen bytes at once, on whatever vector unit there is (GCC's and clang's vector extension).
using Bytes = uint8_t __attribute__((vector_size(16)));
constexpr size_t kStep = sizeof(Bytes);
constexpr size_t kReach = 3;  // bytes looked at past the last position of a step

constexpr std::array<std::array<char, 3>, 22> kTriples = {{
    {'p', 'a', 's'}, {'s', 'e', 'c'}, {'a', 'p', 'i'}, {'a', 'u', 't'}, {'c', 'r', 'e'},
    {'p', 'w', 'd'}, {'p', 'r', 'i'}, {'t', 'o', 'k'}, {'o', 't', 'p'}, {'t', 'w', 'o'},
    {'c', 'v', 'v'}, {'c', 'v', 'c'}, {'c', 'a', 'r'}, {'s', 'e', 's'}, {'c', 's', 'r'},
    {'x', 's', 'r'}, {'s', 's', 'n'}, {'s', 'i', 'g'}, {'b', 'e', 'a'}, {'b', 'e', 'g'},
    {'e', 'y', 'j'}, {':', '/', '/'},
}};

Bytes load(const char* from) {
  Bytes bytes;
  std::memcpy(&bytes, from, kStep);
  return bytes;
}

Bytes splat(char c) { return Bytes{} + static_cast<uint8_t>(c); }

Bytes equal(const Bytes& bytes, char c) { return std::bit_cast<Bytes>(bytes == splat(c)); }

Bytes is_digit(const Bytes& bytes) {
  return std::bit_cast<Bytes>(static_cast<Bytes>(bytes - splat('0')) < splat(10));
}

// The text at a step's positions and the three after, lower-cased (which leaves digits and
// punctuation alone).
struct Window {
  explicit Window(const char* at)
      : b0(load(at) | splat(0x20)),
        b1(load(at + 1) | splat(0x20)),
        b2(load(at + 2) | splat(0x20)),
        b3(load(at + 3) | splat(0x20)) {}
  Bytes b0, b1, b2, b3;

  Bytes match(const std::array<char, 3>& t) const {
    return equal(b0, t[0]) & equal(b1, t[1]) & equal(b2, t[2]);
  }
  Bytes four_digits() const { return is_digit(b0) & is_digit(b1) & is_digit(b2) & is_digit(b3); }
};

// Unrolled, so that comparisons with the same letter are made once.
template <size_t... i>
Bytes match_all(const Window& window, std::index_sequence<i...>) {
  return (window.match(kTriples[i]) | ...);
}

// First position of a step with a match, or kStep.
size_t first_set(const Bytes& mask) {
  std::array<uint64_t, 2> halves{};
  std::memcpy(halves.data(), &mask, sizeof halves);
  if ((halves[0] | halves[1]) == 0) return kStep;
  std::array<uint8_t, kStep> bytes{};
  std::memcpy(bytes.data(), &mask, kStep);
  size_t i = 0;
  while (bytes[i] == 0) ++i;
  return i;
}

}  // namespace

TriggerScan::TriggerScan(const std::vector<std::string>& extra_words) {
  for (const std::string& word : extra_words) {
    if (word.size() < 3) continue;
    Triple triple{};
    for (size_t i = 0; i < 3; ++i) triple[i] = static_cast<char>(word[i] | 0x20);
    extra_.push_back(triple);
  }
}

size_t TriggerScan::next(std::string_view text, size_t from) const {
  const auto step = [&](const char* at) {
    const Window window(at);
    Bytes mask =
        match_all(window, std::make_index_sequence<kTriples.size()>()) | window.four_digits();
    for (const Triple& triple : extra_) mask |= window.match(triple);
    return first_set(mask);
  };
  size_t at = from;
  for (; at + kStep + kReach <= text.size(); at += kStep) {
    const size_t found = step(text.data() + at);
    if (found < kStep) return at + found;
  }
  // The rest is shorter than a step reaches: looked at in a copy with zeros behind it.
  while (at + 3 <= text.size()) {
    std::array<char, kStep + kReach> rest{};
    const size_t size = text.size() - at < rest.size() ? text.size() - at : rest.size();
    std::memcpy(rest.data(), text.data() + at, size);
    const size_t found = step(rest.data());
    if (found < kStep) return at + found;
    at += kStep;
  }
  return std::string_view::npos;
}

}  // namespace tripod::pipeline::scrub
