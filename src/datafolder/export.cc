#include "datafolder/export.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/json_writer.h"
#include "base/memory_budget.h"
#include "base/time_text.h"
#include "datafolder/folder.h"
#include "store/events/scan.h"
#include "store/events/stored_dataset.h"

namespace tripod::datafolder {

using base::fail;
using base::JsonWriter;
using base::Result;

namespace {

constexpr size_t kPageRows = 10'000;

struct WriteValue {
  JsonWriter& w;
  void operator()(std::monostate) const { w.null(); }
  void operator()(const std::string& text) const { w.string(text); }
  void operator()(int64_t value) const { w.int64(value); }
  void operator()(double value) const { w.float64(value); }
  void operator()(bool value) const { w.boolean(value); }
  void operator()(const store::JsonText& json) const { w.raw(json.text); }
};

void write_row(const store::EventRow& row, std::string& out) {
  JsonWriter w(out);
  w.begin_object().field("time", base::format_rfc3339(row.time)).key("time_ns").int64_string(row.time).key("fields").begin_object();
  for (const auto& [name, value] : row.fields) {
    w.key(name);
    std::visit(WriteValue{w}, value);
  }
  w.end_object().end_object();
  out += '\n';
}

}  // namespace

Result<ExportSummary> export_records(base::Fs& fs, const base::Clock& clock, const ExportRequest& request,
                                     const std::function<Result<>(std::string_view)>& write) {
  base::MemoryBudget budget(SIZE_MAX / 2);
  auto stored = store::read_dataset(fs, dataset_folder(request.data, request.dataset), request.dataset, budget);
  if (!stored) return fail(std::move(stored.error()));
  ExportSummary out;
  out.damage = std::move(stored->damage);
  store::ScanPlan plan{.dataset = request.dataset, .range = request.range, .filter = request.filter, .order = store::Order::kOldestFirst, .limit = kPageRows};
  for (;;) {
    auto page = store::run_scan(stored->snapshot, plan, {clock, budget});
    if (!page) return fail(std::move(page.error()));
    std::string lines;
    for (const store::EventRow& row : page->rows) write_row(row, lines);
    if (auto written = write(lines); !written) return fail(std::move(written.error()));
    out.records += page->rows.size();
    for (std::string& warning : page->stats.warnings) {
      if (std::ranges::find(out.damage, warning) == out.damage.end()) out.damage.push_back(std::move(warning));
    }
    if (!page->has_more || page->rows.empty()) return out;
    plan.has_after = true;
    plan.after = {page->rows.back().time, page->rows.back().sequence};
  }
}

}  // namespace tripod::datafolder
