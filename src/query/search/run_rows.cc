#include "query/search/run_rows.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "query/search/cells.h"
#include "query/search/dedup.h"
#include "query/search/record_source.h"
#include "query/search/sort_records.h"

namespace tripod::query::search {

using base::Code;
using store::Dataset;

namespace {

// "time.sequence.dataset.delivered" of a page in the order of time; "skip.delivered" of sorted and deduplicated records.
struct Cursor {
  std::optional<RecordPosition> after;
  size_t delivered = 0;
};

constexpr std::string_view kSkip = "skip.";

std::string cursor_text(const RecordPosition& p, size_t delivered) {
  return std::to_string(p.time) + "." + std::to_string(p.sequence) + "." + std::to_string(static_cast<int>(p.dataset)) + "." +
         std::to_string(delivered);
}

template <class Number>
bool take_number(std::string_view& text, Number& out) {
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (ec != std::errc()) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  if (text.empty()) return true;
  if (text.front() != '.') return false;
  text.remove_prefix(1);
  return true;
}

base::Result<Cursor> parse_cursor(std::string_view text, bool by_time) {
  const auto odd = base::fail(Code::kInvalidArgument, "cursor: not one of this question's");
  Cursor out;
  if (text.empty()) return out;
  if (text.starts_with(kSkip) == by_time) return odd;
  if (!by_time) {
    text.remove_prefix(kSkip.size());
    return take_number(text, out.delivered) && text.empty() && out.delivered <= kMostLimit ? base::Result<Cursor>(out) : odd;
  }
  RecordPosition at;
  int dataset = 0;
  if (!take_number(text, at.time) || !take_number(text, at.sequence) || !take_number(text, dataset) ||
      !take_number(text, out.delivered) || !text.empty() || dataset < 0 || dataset > static_cast<int>(Dataset::kErrors)) {
    return odd;
  }
  at.dataset = static_cast<Dataset>(dataset);
  out.after = at;
  return out;
}

class Rows {
 public:
  Rows(store::EventStore& events, const Question& question, const RunOptions& options)
      : events_(events), question_(question), steps_(question.rows), options_(options) {
    if (steps_.limit) most_ = *steps_.limit;
    by_time_ = steps_.dedup.empty() && (steps_.sort.empty() || sorts_by_time());
    order_ = options.order;
    if (sorts_by_time()) order_ = steps_.sort.front().descending ? store::Order::kNewestFirst : store::Order::kOldestFirst;
  }

  base::Result<Answer> run() {
    auto cursor = parse_cursor(options_.cursor, by_time_);
    if (!cursor) return base::fail(std::move(cursor.error()));
    Answer out;
    page_ = cursor->delivered >= most_ ? 0 : std::min(options_.limit, most_ - cursor->delivered);
    if (page_ != 0) {
      auto filled = by_time_ ? page_by_time(*cursor, out) : page_by_rank(*cursor, out);
      if (!filled) return base::fail(std::move(filled.error()));
    }
    if (out.records.empty() && !out.cursor) {
      if (auto complete = check_complete(out.stats); !complete) return base::fail(std::move(complete.error()));
    }
    out.is_ranked = !steps_.sort.empty() && !sorts_by_time();
    choose_fields(out);
    return out;
  }

 private:
  bool sorts_by_time() const { return steps_.sort.size() == 1 && steps_.sort.front().is_time; }

  base::Result<> page_by_time(const Cursor& cursor, Answer& out) {
    RecordPlan plan{.range = options_.range, .order = order_, .limit = page_, .after = cursor.after, .project = projection(), .bounds = options_.bounds};
    auto page = scan_records(events_, question_.parts, plan);
    if (!page) return base::fail(std::move(page.error()));
    out.stats = std::move(page->stats);
    out.records = std::move(page->records);
    const size_t delivered = cursor.delivered + out.records.size();
    if (page->has_more && !out.records.empty() && delivered < most_) {
      out.cursor = cursor_text(position_of(out.records.back()), delivered);
    }
    return {};
  }

  // The first of each value, or sorted: the page is cut out of the whole from its start.
  base::Result<> page_by_rank(const Cursor& cursor, Answer& out) {
    const size_t wanted = std::min(cursor.delivered + page_, kMostLimit);
    auto ranked = rank(wanted);
    if (!ranked) return base::fail(std::move(ranked.error()));
    out.stats = std::move(ranked->stats);
    out.records = std::move(ranked->records);
    bool has_more = ranked->has_more || out.records.size() > wanted;
    if (out.records.size() > wanted) out.records.resize(wanted);
    const size_t delivered = out.records.size();
    out.records.erase(out.records.begin(), out.records.begin() + static_cast<ptrdiff_t>(std::min(cursor.delivered, delivered)));
    has_more = has_more && delivered < most_;
    if (!has_more) return {};
    if (delivered < kMostLimit) {
      out.cursor = std::string(kSkip) + std::to_string(delivered);
    } else {
      out.stats.warnings.push_back("the first " + std::to_string(kMostLimit) + " records are shown, there are more: narrow the question");
    }
    return {};
  }

  base::Result<RecordPage> rank(size_t wanted) {
    RecordPlan plan{.range = options_.range, .order = order_, .bounds = options_.bounds};
    if (steps_.dedup.empty()) return first_sorted(events_, question_.parts, plan, steps_.sort, wanted);
    plan.limit = steps_.sort.empty() || sorts_by_time() ? wanted : kMostLimit;
    auto page = first_of_each(events_, question_.parts, plan, steps_.dedup);
    if (!page || plan.limit == wanted) return page;
    if (page->has_more) {
      return base::fail(Code::kResourceExhausted, "dedup leaves more than " + std::to_string(kMostLimit) +
                                                      " records to sort: narrow the question, or sort by time");
    }
    sort_in_memory(page->records, steps_.sort, order_);
    return page;
  }

  std::map<Dataset, std::vector<std::string>> projection() const {
    std::map<Dataset, std::vector<std::string>> out;
    if (steps_.fields.empty()) return out;
    for (const Question::Part& part : question_.parts) {
      for (const FieldName& name : steps_.fields) {
        for (std::string& field : fields_behind(part.dataset, name)) out[part.dataset].push_back(std::move(field));
      }
    }
    return out;
  }

  // `| fields`: in its order and under its names.
  void choose_fields(Answer& out) const {
    if (steps_.fields.empty()) return;
    out.fields.emplace();
    for (const FieldName& name : steps_.fields) out.fields->push_back(name.name);
    for (Record& record : out.records) keep_fields(record.dataset, steps_.fields, record.row);
  }

  store::EventStore& events_;
  const Question& question_;
  const RowSteps& steps_;
  const RunOptions& options_;
  bool by_time_ = true;
  store::Order order_ = store::Order::kNewestFirst;
  size_t most_ = SIZE_MAX;  // of all pages together
  size_t page_ = 0;         // of this one
};

}  // namespace

void keep_fields(Dataset dataset, std::span<const FieldName> names, store::EventRow& row) {
  std::vector<std::pair<std::string, store::FieldValue>> chosen;
  for (const FieldName& name : names) {
    Cell value = first_of(row, fields_behind(dataset, name));
    if (!std::holds_alternative<std::monostate>(value)) chosen.emplace_back(name.name, std::move(value));
  }
  row.fields = std::move(chosen);
}

base::Result<Answer> run_rows(store::EventStore& events, const Question& question, const RunOptions& options) {
  return Rows(events, question, options).run();
}

}  // namespace tripod::query::search
