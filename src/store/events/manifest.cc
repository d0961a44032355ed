#include "store/events/manifest.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "base/hash.h"

namespace tripod::store {
namespace {

constexpr std::string_view kTitle = "tripod events manifest ";
constexpr uint32_t kVersion = 1;

// Cuts the next word (up to a space) or line off the front.
std::string_view cut(std::string_view& text, char end) {
  const size_t at = text.find(end);
  const std::string_view word = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return word;
}

template <class Number>
bool parse(std::string_view word, Number& out, int base = 10) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), out, base);
  return error == std::errc() && end == word.data() + word.size() && !word.empty();
}

// Names are made by us; anything that could leave the folder is not.
bool safe_name(std::string_view name) {
  return !name.empty() && name.front() != '/' && name.find("..") == std::string_view::npos;
}

bool read_part(std::string_view line, bool lost, Manifest& out) {
  ManifestPart part;
  part.lost = lost;
  part.name = cut(line, ' ');
  const bool numbers = parse(cut(line, ' '), part.min_time) && parse(cut(line, ' '), part.max_time);
  if (!numbers || !line.empty() || !safe_name(part.name)) return false;
  out.parts.push_back(std::move(part));
  return true;
}

bool read_line(std::string_view line, Manifest& out) {
  const std::string_view word = cut(line, ' ');
  if (word == "dataset") {
    for (size_t i = 0; i < kDatasetCount; ++i) {
      if (dataset_name(static_cast<Dataset>(i)) != line) continue;
      out.dataset = static_cast<Dataset>(i);
      return true;
    }
    return false;
  }
  if (word == "flushed_sequence") return parse(line, out.flushed_sequence);
  if (word == "next_part") return parse(line, out.next_part);
  if (word == "part") return read_part(line, false, out);
  return word == "lost" && read_part(line, true, out);
}

}  // namespace

std::string Manifest::encode() const {
  std::string out = fmt::format("{}{}\ndataset {}\nflushed_sequence {}\nnext_part {}\n", kTitle, kVersion,
                                dataset_name(dataset), flushed_sequence, next_part);
  for (const ManifestPart& part : parts) {
    out += fmt::format("{} {} {} {}\n", part.lost ? "lost" : "part", part.name, part.min_time, part.max_time);
  }
  out += fmt::format("checksum {:016x}\n", base::hash64(out));
  return out;
}

base::Result<Manifest> Manifest::decode(std::string_view text) {
  const auto bad = [](std::string_view what) {
    return base::fail(base::Code::kDataLoss, "manifest: " + std::string(what));
  };
  std::string_view lines = text;
  std::string_view title = cut(lines, '\n');
  uint32_t version = 0;
  if (!title.starts_with(kTitle) || !parse(title.substr(kTitle.size()), version)) return bad("not a manifest");
  if (version != kVersion) {
    return base::fail(base::Code::kUnsupported, fmt::format("manifest of version {}: this program reads version {}",
                                                            version, kVersion));
  }
  const size_t end = text.rfind("checksum ");
  uint64_t checksum = 0;
  if (end == std::string_view::npos || !text.ends_with('\n')) return bad("cut off");
  const std::string_view digits = text.substr(end + 9, text.size() - end - 10);
  if (!parse(digits, checksum, 16) || checksum != base::hash64(text.substr(0, end))) return bad("checksum");
  Manifest out;
  lines = text.substr(title.size() + 1, end - title.size() - 1);
  while (!lines.empty()) {
    if (!read_line(cut(lines, '\n'), out)) return bad("malformed line");
  }
  return out;
}

}  // namespace tripod::store
