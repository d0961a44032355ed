#include "serve/api/json_rows.h"

#include "base/clock.h"

namespace tripod::serve {

using base::JsonWriter;

void write_value(JsonWriter& w, const store::FieldValue& value) {
  struct Visitor {
    JsonWriter& w;
    void operator()(std::monostate) const { w.null(); }
    void operator()(const std::string& v) const { w.string(v); }
    void operator()(int64_t v) const {
      // JavaScript keeps whole numbers only up to 2^53.
      constexpr int64_t kSafe = int64_t{1} << 53;
      if (v > kSafe || v < -kSafe) w.int64_string(v);
      else w.int64(v);
    }
    void operator()(double v) const { w.float64(v); }
    void operator()(bool v) const { w.boolean(v); }
    void operator()(const store::JsonText& v) const { w.raw(v.text); }
  };
  std::visit(Visitor{w}, value);
}

void write_row(JsonWriter& w, store::Dataset dataset, const store::EventRow& row) {
  w.begin_object().field("dataset", store::dataset_name(dataset)).key("time_ns").int64_string(row.time).key("seq").string(std::to_string(row.sequence));
  w.key("fields").begin_object();
  for (const auto& [key, value] : row.fields) {
    w.key(key);
    write_value(w, value);
  }
  w.end_object().end_object();
}

void write_stats(JsonWriter& w, const store::QueryStats& stats, int64_t took_nanos) {
  w.begin_object().field("scanned_rows", stats.scanned_rows).field("scanned_bytes", stats.scanned_bytes);
  w.field("took_ms", static_cast<double>(took_nanos) / base::kNanosPerMilli).end_object();
}

void write_warnings(JsonWriter& w, const store::QueryStats& stats) {
  w.begin_array();
  for (const std::string& warning : stats.warnings) w.string(warning);
  w.end_array();
}

}  // namespace tripod::serve
