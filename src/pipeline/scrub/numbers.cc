#include "pipeline/scrub/numbers.h"

#include <array>
#include <charconv>

namespace tripod::pipeline::scrub {
namespace {

constexpr size_t kFewestDigits = 13;
constexpr size_t kMostDigits = 19;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alnum(char c) { return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'); }

struct Digits {
  std::array<char, kMostDigits + 1> text{};
  size_t count = 0;
  // Lengths of the groups, in order; one group when there are no separators.
  std::array<size_t, 6> groups{};
  size_t group_count = 1;
  size_t end = 0;
  bool too_long = false;
};

// Digits from `at`, with single blanks or dashes (one kind) between groups.
Digits collect(std::string_view text, size_t at) {
  Digits digits;
  char separator = '\0';
  size_t i = at;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (is_digit(c)) {
      if (digits.count == kMostDigits) {
        digits.too_long = true;
        break;
      }
      digits.text[digits.count++] = c;
      ++digits.groups[digits.group_count - 1];
      continue;
    }
    const bool separates = (c == ' ' || c == '-') && (separator == '\0' || separator == c) &&
                           i + 1 < text.size() && is_digit(text[i + 1]) &&
                           digits.group_count < digits.groups.size();
    if (!separates) break;
    separator = c;
    ++digits.group_count;
  }
  digits.end = i;
  return digits;
}

// As printed: 4-4-4-4 (and up to three more), 4-6-5, 4-6-4.
bool grouped_like_a_card(const Digits& d) {
  if (d.group_count == 1) return true;
  if (d.group_count == 3 && d.groups[0] == 4 && d.groups[1] == 6)
    return d.groups[2] == 5 || d.groups[2] == 4;
  if (d.group_count < 4 || d.group_count > 5) return false;
  for (size_t i = 0; i < 3; ++i) {
    if (d.groups[i] != 4) return false;
  }
  if (d.group_count == 4) return d.groups[3] == 4 || d.groups[3] == 1;
  return d.groups[3] == 4 && d.groups[4] <= 3;
}

bool passes_luhn(std::string_view digits) {
  unsigned sum = 0;
  bool twice = false;
  for (size_t i = digits.size(); i > 0; --i) {
    auto digit = static_cast<unsigned>(digits[i - 1] - '0');
    if (twice) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
    twice = !twice;
  }
  return sum % 10 == 0;
}

struct Issuer {
  unsigned from;  // first four digits
  unsigned to;
  size_t shortest;
  size_t longest;
};

// Visa cards of 13 and 19 digits are rare, ids of that length are not: taken only where they are
// grouped.
constexpr std::array<Issuer, 14> kIssuers = {{
    {2221, 2720, 16, 16},  // Mastercard
    {3000, 3059, 14, 14},  // Diners
    {3095, 3095, 14, 14},
    {3400, 3499, 15, 15},  // American Express
    {3528, 3589, 16, 16},  // JCB
    {3600, 3699, 14, 14},  // Diners
    {3700, 3799, 15, 15},  // American Express
    {3800, 3999, 14, 14},  // Diners
    {4000, 4999, 16, 16},  // Visa
    {5100, 5599, 16, 16},  // Mastercard
    {6011, 6011, 16, 16},  // Discover
    {6200, 6299, 16, 19},  // UnionPay
    {6440, 6599, 16, 16},  // Discover
    {6759, 6763, 16, 19},  // Maestro
}};

bool is_issued(const Digits& d) {
  unsigned prefix = 0;
  for (size_t i = 0; i < 4; ++i) prefix = prefix * 10 + static_cast<unsigned>(d.text[i] - '0');
  if (prefix >= 4000 && prefix <= 4999 && d.group_count > 1 && (d.count == 13 || d.count == 19))
    return true;
  for (const Issuer& issuer : kIssuers) {
    if (prefix >= issuer.from && prefix <= issuer.to)
      return d.count >= issuer.shortest && d.count <= issuer.longest;
  }
  return false;
}

// Whether any issuer's numbers begin with these four digits.
constexpr std::array<bool, 10'000> kIssued = [] {
  std::array<bool, 10'000> issued{};
  for (const Issuer& issuer : kIssuers) {
    for (unsigned prefix = issuer.from; prefix <= issuer.to; ++prefix) issued[prefix] = true;
  }
  return issued;
}();

bool may_be_issued(std::string_view text, size_t at) {
  if (text.size() - at < kFewestDigits) return false;
  unsigned prefix = 0;
  for (size_t i = at; i < at + 4; ++i) {
    if (!is_digit(text[i])) return true;  // a group of fewer: counted digit by digit
    prefix = prefix * 10 + static_cast<unsigned>(text[i] - '0');
  }
  return kIssued[prefix];
}

// Not within a longer word, a decimal number or an id with dashes.
bool stands_alone(std::string_view text, size_t from, size_t to) {
  if (from > 0) {
    const char before = text[from - 1];
    if (is_alnum(before)) return false;
    if ((before == '.' || before == '-') && from > 1 && is_alnum(text[from - 2])) return false;
  }
  if (to < text.size()) {
    const char after = text[to];
    if (is_alnum(after)) return false;
    if ((after == '.' || after == '-') && to + 1 < text.size() && is_alnum(text[to + 1]))
      return false;
  }
  return true;
}

std::optional<NumberMatch> find_card(std::string_view text, size_t at) {
  if (!may_be_issued(text, at)) return std::nullopt;
  const Digits digits = collect(text, at);
  if (digits.too_long || digits.count < kFewestDigits) return std::nullopt;
  if (!grouped_like_a_card(digits) || !is_issued(digits)) return std::nullopt;
  if (!stands_alone(text, at, digits.end)) return std::nullopt;
  if (!passes_luhn({digits.text.data(), digits.count})) return std::nullopt;
  return NumberMatch{at, digits.end};
}

std::optional<NumberMatch> find_ssn(std::string_view text, size_t serial) {
  if (serial < 7 || serial + 4 > text.size()) return std::nullopt;
  const size_t from = serial - 7;
  const std::string_view ssn = text.substr(from, 11);
  for (size_t i = 0; i < ssn.size(); ++i) {
    if (i == 3 || i == 6 ? ssn[i] != '-' : !is_digit(ssn[i])) return std::nullopt;
  }
  const std::string_view area = ssn.substr(0, 3);
  if (area == "000" || area == "666" || area[0] == '9' || ssn.substr(4, 2) == "00" ||
      ssn.substr(7) == "0000") {
    return std::nullopt;
  }
  if (!stands_alone(text, from, from + 11)) return std::nullopt;
  return NumberMatch{from, from + 11};
}

}  // namespace

std::optional<NumberMatch> find_secret_number(std::string_view text, size_t at) {
  if (auto ssn = find_ssn(text, at)) return ssn;
  return find_card(text, at);
}

bool is_card_number(int64_t value) {
  if (value < 10'000'000'000'000) return false;
  std::array<char, 20> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  const std::string_view text(buffer.data(), static_cast<size_t>(end - buffer.data()));
  return find_card(text, 0).has_value();
}

}  // namespace tripod::pipeline::scrub
