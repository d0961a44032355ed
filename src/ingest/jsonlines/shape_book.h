// The shapes of lines that were learned so far, by what senders say of their lines: other names make other records.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "ingest/jsonlines/decoder.h"
#include "pipeline/line/line_shapes.h"

namespace tripod::ingest::jsonlines {

// Thread-safe.
class ShapeBook {
 public:
  // Keep it as long as lines are decoded with it. Of the options used last, a few dozen are remembered.
  std::shared_ptr<pipeline::LineShapes> of(const Options& options);

 private:
  static constexpr size_t kMost = 32;
  struct Entry {
    std::string key;
    std::shared_ptr<pipeline::LineShapes> shapes;
  };
  std::mutex mu_;
  std::list<Entry> entries_;  // guarded by mu_; used last at the front
};

}  // namespace tripod::ingest::jsonlines
