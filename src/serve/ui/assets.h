// The web UI's files, embedded in the program: made from ui/dist by cmake/embed_assets.py while building.
#pragma once

#include <span>
#include <string_view>

namespace tripod::serve {

// Everything lives as long as the program.
struct Asset {
  std::string_view path;          // "/index.html", "/assets/index-DiwrgTda.js"
  std::string_view content_type;
  std::string_view etag;          // weak, with quotes: the same for both encodings
  bool immutable = false;         // the name holds a hash of the content
  bool gzipped = false;           // `bytes` are the gzip encoding (RFC 1952) of the file
  std::string_view bytes;
};

// Sorted by path.
std::span<const Asset> assets();
// Null where there is no such file.
const Asset* find_asset(std::string_view path);

}  // namespace tripod::serve
