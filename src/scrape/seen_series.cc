#include "scrape/seen_series.h"

#include <algorithm>

#include "base/hash.h"

namespace tripod::scrape {
namespace {

constexpr char kEnd = '\xff';  // is in no UTF-8 text

void write_key(std::span<const model::Label> labels, std::string& out) {
  out.clear();
  for (const model::Label& label : labels) {
    out += label.name;
    out += kEnd;
    out += label.value;
    out += kEnd;
  }
}

}  // namespace

std::span<model::Label> labels_of(std::string_view key, base::Arena& arena) {
  const auto count = static_cast<size_t>(std::ranges::count(key, kEnd)) / 2;
  auto out = arena.make_array<model::Label>(count);
  std::string_view rest = arena.copy(key);
  const auto next = [&] {
    const size_t end = rest.find(kEnd);
    const std::string_view text = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return text;
  };
  for (model::Label& label : out) {
    label.name = next();
    label.value = next();
  }
  return out;
}

uint32_t SeenSeries::find() {
  if (index_.empty()) {
    for (uint32_t i = 0; i < entries_.size(); ++i) {
      uint64_t hash = base::hash64(key(entries_[i]));
      while (!index_.try_emplace(hash, i).second) ++hash;
    }
  }
  for (uint64_t hash = base::hash64(wanted_);; ++hash) {
    const auto found = index_.find(hash);
    if (found == index_.end()) return kNone;
    if (key(entries_[found->second]) == wanted_) return found->second;
  }
}

void SeenSeries::add(bool tracked) {
  const auto at = static_cast<uint32_t>(entries_.size());
  uint64_t hash = base::hash64(wanted_);
  while (!index_.try_emplace(hash, at).second) ++hash;
  entries_.push_back({static_cast<uint32_t>(keys_.size()), static_cast<uint32_t>(wanted_.size())});
  entries_.back().came = tracked;
  keys_ += wanted_;
}

bool SeenSeries::see(std::span<const model::Label> labels, bool tracked) {
  write_key(labels, wanted_);
  uint32_t at = next_ < entries_.size() && key(entries_[next_]) == wanted_ ? static_cast<uint32_t>(next_) : find();
  if (at == kNone) {
    if (tracked) add(tracked);
    return true;
  }
  next_ = size_t{at} + 1;
  Entry& entry = entries_[at];
  if (tracked) entry.came = true;
  return !entry.known;
}

void SeenSeries::end_scrape(bool succeeded, const Gone& gone) {
  bool forgets = false;
  for (Entry& entry : entries_) {
    const bool comes = succeeded && entry.came;
    if (entry.live && !comes) gone(key(entry));
    entry.live = comes;
    if (succeeded) entry.known = comes;
    entry.came = false;
    forgets = forgets || !entry.known;
  }
  if (forgets) drop_unknown();
  index_ = {};
  next_ = 0;
}

void SeenSeries::clear(const Gone& gone) {
  end_scrape(false, gone);
  *this = SeenSeries();
}

void SeenSeries::drop_unknown() {
  std::string keys;
  std::erase_if(entries_, [](const Entry& entry) { return !entry.known; });
  for (Entry& entry : entries_) {
    const std::string_view text = key(entry);
    entry.begin = static_cast<uint32_t>(keys.size());
    keys += text;
  }
  keys.shrink_to_fit();
  keys_ = std::move(keys);
}

}  // namespace tripod::scrape
