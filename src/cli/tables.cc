#include "cli/tables.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/utf8.h"

namespace tripod::cli {

namespace {

// Cursor home; over the whole line it is in; over all below it.
constexpr std::string_view kHome = "\x1b[H";
constexpr std::string_view kClearLine = "\x1b[2K";
constexpr std::string_view kClearBelow = "\n\x1b[J";

size_t width_of(std::string_view text) { return base::utf8_length(text); }

// The first `width` characters; all for 0.
std::string_view cut(std::string_view text, size_t width) {
  if (width == 0) return text;
  size_t characters = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
    if (begins && characters++ == width) return text.substr(0, at);
  }
  return text;
}

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

std::string screen_of(std::span<const std::string> lines, ScreenSize size) {
  const bool is_long = size.rows > 0 && lines.size() > size.rows;
  const size_t shown = is_long ? size.rows - 1 : lines.size();
  std::string out(kHome);
  auto add = [&, first = true](std::string_view line) mutable {
    if (!first) out += '\n';
    first = false;
    // Before the text: behind a line as wide as the screen the cursor still stands on its last character.
    out.append(kClearLine).append(cut(line, size.columns));
  };
  for (const std::string& line : lines.first(shown)) add(line);
  if (is_long) add("… and " + std::to_string(lines.size() - shown) + " more lines");
  // Nothing is below a full screen, and a line break there would scroll it.
  if (size.rows == 0 || lines.size() < size.rows) out.append(kClearBelow);
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
