// Tables for a terminal. Private to cli.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tripod::cli {

struct TableColumn {
  std::string name;
  bool is_number = false;  // set to the right
};

// Lines with aligned columns, the header first; the last column is not padded. Widths count characters of UTF-8.
std::vector<std::string> table_lines(std::span<const TableColumn> columns, std::span<const std::vector<std::string>> cells);

// What there is room for; 0: as much as one likes.
struct ScreenSize {
  size_t rows = 0;
  size_t columns = 0;
};
// What draws `lines` over the last picture, without a flicker of an empty screen and without a scroll: what is wider or longer
// than the screen is cut, the last row then says how much is missing.
std::string screen_of(std::span<const std::string> lines, ScreenSize size);

// Counts as a line of bars, the greatest the highest: "▁▃█". 0 is a blank.
std::string sparkline(std::span<const uint64_t> counts);

}  // namespace tripod::cli
