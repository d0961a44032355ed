// Kept traces on their way into the store, each span once.
#include <algorithm>
#include <deque>
#include <future>

#include <fmt/format.h>

#include "sampling/sampler.h"

namespace tripod::sampling {

using base::Result;

namespace {

constexpr size_t kRowsAtOnce = 16'384;

bool is_in_memory(std::span<const RowRun> runs) {
  return std::ranges::all_of(runs, [](const RowRun& run) { return run.batch->rows != nullptr; });
}

}  // namespace

Result<> Sampler::append_and_wait(const KeptRows& rows) {
  if (rows.size() == 0) return {};
  std::promise<Result<>> stored;
  context_.events.append(rows.batch(), [&stored](Result<store::AppendSummary> result) {
    stored.set_value(result ? Result<>() : base::fail(std::move(result.error())));
  });
  return stored.get_future().get();
}

Result<> Sampler::write_kept() {
  if (auto ok = write_from_memory(); !ok) return ok;
  return write_from_window();
}

// A batch is stored whole or not at all, so that after a crash the spans that are there tell what is missing.
Result<> Sampler::write_from_memory() {
  size_t done = 0;
  while (done < kept_.size()) {
    KeptRows rows;
    size_t next = done;
    for (; next < kept_.size() && rows.size() < kRowsAtOnce; ++next) {
      const Kept& one = kept_[next];
      if (!is_in_memory(one.runs)) continue;
      for (const RowRun& run : one.runs) {
        for (uint32_t i = 0; i < run.count; ++i) rows.add(*run.batch->rows, run.first + i, one.decision);
      }
    }
    if (auto stored = append_and_wait(rows); !stored) {
      kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(done));
      return stored;
    }
    count("kept", rows.size());
    for (; done < next; ++done) {
      Kept& one = kept_[done];
      if (is_in_memory(one.runs)) {
        --waiting_;
        continue;
      }
      uint64_t last = 0;
      for (const RowRun& run : one.runs) last = std::max(last, run.last_sequence());
      std::lock_guard lock(waiting_mu_);
      wanted_.push_back({one.id, one.decision, last, one.range});
    }
  }
  kept_.clear();
  return {};
}

Result<> Sampler::write_from_window() {
  for (;;) {
    std::vector<WantedTrace> traces;
    {
      std::lock_guard lock(waiting_mu_);
      // From the front, each trace once: what else is wanted of it comes with a later turn, and finds what this one wrote.
      std::set<model::TraceId> taken;
      for (const WantedTrace& one : wanted_) {
        if (traces.size() == kTracesPerScan || !taken.insert(one.id).second) break;
        traces.push_back(one);
      }
    }
    if (traces.empty()) return {};
    if (stopping_) return base::fail(base::Code::kCancelled, "stopped");  // the next start finds them again
    std::deque<store::EventRow> held;
    KeptRows rows;
    Result<> stored;
    const auto take = [&](const store::EventRow& row, const WantedTrace& trace) { rows.add(held.emplace_back(row), trace.decision); };
    if (auto read = read_missing(context_.events, traces, take); !read) return read;
    if (stored = append_and_wait(rows); !stored) return stored;
    count("promoted", rows.size());
    std::lock_guard lock(waiting_mu_);
    wanted_.erase(wanted_.begin(), wanted_.begin() + static_cast<std::ptrdiff_t>(traces.size()));
    waiting_ -= traces.size();
  }
}

// Everything up to the checkpoint is decided, and written where it is kept.
void Sampler::save_checkpoint() {
  {
    std::lock_guard lock(waiting_mu_);
    if (!recovered_ || !wanted_.empty()) return;
  }
  const uint64_t settled = stats().settled_sequence;
  if (settled <= saved_sequence_) return;
  if (auto saved = context_.fs.write_atomically(options_.checkpoint, fmt::format("tripod sampling checkpoint 1\n{}\n", settled)); !saved) {
    // The next start looks at more than it must.
    context_.log.warn("sampling_checkpoint_not_saved", {{"error", std::string_view(saved.error().message)}});
    return;
  }
  saved_sequence_ = settled;
}

}  // namespace tripod::sampling
