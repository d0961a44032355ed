// The dashboards there are: those that come with the program, and those of a folder.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fs.h"
#include "dashboards/dashboard.h"

namespace tripod::dashboards {

// A file of dashboards/, embedded while building (cmake/embed_dashboards.py).
struct BuiltIn {
  std::string_view id;  // its name without ".yaml"
  std::string_view text;
};
std::span<const BuiltIn> built_in();

// Thread-safe: holds no state beside its arguments. `fs` outlives it.
class Library {
 public:
  // No folder where `folder` is empty.
  Library(base::Fs& fs, std::string folder) : fs_(fs), folder_(std::move(folder)) {}

  struct Entry {
    std::string id;
    std::string file;  // empty: it comes with the program
    std::string text;
    Dashboard dashboard;
  };
  // A file that is none, and why: "line 3, column 5: …".
  struct Trouble {
    std::string file;
    std::string message;
  };
  struct Listing {
    std::vector<Entry> entries;  // by title
    std::vector<Trouble> troubles;
  };
  // Reads the folder anew, so that a changed file shows at once: files named *.yaml, *.yml or *.json, 200 at most. A file
  // takes the place of what comes with the program under its name.
  Listing read() const;
  // The one that read() lists under `id`; no other file is read. kNotFound; kInvalidArgument with the file and what is
  // wrong with it, where it is refused and none comes with the program under its name.
  base::Result<Entry> find(std::string_view id) const;

 private:
  // The folder's dashboards by their names, sorted; the rest of too many is a trouble.
  std::vector<std::string> names(Listing& out) const;
  void read_file(const std::string& name, Listing& out) const;

  base::Fs& fs_;
  const std::string folder_;
};

}  // namespace tripod::dashboards
