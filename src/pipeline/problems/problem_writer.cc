#include "pipeline/problems/problem_writer.h"

#include <algorithm>
#include <chrono>

namespace tripod::pipeline::problems {

ProblemWriter::ProblemWriter(ProblemFinder& finder, const base::Clock& clock, base::Logger& log, Submit submit)
    : finder_(finder), clock_(clock), log_(log), submit_(std::move(submit)) {}

ProblemWriter::~ProblemWriter() {
  if (thread_.joinable()) stop();
}

void ProblemWriter::start() {
  thread_ = std::thread([this] { run(); });
}

void ProblemWriter::stop() {
  {
    std::lock_guard lock(mu_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  write(true);
}

void ProblemWriter::write(bool is_last) {
  std::ranges::move(finder_.collect(is_last), std::back_inserter(pending_));
  const auto submitted = submit_pending();
  if (submitted) return;
  const size_t given_up = pending_.size() - std::min(pending_.size(), kMostPending);
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(given_up));
  log_.warn("performance_problems_not_stored", {{"error", std::string_view(submitted.error().message)},
                                                {"waiting", static_cast<int64_t>(pending_.size())},
                                                {"given_up", static_cast<int64_t>(given_up)}});
}

// One batch for each project.
base::Result<> ProblemWriter::submit_pending() {
  while (!pending_.empty()) {
    const uint64_t project = pending_.front().sender.project;
    const auto is_of_it = [&](const Occurrence& o) { return o.sender.project == project; };
    model::Batch batch;
    for (const Occurrence& o : pending_) {
      if (is_of_it(o)) add_event(o, clock_.now(), batch);
    }
    if (auto submitted = submit_(std::move(batch), project); !submitted) return submitted;
    std::erase_if(pending_, is_of_it);
  }
  return {};
}

void ProblemWriter::run() {
  std::unique_lock lock(mu_);
  while (!stopping_) {
    wake_.wait_for(lock, std::chrono::seconds(1), [this] { return stopping_; });
    if (stopping_) return;
    lock.unlock();
    write();
    lock.lock();
  }
}

}  // namespace tripod::pipeline::problems
