// Which CloudWatch log groups and streams were created. Kept in the meta store, looked up in memory.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/meta/meta_store.h"

namespace tripod::serve {

// Thread-safe. What is created is on disk when the call returns. The store is read at the first call.
class LogGroups {
 public:
  struct Limits {
    size_t groups = 10'000;    // of all projects: more are refused
    size_t streams = 100'000;  // of all groups: those used longest ago are forgotten, and their senders create them again
  };
  struct Named {
    std::string name;
    base::UnixNanos created = 0;
  };
  struct Page {
    std::string prefix;
    std::string part;    // of the name
    std::string after;   // the last name of the page before; empty: from the start
    bool descending = false;
    size_t limit = 50;
  };

  LogGroups(store::MetaStore& meta, const base::Clock& clock) : LogGroups(meta, clock, Limits()) {}
  LogGroups(store::MetaStore& meta, const base::Clock& clock, Limits limits) : meta_(meta), clock_(clock), limits_(limits) {}

  // kAlreadyExists; kResourceExhausted over the limit.
  base::Result<> create_group(int64_t project, const std::string& group);
  // kNotFound: no such group; kAlreadyExists.
  base::Result<> create_stream(int64_t project, const std::string& group, const std::string& stream);
  // kNotFound says which of the two is missing.
  base::Result<> find_group(int64_t project, const std::string& group);
  base::Result<> use_stream(int64_t project, const std::string& group, const std::string& stream);

  // In the order of names; one more than the limit where there are more. kNotFound: no such group.
  base::Result<std::vector<Named>> groups(int64_t project, const Page& page);
  base::Result<std::vector<Named>> streams(int64_t project, const std::string& group, const Page& page);

 private:
  struct Stream {
    base::UnixNanos created = 0;
    base::UnixNanos used = 0;  // since the start of the process; else when it was created
  };
  struct Group {
    base::UnixNanos created = 0;
    std::map<std::string, Stream> streams;
  };
  using Key = std::pair<int64_t, std::string>;

  base::Result<> load();                       // mu_ is held
  base::Result<Group*> group_of(const Key& key);  // mu_ is held
  base::Result<> forget_oldest();              // mu_ is held

  store::MetaStore& meta_;
  const base::Clock& clock_;
  const Limits limits_;
  std::mutex mu_;
  // guarded by mu_
  bool loaded_ = false;
  std::map<Key, Group> groups_;
  size_t stream_count_ = 0;
};

}  // namespace tripod::serve
