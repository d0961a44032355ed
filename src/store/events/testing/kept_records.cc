#include "store/events/testing/kept_records.h"

#include <algorithm>
#include <utility>

namespace tripod::store::testing {
namespace {

constexpr char kBatch[] = "test.batch";

int64_t batch_of(const Fields& fields) {
  const auto mark = std::ranges::find(fields, kBatch, &Fields::value_type::first);
  return mark == fields.end() ? 0 : std::get<int64_t>(mark->second);
}
int64_t batch_of(const TestBatch& batch) { return batch_of(batch.events.front().fields); }

// How many records of each batch there are.
std::map<int64_t, size_t> count_batches(const ScanResult& found) {
  std::map<int64_t, size_t> out;
  for (const EventRow& row : found.rows) ++out[batch_of(row.fields)];
  return out;
}

uint64_t first_sequence_of(int64_t batch, const ScanResult& found) {
  uint64_t first = UINT64_MAX;
  for (const EventRow& row : found.rows) {
    if (batch_of(row.fields) == batch) first = std::min(first, row.sequence);
  }
  return first;
}

}  // namespace

void KeptRecords::prepare(RandomEvents& random, TestBatch& batch) {
  for (TestEvent& event : batch.events) event.fields.emplace_back(kBatch, next_batch_);
  ++next_batch_;
  if (acknowledged_.rows().empty() || random.one_in(2)) return;
  std::set<uint64_t> chosen;
  for (int i = 0; i < 3; ++i) {
    const uint64_t sequence = acknowledged_.rows()[random.below(acknowledged_.rows().size())].sequence;
    if (!replaced_.contains(sequence)) chosen.insert(sequence);
  }
  batch.supersedes.assign(chosen.begin(), chosen.end());
}

void KeptRecords::acknowledge(const TestBatch& batch, uint64_t first_sequence) {
  acknowledged_.add(batch, first_sequence);
  replaced_.insert(batch.supersedes.begin(), batch.supersedes.end());
}

std::string KeptRecords::wrong_row(const NaiveStore::Row& row, const BySequence& found, const std::map<int64_t, size_t>& batches) const {
  const auto there = found.find(row.sequence);
  const bool is_found = there != found.end();
  const bool is_replaced = replaced_.contains(row.sequence) || std::ranges::any_of(unanswered_, [&](const TestBatch& batch) {
    return batches.contains(batch_of(batch)) && std::ranges::binary_search(batch.supersedes, row.sequence);
  });
  if (is_found && is_replaced) return "found beside what replaced it: " + std::to_string(row.sequence);
  if (!is_found) return is_replaced ? "" : "lost: " + std::to_string(row.sequence);
  const EventRow& event = *there->second;
  const bool same = event.time == row.time && event.fields.size() == row.fields.size() &&
                    std::ranges::all_of(event.fields, [&](const auto& field) {
                      const auto kept = row.fields.find(field.first);
                      return kept != row.fields.end() && identical(field.second, kept->second);
                    });
  return same ? "" : "changed: " + describe(event);
}

std::string KeptRecords::wrong(const ScanResult& found) const {
  if (found.stats.incomplete) return found.stats.warnings.front();
  BySequence by_sequence;
  for (const EventRow& row : found.rows) {
    if (!by_sequence.emplace(row.sequence, &row).second) return "twice: " + describe(row);
  }
  const auto batches = count_batches(found);
  size_t unanswered = 0;
  for (const TestBatch& batch : unanswered_) {
    const auto count = batches.find(batch_of(batch));
    if (count == batches.end()) continue;
    if (count->second != batch.events.size()) return "half of a batch: " + std::to_string(count->first);
    unanswered += count->second;
  }
  size_t kept = 0;
  for (const NaiveStore::Row& row : acknowledged_.rows()) {
    if (std::string wrong = wrong_row(row, by_sequence, batches); !wrong.empty()) return wrong;
    kept += by_sequence.contains(row.sequence) ? 1 : 0;
  }
  if (found.rows.size() == kept + unanswered) return "";
  return std::to_string(found.rows.size()) + " records instead of " + std::to_string(kept) + " and " + std::to_string(unanswered);
}

std::string KeptRecords::wrong_after_start(const ScanResult& found) {
  std::string out = wrong(found);
  const auto batches = count_batches(found);
  for (const TestBatch& batch : std::exchange(unanswered_, {})) {
    const int64_t number = batch_of(batch);
    if (batches.contains(number)) acknowledge(batch, first_sequence_of(number, found));
  }
  return out;
}

}  // namespace tripod::store::testing
