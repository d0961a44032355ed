#include "base/glob.h"

#include <algorithm>
#include <span>

namespace tripod::base {


namespace {

constexpr size_t kMostFolders = 32;  // that "**" goes down

bool has_wildcard(std::string_view part) { return part.find_first_of("*?[\\") != part.npos; }

// Length of the set at the start of `pattern` ("[...]"), 0 where it does not end.
size_t set_length(std::string_view pattern) {
  size_t i = 1;
  if (i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^')) ++i;
  const size_t end = pattern.find(']', i + 1);  // one right at the start is a member
  return end == pattern.npos ? 0 : end + 1;
}

bool in_set(std::string_view set, char c) {
  std::string_view members = set.substr(1, set.size() - 2);
  const bool negated = members.starts_with('!') || members.starts_with('^');
  if (negated) members.remove_prefix(1);
  bool found = false;
  for (size_t i = 0; i < members.size(); ++i) {
    if (i + 2 < members.size() && members[i + 1] == '-') {
      found = found || (c >= members[i] && c <= members[i + 2]);
      i += 2;
    } else {
      found = found || c == members[i];
    }
  }
  return found != negated;
}

// Length of the single thing that `c` matches at the start of `pattern`, 0 when it does not.
// `pattern` is not empty and no star.
size_t matches_one(std::string_view pattern, char c) {
  if (pattern.front() == '?') return 1;
  if (pattern.front() == '\\' && pattern.size() > 1) return pattern[1] == c ? 2 : 0;
  if (pattern.front() == '[') {
    if (const size_t length = set_length(pattern); length > 0)
      return in_set(pattern.substr(0, length), c) ? length : 0;
  }
  return pattern.front() == c ? 1 : 0;
}

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> out;
  while (!path.empty()) {
    const size_t slash = std::min(path.find('/'), path.size());
    if (slash > 0) out.emplace_back(path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return out;
}

bool matches_parts(std::span<const std::string> pattern, std::span<const std::string> path) {
  if (pattern.empty()) return path.empty();
  if (pattern.front() == "**") {
    for (size_t skipped = 0; skipped <= path.size(); ++skipped) {
      if (matches_parts(pattern.subspan(1), path.subspan(skipped))) return true;
    }
    return false;
  }
  return !path.empty() && matches_name(pattern.front(), path.front()) &&
         matches_parts(pattern.subspan(1), path.subspan(1));
}

// One walk over the folders that a pattern names.
class Expansion {
 public:
  Expansion(Fs& fs, std::span<const std::string> parts, size_t most, std::vector<std::string>& out)
      : fs_(fs), parts_(parts), most_(most), out_(out) {}

  // What matches the parts from `part` on inside `folder`, which ends with a slash, or is empty for
  // the current one.
  void run(const std::string& folder, size_t part) {
    if (out_.size() >= most_) return;
    const std::string& pattern = parts_[part];
    if (pattern == "**") return run_any_depth(folder, part);
    if (!has_wildcard(pattern)) return take(folder, pattern, part);
    const auto names = fs_.list(folder.empty() ? "." : folder);
    if (!names) return;
    for (const std::string& name : *names) {
      if (name.starts_with('.') && !pattern.starts_with('.')) continue;
      if (matches_name(pattern, name)) take(folder, name, part);
    }
  }

 private:
  bool is_last(size_t part) const { return part + 1 == parts_.size(); }

  void take(const std::string& folder, const std::string& name, size_t part) {
    const auto status = fs_.status(folder + name);
    if (!status) return;
    if (!is_last(part)) {
      if (status->kind == FileKind::kFolder) run(folder + name + "/", part + 1);
    } else if (status->kind == FileKind::kFile && out_.size() < most_) {
      out_.push_back(folder + name);
    }
  }

  // "**": the parts behind it match in this folder, or in any below.
  void run_any_depth(const std::string& folder, size_t part) {
    const auto names = fs_.list(folder.empty() ? "." : folder);
    if (!names) return;
    if (!is_last(part)) run(folder, part + 1);
    for (const std::string& name : *names) {
      if (name.starts_with('.')) continue;
      const auto status = fs_.status(folder + name);
      if (!status) continue;
      if (status->kind == FileKind::kFolder)
        go_down(folder + name + "/", *status, part);
      else if (is_last(part))
        take(folder, name, part);
    }
  }

  // Links can lead back to a folder one is in.
  void go_down(const std::string& folder, const FileStatus& status, size_t part) {
    const std::pair key(status.device, status.inode);
    const bool is_circle = status.inode != 0 && std::ranges::find(above_, key) != above_.end();
    if (is_circle || above_.size() >= kMostFolders) return;
    above_.push_back(key);
    run(folder, part);
    above_.pop_back();
  }

  Fs& fs_;
  const std::span<const std::string> parts_;
  const size_t most_;
  std::vector<std::string>& out_;
  std::vector<std::pair<uint64_t, uint64_t>>
      above_;  // device and inode of the folders "**" went into
};

}  // namespace

bool matches_name(std::string_view pattern, std::string_view name) {
  // On a mismatch the last star takes one character more.
  size_t p = 0;
  size_t star = std::string_view::npos;
  size_t star_at = 0;
  for (size_t n = 0; n < name.size();) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_at = n;
      continue;
    }
    const size_t length = p < pattern.size() ? matches_one(pattern.substr(p), name[n]) : 0;
    if (length > 0) {
      p += length;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++star_at;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == pattern.npos;
}

Result<Glob> Glob::parse(std::string pattern) {
  Glob out;
  out.parts_ = parts_of(pattern);
  if (out.parts_.empty()) return fail(Code::kInvalidArgument, "a path is empty");
  size_t any_folders = 0;
  for (const std::string& part : out.parts_) {
    for (size_t i = 0; i < part.size();) {
      const size_t set = part[i] == '[' ? set_length(std::string_view(part).substr(i)) : 1;
      if (set == 0) return fail(Code::kInvalidArgument, "\"" + pattern + "\" has a [ without ]");
      i += part[i] == '\\' ? 2 : set;
    }
    any_folders += part == "**" ? 1 : 0;
  }
  if (any_folders > 2)
    return fail(Code::kInvalidArgument, "\"" + pattern + "\" has more than two **");
  out.absolute_ = pattern.starts_with('/');
  out.text_ = std::move(pattern);
  return out;
}

void Glob::expand(Fs& fs, size_t most, std::vector<std::string>& out) const {
  Expansion(fs, parts_, most, out).run(absolute_ ? "/" : "", 0);
}

bool Glob::matches(std::string_view path) const {
  const std::vector<std::string> parts = parts_of(path);
  if (parts.empty()) return false;
  if (parts_.size() == 1 && !absolute_)
    return parts_.front() == "**" || matches_name(parts_.front(), parts.back());
  return matches_parts(parts_, parts);
}

}  // namespace tripod::base
