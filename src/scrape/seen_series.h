// Which series of a target came with its last scrapes: what is new, and what is gone.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/batch.h"

namespace tripod::scrape {

// A scrape is see() for each series, then end_scrape(). A target tells its series in the same order every time: each is compared with the
// one that followed the last time, and looked for only where it is another. Not thread-safe.
class SeenSeries {
 public:
  // Labels as bytes; labels_of() gives them back. Valid during the call.
  using Gone = std::function<void(std::string_view key)>;

  // Whether the last scrape that succeeded did not have it. Untracked, it will not have been in this one.
  bool see(std::span<const model::Label> labels, bool tracked);
  // Series that were written before and did not come are told to `gone`; all that were written, where the scrape failed. Those of a scrape
  // that failed are forgotten, those of the one before it are not new when they come again.
  void end_scrape(bool succeeded, const Gone& gone);
  // Forgets all, and tells what was written.
  void clear(const Gone& gone);
  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    uint32_t begin = 0;  // in keys_
    uint32_t size = 0;
    bool came : 1 = false;   // with this scrape
    bool live : 1 = false;   // written by the last scrape
    bool known : 1 = false;  // of the last scrape that succeeded
  };
  static constexpr uint32_t kNone = UINT32_MAX;

  std::string_view key(const Entry& entry) const { return std::string_view(keys_).substr(entry.begin, entry.size); }
  uint32_t find();  // of wanted_
  void add(bool tracked);
  void drop_unknown();

  std::vector<Entry> entries_;
  std::string keys_;
  size_t next_ = 0;     // the entry that is expected
  std::string wanted_;  // while one is looked for
  // By hash, of hashes that are taken the next free one; while it is needed.
  boost::unordered_flat_map<uint64_t, uint32_t> index_;
};

// What see() made of labels, in the arena.
std::span<model::Label> labels_of(std::string_view key, base::Arena& arena);

}  // namespace tripod::scrape
