#include "query/patterns/miner.h"

#include <re2/re2.h>

#include <algorithm>

#include "base/utf8.h"

namespace tripod::query::patterns {

namespace {

// Of the words that are not holes on both sides, so many must be equal.
constexpr double kLeastSimilarity = 0.6;

// What two messages must have in common to be compared at all: the marks and where words stand, and the first word unless it has
// a hole.
std::string group_of(const Tokens& tokens) {
  std::string out;
  std::string_view first;
  for (const Token& token : tokens.list) {
    out += token.spaced ? ' ' : '_';
    out += token.is_word ? "w" : token.text;
    if (first.empty() && token.is_word) first = token.text;
  }
  if (tokens.cut) out += '~';
  out += '\0';
  if (first.find(kHole) == std::string_view::npos) out += first;
  return out;
}

double similarity(const Tokens& a, const Tokens& b) {
  size_t equal = 0, compared = 0;
  for (size_t i = 0; i < a.list.size(); ++i) {
    if (!a.list[i].is_word) continue;
    // What follows a key is a value: it may be any.
    if (i > 0 && a.list[i - 1].text == "=") continue;
    const std::string& left = a.list[i].text;
    const std::string& right = b.list[i].text;
    if (left == right && left == kHole) continue;
    ++compared;
    if (left == right) ++equal;
  }
  return compared == 0 ? 1 : static_cast<double>(equal) / static_cast<double>(compared);
}

void append_word_regex(std::string& out, std::string_view word, char before) {
  while (!word.empty()) {
    const size_t hole = word.find(kHole);
    out += RE2::QuoteMeta(word.substr(0, hole));
    if (hole == std::string_view::npos) return;
    // In quotes it may have blanks.
    if (before == '"' && hole == 0) out += "[^\"]*";
    else if (before == '\'' && hole == 0) out += "[^']*";
    else out += "\\S+";
    word.remove_prefix(hole + kHole.size());
  }
}

}  // namespace

std::optional<size_t> Miner::best_of(const Group& group, const Tokens& tokens) const {
  std::optional<size_t> best;
  double most = kLeastSimilarity;
  for (const size_t cluster : group) {
    const double alike = similarity(clusters_[cluster], tokens);
    if (alike < most || (best && alike == most)) continue;
    most = alike;
    best = cluster;
  }
  return best;
}

std::optional<size_t> Miner::find(std::string_view message) const {
  const Tokens tokens = tokenise(message);
  const auto group = groups_.find(group_of(tokens));
  return group == groups_.end() ? std::nullopt : best_of(group->second, tokens);
}

std::optional<size_t> Miner::add(std::string_view message) {
  Tokens tokens = tokenise(message);
  Group& group = groups_[group_of(tokens)];
  if (const auto best = best_of(group, tokens)) {
    Tokens& cluster = clusters_[*best];
    for (size_t i = 0; i < cluster.list.size(); ++i) {
      if (cluster.list[i].text != tokens.list[i].text) cluster.list[i].text = kHole;
    }
    return best;
  }
  if (clusters_.size() == kMostClusters) return std::nullopt;
  group.push_back(clusters_.size());
  clusters_.push_back(std::move(tokens));
  return clusters_.size() - 1;
}

std::string Miner::text(size_t cluster) const {
  std::string out;
  for (const Token& token : clusters_[cluster].list) {
    if (token.spaced) out += ' ';
    out += token.text;
  }
  return clusters_[cluster].cut ? out + " ..." : out;
}

std::string Miner::regex(size_t cluster) const {
  std::string out = "(?s)^\\s*";
  char before = ' ';
  for (const Token& token : clusters_[cluster].list) {
    if (token.spaced) {
      out += "\\s+";
      before = ' ';
    }
    append_word_regex(out, token.text, before);
    if (!token.text.empty()) before = token.text.back();
  }
  // RE2 reads UTF-8 only.
  return base::replace_invalid_utf8(out) + (clusters_[cluster].cut ? ".*$" : "\\s*$");
}

}  // namespace tripod::query::patterns
