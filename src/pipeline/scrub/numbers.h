// Card numbers and US social security numbers in running text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tripod::pipeline::scrub {

struct NumberMatch {
  size_t from = 0;
  size_t to = 0;
};

// `at` is the first of at least four digits. A payment card (13 to 19 digits, bare or in groups as
// printed on cards, prefix and length of an issuer, Luhn sum of ISO/IEC 7812-1) that starts there,
// or an SSN (AAA-GG-SSSS, valid by 20 CFR 422.103 as of 2011) that ends with those four.
std::optional<NumberMatch> find_secret_number(std::string_view text, size_t at);

// Whether an integer is a card number.
bool is_card_number(int64_t value);

}  // namespace tripod::pipeline::scrub
