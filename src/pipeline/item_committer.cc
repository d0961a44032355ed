#include "pipeline/item_committer.h"

#include <utility>

namespace tripod::pipeline {

namespace {

constexpr size_t kQueue = 1024;

}  // namespace

ItemCommitter::ItemCommitter(Keep keep) : keep_(std::move(keep)), queue_(kQueue), thread_([this] { run(); }) {}

ItemCommitter::~ItemCommitter() {
  queue_.close();
  thread_.join();
}

void ItemCommitter::submit(const model::Items& items, Done done) {
  Entry entry{&items, std::move(done)};
  if (!queue_.try_push(std::move(entry))) entry.done(base::fail(base::Code::kResourceExhausted, "too many items are waiting to be stored"));
}

void ItemCommitter::run() {
  while (true) {
    std::vector<Entry> entries = queue_.pop_many(kQueue);
    if (entries.empty()) return;
    for (Entry& entry : entries) entry.done(keep_(*entry.items));
  }
}

}  // namespace tripod::pipeline
