// Hints that something changed in a folder (inotify(7)): looked at sooner than the next poll.
// Nothing depends on them.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace tripod::ship {

// Not thread-safe. Where the kernel gives no more watches there are no hints.
class Watch {
 public:
  Watch();
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Folders that are not watched yet are, as far as they exist.
  void add(const std::vector<std::string>& folders);
  // Readable when there is a hint; -1: none will come.
  int descriptor() const { return descriptor_; }
  // Takes the hints that are there.
  void drain();

 private:
  int descriptor_;
  std::set<std::string> folders_;
};

}  // namespace tripod::ship
