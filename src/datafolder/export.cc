#include "datafolder/export.h"

#include <algorithm>
#include <optional>
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

// The dataset, page by page; read anew where the server has merged away what was to be read next.
class Pages {
 public:
  Pages(base::Fs& fs, const base::Clock& clock, const ExportRequest& request)
      : fs_(fs), clock_(clock), dir_(dataset_folder(request.data, request.dataset)),
        plan_{.dataset = request.dataset, .range = request.range, .filter = request.filter, .order = store::Order::kOldestFirst, .limit = request.page_rows} {}

  Result<> open() {
    stored_.reset();
    auto stored = store::read_dataset(fs_, dir_, plan_.dataset, budget_);
    if (!stored) return fail(std::move(stored.error()));
    stored_.emplace(std::move(*stored));
    return {};
  }
  const store::StoredDataset& stored() const { return *stored_; }

  Result<store::ScanResult> next() {
    for (int i = 0; i < kMostTries; ++i) {
      auto page = store::run_scan(stored_->snapshot, plan_, {clock_, budget_});
      if (!page) return page;
      if (page->stats.warnings.empty() || !store::has_moved_on(fs_, dir_, *stored_)) {
        if (!page->rows.empty()) {
          plan_.has_after = true;
          plan_.after = {page->rows.back().time, page->rows.back().sequence};
        }
        return page;
      }
      if (auto opened = open(); !opened) return fail(std::move(opened.error()));
    }
    return fail(base::Code::kUnavailable, dir_ + " changes faster than it can be read");
  }

 private:
  static constexpr int kMostTries = 20;

  base::Fs& fs_;
  const base::Clock& clock_;
  const std::string dir_;
  store::ScanPlan plan_;
  base::MemoryBudget budget_{SIZE_MAX / 2};
  std::optional<store::StoredDataset> stored_;
};

void add_new(std::vector<std::string>& to, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    if (std::ranges::find(to, line) == to.end()) to.push_back(line);
  }
}

}  // namespace

Result<ExportSummary> export_records(base::Fs& fs, const base::Clock& clock, const ExportRequest& request,
                                     const std::function<Result<>(std::string_view)>& write) {
  Pages pages(fs, clock, request);
  if (auto opened = pages.open(); !opened) return fail(std::move(opened.error()));
  ExportSummary out;
  for (;;) {
    auto page = pages.next();
    if (!page) return fail(std::move(page.error()));
    add_new(out.damage, pages.stored().damage);
    add_new(out.unhidden, pages.stored().unhidden);
    add_new(out.damage, page->stats.warnings);
    std::string lines;
    for (const store::EventRow& row : page->rows) write_row(row, lines);
    if (auto written = write(lines); !written) return fail(std::move(written.error()));
    out.records += page->rows.size();
    if (!page->has_more || page->rows.empty()) return out;
  }
}

}  // namespace tripod::datafolder
