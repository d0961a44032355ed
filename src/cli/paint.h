// Colours of a terminal (ECMA-48, 8.3.117 SGR); without them text stays as it is. Private to cli.
#pragma once

#include <string>
#include <string_view>

namespace tripod::cli {

class Paint {
 public:
  explicit Paint(bool has_colour) : has_colour_(has_colour) {}

  std::string strong(std::string_view text) const { return with("1", text); }
  std::string faint(std::string_view text) const { return with("2", text); }
  std::string bad(std::string_view text) const { return with("1;31", text); }
  std::string warning(std::string_view text) const { return with("33", text); }
  std::string good(std::string_view text) const { return with("32", text); }
  std::string place(std::string_view text) const { return with("36", text); }

 private:
  std::string with(std::string_view code, std::string_view text) const {
    if (!has_colour_ || text.empty()) return std::string(text);
    return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
  }

  bool has_colour_;
};

}  // namespace tripod::cli
