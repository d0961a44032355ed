#include "cli/tables.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/utf8.h"

namespace tripod::cli {

namespace {

size_t width_of(std::string_view text) { return base::utf8_length(text); }

}  // namespace

std::vector<std::string> table_lines(std::span<const TableColumn> columns, std::span<const std::vector<std::string>> cells) {
  std::vector<size_t> widths;
  for (size_t i = 0; i < columns.size(); ++i) {
    widths.push_back(width_of(columns[i].name));
    for (const auto& line : cells) widths[i] = std::max(widths[i], width_of(line[i]));
  }
  std::vector<std::string> out;
  const auto add = [&](const auto& text_of) {
    std::string line;
    for (size_t i = 0; i < columns.size(); ++i) {
      const std::string text = text_of(i);
      const std::string blanks(widths[i] - width_of(text), ' ');
      line += columns[i].is_number ? blanks + text : text + blanks;
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out.push_back(std::move(line));
  };
  add([&](size_t i) { return columns[i].name; });
  for (const auto& line : cells) add([&](size_t i) { return line[i]; });
  return out;
}

std::string sparkline(std::span<const uint64_t> counts) {
  static constexpr std::array<std::string_view, 8> kBars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const uint64_t most = counts.empty() ? 0 : *std::ranges::max_element(counts);
  std::string out;
  for (const uint64_t count : counts) {
    if (count == 0) out += ' ';
    else out += kBars[static_cast<size_t>((static_cast<double>(count) / static_cast<double>(most)) * 7)];
  }
  return out;
}

}  // namespace tripod::cli
