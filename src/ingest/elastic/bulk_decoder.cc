#include "ingest/elastic/bulk_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/utf8.h"
#include "ingest/elastic/document_reader.h"
#include "ingest/rejection_tally.h"

namespace tripod::ingest::elastic {
namespace {

using pipeline::FlattenOutcome;

constexpr size_t kLongestIndex = 255;  // as Elasticsearch's
constexpr size_t kLongestId = 512;
constexpr std::string_view kBadArgument = "illegal_argument_exception";
constexpr std::string_view kBadDocument = "mapper_parsing_exception";

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const size_t start = line.find_first_not_of(kSpaces);
  if (start == line.npos) return {};
  return line.substr(start, line.find_last_not_of(kSpaces) - start + 1);
}

struct Line {
  std::string_view text;  // without surrounding blanks, valid UTF-8
  size_t number = 0;      // from 1
};

class Decoder {
 public:
  Decoder(const BulkOptions& options, model::Batch& batch, const DecodeLimits& limits)
      : options_(options),
        batch_(batch),
        rejections_(batch),
        limit_(limits.decoded_bytes),
        arena_before_(batch.arena.bytes_reserved()),
        documents_(batch, {.max_bytes = options.max_line_bytes, .max_depth = options.max_depth}) {}

  base::Result<Bulk> run(std::string_view body) {
    rest_ = body;
    while (auto line = next_action_line()) {
      read_action(*line);
      if (auto ok = within_limits(); !ok) return base::fail(std::move(ok.error()));
    }
    if (out_.items.empty()) {
      return base::fail(base::Code::kInvalidArgument, "there is no action in the body: no requests added");
    }
    rejections_.flush();
    return std::move(out_);
  }

  Bulk document(const ActionLine& action, std::string_view text) {
    begin_item(action);
    add_document(action, {.text = repaired(trimmed(text)), .number = 0});
    rejections_.flush();
    return std::move(out_);
  }

 private:
  std::optional<Line> next_line() {
    if (rest_.empty()) return std::nullopt;
    const size_t end = std::min(rest_.find('\n'), rest_.size());
    const std::string_view text = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return Line{.text = repaired(trimmed(text)), .number = ++number_};
  }

  std::optional<Line> next_action_line() {
    std::optional<Line> line = std::exchange(pushed_back_, std::nullopt);
    while (!line || line->text.empty()) {
      line = next_line();
      if (!line) return std::nullopt;
    }
    return line;
  }

  std::string_view repaired(std::string_view text) {
    return base::is_valid_utf8(text) ? text : batch_.arena.copy(base::replace_invalid_utf8(text));
  }

  void read_action(const Line& line) {
    // Most clients write the same action line again and again.
    if (!last_action_ || line.text != last_text_) {
      last_action_ = reader_.read(line.text, batch_.arena);
      last_text_ = line.text;
    }
    if (!last_action_) return refuse_malformed(line);
    const ActionLine action = *last_action_;
    begin_item(action);
    if (action.action == Action::kDelete) return refuse_action(line, action.action);
    const auto source = next_line();
    if (action.action == Action::kUpdate) return refuse_action(line, action.action);
    if (!source || source->text.empty()) {
      return refuse("missing_document", kBadArgument,
                    fmt::format("line {}: the action has no document behind it", line.number));
    }
    add_document(action, *source);
  }

  void refuse_malformed(const Line& line) {
    begin_item({.action = Action::kIndex});
    refuse("malformed_action", kBadArgument,
           fmt::format("line {}: malformed action, expected {{\"index\":{{...}}}} or {{\"create\":{{...}}}}", line.number));
    auto next = next_line();
    if (next && reader_.read(next->text, batch_.arena)) pushed_back_ = next;
  }

  void refuse_action(const Line& line, Action action) {
    refuse("unsupported_action", kBadArgument,
           fmt::format("line {}: {} is not taken: logs are added (index, create), never changed", line.number,
                       action_name(action)));
  }

  void add_document(const ActionLine& action, const Line& line) {
    const std::string_view index = action.index.empty() ? std::string_view(options_.index) : action.index;
    const std::string where = line.number == 0 ? "the document" : fmt::format("line {}", line.number);
    if (index.empty()) return refuse("missing_index", "action_request_validation_exception", where + ": index is missing");
    if (index.size() > kLongestIndex) {
      return refuse("invalid_index", "invalid_index_name_exception",
                    fmt::format("{}: the index name has {} bytes, at most {}", where, index.size(), kLongestIndex));
    }
    if (action.id.size() > kLongestId) {
      return refuse("invalid_id", kBadArgument,
                    fmt::format("{}: the _id has {} bytes, at most {}", where, action.id.size(), kLongestId));
    }
    if (line.text.size() > options_.max_line_bytes) return refuse_long(line, where);
    switch (documents_.add(line.text, batch_index(index), action.id)) {
      case FlattenOutcome::kObject:
        out_.items.back().log = static_cast<int32_t>(batch_.logs.size() - 1);
        return;
      case FlattenOutcome::kNotObject:
        return refuse("invalid_json", kBadDocument, where + ": failed to parse: not a JSON object");
      case FlattenOutcome::kTooDeep:
        return refuse("json_too_deep", kBadDocument,
                      fmt::format("{}: failed to parse: nested deeper than {} levels", where, options_.max_depth));
      case FlattenOutcome::kTooLong:
        return refuse_long(line, where);
    }
  }

  void refuse_long(const Line& line, const std::string& where) {
    refuse("line_too_long", kBadDocument,
           fmt::format("{}: the document has {} bytes, at most {}", where, line.text.size(), options_.max_line_bytes));
  }

  void begin_item(const ActionLine& action) {
    Item& item = out_.items.emplace_back();
    item.action = action.action;
    item.id = action.id.substr(0, kLongestId);
    const std::string_view index = action.index.empty() ? std::string_view(options_.index) : action.index;
    item.index = index_number(index.substr(0, kLongestIndex));
    texts_ += item.id.size();
  }

  uint32_t index_number(std::string_view index) {
    if (!out_.indices.empty() && out_.indices[last_index_] == index) return last_index_;
    const auto number = static_cast<uint32_t>(out_.indices.size());
    const auto [found, is_new] = index_numbers_.try_emplace(std::string(index), number);
    if (is_new) {
      out_.indices.emplace_back(index);
      texts_ += 2 * index.size();
    }
    last_index_ = found->second;
    return last_index_;
  }

  // The name as long-lived as the batch: the path's is the caller's.
  std::string_view batch_index(std::string_view index) {
    if (index.data() != options_.index.data()) return index;
    if (path_index_.empty()) path_index_ = batch_.arena.copy(index);
    return path_index_;
  }

  void refuse(std::string_view reason, std::string_view type, std::string detail) {
    rejections_.add(reason, [&] { return detail; });
    texts_ += detail.size();
    out_.items.back().fault = ItemFault{.type = type, .reason = reason, .detail = std::move(detail)};
  }

  base::Result<> within_limits() const {
    const size_t taken = out_.items.size() * sizeof(Item) + texts_ + batch_.logs.size() * sizeof(model::LogRecord) +
                         (batch_.arena.bytes_reserved() - arena_before_);
    if (taken > limit_) {
      return base::fail(base::Code::kTooLarge,
                        fmt::format("the documents take more than {} bytes once decoded (reached at line {}); "
                                    "send smaller batches",
                                    limit_, number_));
    }
    if (out_.items.size() > options_.max_items) {
      return base::fail(base::Code::kTooLarge, fmt::format("more than {} actions (reached at line {}); send smaller "
                                                           "batches",
                                                           options_.max_items, number_));
    }
    return {};
  }

  const BulkOptions& options_;
  model::Batch& batch_;
  RejectionTally rejections_;
  const size_t limit_;
  const size_t arena_before_;
  DocumentReader documents_;
  ActionReader reader_;
  std::string_view rest_;
  size_t number_ = 0;
  std::optional<Line> pushed_back_;       // read as a document's line, and is an action
  std::optional<ActionLine> last_action_;
  std::string_view last_text_;
  std::string_view path_index_;
  Bulk out_;
  uint32_t last_index_ = 0;
  std::unordered_map<std::string, uint32_t> index_numbers_;
  size_t texts_ = 0;  // bytes of texts in out_
};

}  // namespace

base::Result<Bulk> decode_bulk(std::shared_ptr<const std::string> body, const BulkOptions& options,
                               model::Batch& batch, const DecodeLimits& limits) {
  batch.bodies.push_back(std::move(body));
  return Decoder(options, batch, limits).run(*batch.bodies.back());
}

Bulk decode_document(std::shared_ptr<const std::string> body, const ActionLine& action, model::Batch& batch) {
  batch.bodies.push_back(std::move(body));
  const BulkOptions options;
  // Views of the action may be of the request's path, which the batch outlives.
  const ActionLine kept{.action = action.action,
                        .index = batch.arena.copy(action.index),
                        .id = batch.arena.copy(action.id)};
  return Decoder(options, batch, {}).document(kept, *batch.bodies.back());
}

}  // namespace tripod::ingest::elastic
