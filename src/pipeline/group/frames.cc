#include "pipeline/group/frames.h"

#include <algorithm>
#include <array>

#include "base/utf8.h"

namespace tripod::pipeline::group {
namespace {

constexpr size_t kLongestContextLine = 120;

bool is_javascript(std::string_view platform) {
  return platform == "javascript" || platform == "node";
}

bool trusts_context_line(std::string_view platform) {
  return is_javascript(platform) || platform == "python" || platform == "php" || platform == "ruby";
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// "…/name/…" or "name/…", whichever slash.
bool has_folder(std::string_view path, std::string_view name) {
  for (size_t at = path.find(name); at != std::string_view::npos; at = path.find(name, at + 1)) {
    const bool starts = at == 0 || path[at - 1] == '/' || path[at - 1] == '\\';
    const size_t end = at + name.size();
    if (starts && end < path.size() && (path[end] == '/' || path[end] == '\\')) return true;
  }
  return false;
}

bool is_library_path(std::string_view path) {
  if (path.empty()) return false;
  for (const std::string_view folder :
       {"site-packages", "dist-packages", "node_modules", "vendor"}) {
    if (has_folder(path, folder)) return true;
  }
  for (const std::string_view start : {"/usr/lib/", "/usr/local/lib/", "node:", "<frozen "}) {
    if (path.starts_with(start)) return true;
  }
  return false;
}

bool is_url(std::string_view path) {
  for (const std::string_view start : {"http:", "https:", "applewebdata:", "blob:"}) {
    if (path.starts_with(start)) return true;
  }
  return false;
}

// SDKs of browsers send the URL as file name only.
std::string_view full_path(const model::Frame& frame) {
  return frame.abs_path.empty() ? frame.filename : frame.abs_path;
}

std::string_view after_last(std::string_view text, std::string_view separators) {
  const size_t at = text.find_last_of(separators);
  return at == std::string_view::npos ? text : text.substr(at + 1);
}

bool append_file_name(const model::Frame& frame, std::string& out) {
  std::string name(after_last(frame.filename, "/\\"));
  std::transform(name.begin(), name.end(), name.begin(), lower);
  if (name.empty() || name == "<anonymous>" || name == "[native code]" || is_url(full_path(frame)))
    return false;
  out.append(name);
  return true;
}

bool append_place(const model::Frame& frame, std::string_view platform, std::string& out) {
  const bool path_as_module = platform == "javascript" && !frame.module.empty() &&
                              frame.module.find('/') != std::string_view::npos &&
                              frame.abs_path.ends_with(frame.module);
  if (!frame.module.empty() && !path_as_module) {
    out.append(frame.module);
    return true;
  }
  return append_file_name(frame, out);
}

// The name without what a runtime adds to it; empty where it says nothing.
std::string_view telling_function(std::string_view function, std::string_view platform) {
  if (is_javascript(platform)) {
    function = after_last(function, ".");
    for (const std::string_view none :
         {"?", "<anonymous function>", "<anonymous>", "Anonymous function"}) {
      if (function == none) return {};
    }
    return function.ends_with("/<") ? std::string_view() : function;
  }
  if (platform == "ruby" && function.starts_with("block ")) return "block";
  if (platform == "php" && function.starts_with("class@anonymous")) {
    const size_t at = function.rfind("::");
    return at == std::string_view::npos ? std::string_view() : function.substr(at + 2);
  }
  if (platform == "php" && function.starts_with("[Anonymous")) return {};
  if (platform == "java" && function.starts_with("lambda$")) return {};
  if (function == "<redacted>" || function == "<unknown>") return {};
  return function;
}

bool append_context_line(const model::Frame& frame, std::string_view platform, std::string& out) {
  if (!trusts_context_line(platform) || base::utf8_length(frame.context_line) > kLongestContextLine)
    return false;
  if (is_javascript(platform) && frame.function.empty() && is_url(full_path(frame))) return false;
  bool any = false;
  bool space = false;
  for (const char c : frame.context_line) {
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      space = any;
      continue;
    }
    if (space) out.push_back(' ');
    space = false;
    any = true;
    out.push_back(c);
  }
  return any;
}

bool is_worthless(const model::Frame& frame, std::string_view platform) {
  if (!is_javascript(platform)) return false;
  if (after_last(frame.function, ".") == "eval") return true;
  for (const std::string_view path : {"[native code]", "native code", "eval code", "<anonymous>"}) {
    if (full_path(frame) == path) return true;
  }
  return false;
}

bool is_recursion(const model::Frame& a, const model::Frame& b) {
  return a.abs_path == b.abs_path && a.module == b.module && a.filename == b.filename &&
         a.function == b.function && a.line == b.line;
}

}  // namespace

bool is_in_app(const model::Frame& frame) {
  if (frame.in_app == 0) return false;
  return !is_library_path(frame.abs_path) && !is_library_path(frame.filename);
}

std::string stacktrace_text(std::span<const model::Frame> frames, std::string_view platform,
                            Variant variant) {
  std::string out;
  if (frames.size() == 1 && is_javascript(platform) && frames[0].function.empty() &&
      is_url(full_path(frames[0]))) {
    return out;  // a page's inline script: would make one issue of everything on it
  }
  const model::Frame* previous = nullptr;
  for (const model::Frame& frame : frames) {
    const bool repeats = previous != nullptr && is_recursion(frame, *previous);
    previous = &frame;
    if (repeats || is_worthless(frame, platform)) continue;
    if (variant == Variant::kApp && !is_in_app(frame)) continue;
    append_place(frame, platform, out);
    out.append(telling_function(frame.function, platform));
    append_context_line(frame, platform, out);
  }
  return out;
}

const model::Frame* crash_frame(std::span<const model::Frame> frames) {
  for (size_t i = frames.size(); i > 0; --i) {
    if (is_in_app(frames[i - 1])) return &frames[i - 1];
  }
  return frames.empty() ? nullptr : &frames.back();
}

}  // namespace tripod::pipeline::group
