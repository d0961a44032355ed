#include "ingest/jsonlines/shape_book.h"

#include <algorithm>

namespace tripod::ingest::jsonlines {
namespace {

std::string key_of(const Options& options) {
  std::string key = options.message_field + '\0' + options.time_field + '\0' + options.level_field;
  for (const std::string& field : options.stream_fields) key.append(1, '\0').append(field);
  return key;
}

}  // namespace

std::shared_ptr<pipeline::LineShapes> ShapeBook::of(const Options& options) {
  std::string key = key_of(options);
  std::lock_guard lock(mu_);
  const auto found = std::ranges::find(entries_, key, &Entry::key);
  if (found != entries_.end()) {
    entries_.splice(entries_.begin(), entries_, found);
    return entries_.front().shapes;
  }
  if (entries_.size() == kMost) entries_.pop_back();
  entries_.push_front({std::move(key), std::make_shared<pipeline::LineShapes>(
                                           pipeline::LineFieldNames{options.message_field, options.time_field, options.level_field},
                                           options.stream_fields)});
  return entries_.front().shapes;
}

}  // namespace tripod::ingest::jsonlines
