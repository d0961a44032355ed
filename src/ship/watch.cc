#include "ship/watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>

namespace tripod::ship {

namespace {

constexpr uint32_t kEvents = IN_MODIFY | IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE;
constexpr size_t kMostFolders = 4096;

}  // namespace

Watch::Watch() : descriptor_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

Watch::~Watch() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Watch::add(const std::vector<std::string>& folders) {
  if (descriptor_ < 0) return;
  for (const std::string& folder : folders) {
    if (folders_.contains(folder) || folders_.size() >= kMostFolders) continue;
    if (::inotify_add_watch(descriptor_, folder.c_str(), kEvents | IN_ONLYDIR) >= 0)
      folders_.insert(folder);
  }
}

void Watch::drain() {
  std::array<char, 16384> events;
  while (descriptor_ >= 0 && ::read(descriptor_, events.data(), events.size()) > 0) {
  }
}

}  // namespace tripod::ship
