#include <map>

#include "query/logql/testing/script.h"
#include "store/events/testing/naive_store.h"

namespace tripod::query::logql::testing {
namespace {

using namespace store;

class NaiveEventStore final : public EventStore, public ScriptStore {
 public:
  void add(const store::testing::TestBatch& batch) override {
    naive_.add(batch, next_);
    next_ += batch.events.size();
  }
  EventStore& store() override { return *this; }

  void append(const EventBatch&, Done done) override { done(base::fail(base::Code::kUnsupported, "filled by add()")); }
  base::Result<ScanResult> scan(const ScanPlan& plan) override {
    ScanPlan more = plan;
    ++more.limit;
    ScanResult out;
    out.rows = naive_.scan(more);
    out.stats.scanned_rows = naive_.rows().size();
    out.has_more = out.rows.size() > plan.limit;
    if (out.has_more) out.rows.pop_back();
    return out;
  }
  base::Result<AggregateResult> aggregate(const AggregatePlan& plan) override {
    AggregateResult out;
    out.groups = naive_.aggregate(plan);
    out.stats.scanned_rows = naive_.rows().size();
    if (out.groups.size() > plan.max_groups) return base::fail(base::Code::kResourceExhausted, "too many groups");
    return out;
  }
  base::Result<std::vector<FieldInfo>> fields(Dataset, TimeRange range) override {
    static constexpr const char* kTypes[] = {"", "string", "int64", "float64", "bool", "json"};
    std::map<std::string, FieldInfo> all;
    for (const auto& row : naive_.rows()) {
      if (!range.contains(row.time)) continue;
      for (const auto& [name, value] : row.fields) {
        FieldInfo& field = all[name];
        field.name = name;
        const std::string type = kTypes[value.index()];
        field.type = field.rows == 0 || field.type == type ? type : "mixed";
        ++field.rows;
      }
    }
    std::vector<FieldInfo> out;
    for (auto& [name, field] : all) out.push_back(std::move(field));
    return out;
  }
  DatasetStats stats(Dataset) override { return {}; }
  uint64_t durable_sequence(Dataset) override { return next_ - 1; }
  std::unique_ptr<Watch> watch(Dataset, std::function<void()>) override { return nullptr; }
  base::Result<Removal> remove(const RemovePlan&) override {
    return base::fail(base::Code::kUnsupported, "scripts only add");
  }
  std::vector<Removal> removals(Dataset) override { return {}; }
  void set_retention(Dataset, Retention) override {}
  base::Result<uint64_t> drop_oldest(Dataset) override { return 0; }
  base::Result<> flush() override { return {}; }

 private:
  store::testing::NaiveStore naive_;
  uint64_t next_ = 1;
};

}  // namespace

std::unique_ptr<ScriptStore> naive_script_store() { return std::make_unique<NaiveEventStore>(); }

}  // namespace tripod::query::logql::testing
