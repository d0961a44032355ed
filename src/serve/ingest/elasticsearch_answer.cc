// Answers of _bulk and _doc: one item an action, in their order.
// https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/json_writer.h"
#include "base/random.h"
#include "base/time_text.h"
#include "serve/ingest/elasticsearch.h"

namespace tripod::serve {

namespace {

using base::JsonWriter;
using ingest::elastic::Bulk;
using ingest::elastic::Item;

constexpr int kCreated = 201;
constexpr int kRefused = 400;

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    if (end > 0) out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

// '*' stands for any characters of a name.
bool matches_name(std::string_view pattern, std::string_view name) {
  size_t p = 0, n = 0, star = std::string_view::npos, resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

// Whether the pattern takes in the path, something above it or something below it.
bool matches_path(std::span<const std::string> pattern, std::span<const std::string_view> path) {
  if (pattern.empty() || path.empty()) return true;
  if (pattern.front() == "**") return true;
  return matches_name(pattern.front(), path.front()) && matches_path(pattern.subspan(1), path.subspan(1));
}

// What became of each item, once the pipeline has said what it left out.
class Verdicts {
 public:
  explicit Verdicts(const std::vector<model::LeftOutLog>& left_out) {
    for (const model::LeftOutLog& log : left_out) {
      if (by_position_.size() <= log.position) by_position_.resize(log.position + 1, nullptr);
      by_position_[log.position] = &log;
    }
  }

  bool is_refused(const Item& item) const { return item.fault || left_out(item) != nullptr; }

  struct Fault {
    std::string_view type;
    std::string reason;
  };
  // Of a refused item.
  Fault fault_of(const Item& item) const {
    if (item.fault) return {item.fault->type, item.fault->detail};
    const model::LeftOutLog& log = *left_out(item);
    return {"mapper_parsing_exception",
            fmt::format("failed to parse field [@timestamp]: {}: {}", log.reason, base::format_rfc3339(log.time))};
  }

 private:
  const model::LeftOutLog* left_out(const Item& item) const {
    if (item.log < 0 || static_cast<size_t>(item.log) >= by_position_.size()) return nullptr;
    return by_position_[static_cast<size_t>(item.log)];
  }

  std::vector<const model::LeftOutLog*> by_position_;  // in Batch::logs; null: kept
};

void write_shards(JsonWriter& w) {
  w.key("_shards").begin_object().field("total", 1).field("successful", 1).field("failed", 0).end_object();
}

class Writer {
 public:
  Writer(const BulkAnswer& answer, const FilterPath& filter)
      : answer_(answer), filter_(filter), verdicts_(answer.left_out), w_(out_) {}

  // In this order: where Fluent Bit could not read all of an answer, it looks for `"errors":false,"items":[`.
  std::string write() {
    const auto& items = answer_.bulk.items;
    w_.begin_object();
    if (filter_.wants({"took"})) w_.field("took", answer_.took_ms);
    if (filter_.wants({"errors"})) {
      w_.field("errors", std::ranges::any_of(items, [&](const Item& i) { return verdicts_.is_refused(i); }));
    }
    write_items();
    w_.end_object();
    return std::move(out_);
  }

 private:
  void write_items() {
    bool is_open = false;
    for (size_t i = 0; i < answer_.bulk.items.size(); ++i) {
      const Item& item = answer_.bulk.items[i];
      const bool refused = verdicts_.is_refused(item);
      if (!has_anything(item, refused)) continue;
      if (!std::exchange(is_open, true)) w_.key("items").begin_array();
      w_.begin_object().key(action_name(item.action)).begin_object();
      write_item(item, i, refused);
      w_.end_object().end_object();
    }
    if (is_open) w_.end_array();
  }

  bool wants(const Item& item, std::string_view member) const {
    return filter_.wants({"items", action_name(item.action), member});
  }

  // An item nothing of which is wanted is not in the list.
  bool has_anything(const Item& item, bool refused) const {
    constexpr std::string_view kTaken[] = {"_index", "_id", "_version", "result", "_shards", "status"};
    constexpr std::string_view kRefusal[] = {"_index", "_id", "status", "error"};
    const auto wanted = [&](std::string_view member) { return wants(item, member); };
    return refused ? std::ranges::any_of(kRefusal, wanted) : std::ranges::any_of(kTaken, wanted);
  }

  void write_item(const Item& item, size_t number, bool refused) {
    if (wants(item, "_index")) w_.field("_index", answer_.bulk.indices[item.index]);
    if (wants(item, "_id")) w_.field("_id", answer_id(item, number));
    if (!refused && wants(item, "_version")) w_.field("_version", 1);
    if (!refused && wants(item, "result")) w_.field("result", "created");
    if (!refused && wants(item, "_shards")) write_shards(w_);
    if (wants(item, "status")) w_.field("status", refused ? kRefused : kCreated);
    if (!refused || !wants(item, "error")) return;
    const auto [type, reason] = verdicts_.fault_of(item);
    w_.key("error").begin_object().field("type", type).field("reason", reason).end_object();
  }

  // A document without an id gets one in the answer, as Elasticsearch's has; it is not stored.
  std::string answer_id(const Item& item, size_t number) const {
    return item.id.empty() ? fmt::format("{}{:08x}", prefix_, number) : item.id;
  }

  const BulkAnswer& answer_;
  const FilterPath& filter_;
  const Verdicts verdicts_;
  const std::string prefix_ = base::random_hex(6);
  std::string out_;
  JsonWriter w_;
};

}  // namespace

FilterPath::FilterPath(std::string_view list) {
  for (const std::string& pattern : split(list, ',')) {
    if (!pattern.starts_with('-')) patterns_.push_back(split(pattern, '.'));
  }
}

bool FilterPath::wants(std::initializer_list<std::string_view> path) const {
  if (patterns_.empty()) return true;
  return std::ranges::any_of(patterns_, [&](const auto& pattern) {
    return matches_path(pattern, std::span<const std::string_view>(path.begin(), path.size()));
  });
}

std::string bulk_json(const BulkAnswer& answer, const FilterPath& filter) { return Writer(answer, filter).write(); }

HttpResponse document_answer(const HttpRequest& request, const BulkAnswer& answer) {
  const Item& item = answer.bulk.items.front();
  const Verdicts verdicts(answer.left_out);
  if (verdicts.is_refused(item)) {
    const auto [type, reason] = verdicts.fault_of(item);
    return elastic_error(request, kRefused, type, reason);
  }
  std::string out;
  JsonWriter w(out);
  w.begin_object().field("_index", answer.bulk.indices[item.index]);
  w.field("_id", item.id.empty() ? base::random_hex(10) : item.id).field("_version", 1).field("result", "created");
  write_shards(w);
  w.end_object();
  return elastic_json(request, std::move(out), kCreated);
}

}  // namespace tripod::serve
