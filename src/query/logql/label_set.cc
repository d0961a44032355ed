#include "query/logql/label_set.h"

#include <algorithm>

#include "query/logql/ast.h"

namespace tripod::query::logql {

void LabelSet::clear() {
  entries_.clear();
  error_.clear();
  error_details_.clear();
}

LabelSet::Entry* LabelSet::live(std::string_view name) {
  for (Entry& entry : entries_) {
    if (entry.alive && entry.name == name) return &entry;
  }
  return nullptr;
}

const LabelSet::Entry* LabelSet::live(std::string_view name) const {
  return const_cast<LabelSet*>(this)->live(name);
}

bool LabelSet::stream_has(std::string_view name) const {
  return std::ranges::any_of(entries_, [&](const Entry& entry) {
    return entry.source == LabelSource::kStream && entry.name == name;
  });
}

void LabelSet::add_stream(std::string_view name, std::string_view value) {
  if (live(name) != nullptr) return;
  entries_.push_back({std::string(name), std::string(value), LabelSource::kStream, true});
}

void LabelSet::add_metadata(std::string_view name, std::string_view value) {
  std::string own(name);
  if (stream_has(name)) own += "_extracted";
  if (live(own) != nullptr) return;
  entries_.push_back({std::move(own), std::string(value), LabelSource::kMetadata, true});
}

void LabelSet::extract(std::string_view name, std::string_view value) {
  std::string own(name);
  if (stream_has(name)) own += "_extracted";
  if (wanted_ != nullptr && !wanted_->contains(own)) return;
  if (Entry* entry = live(own)) {
    if (entry->source == LabelSource::kParsed) return;
    if (entry->source == LabelSource::kMetadata) {
      entry->source = LabelSource::kParsed;
      entry->value = value;
      return;
    }
  }
  entries_.push_back({std::move(own), std::string(value), LabelSource::kParsed, true});
}

void LabelSet::set(std::string_view name, std::string_view value) {
  Entry* entry = live(name);
  if (entry != nullptr && entry->source != LabelSource::kStream) {
    entry->source = LabelSource::kParsed;
    entry->value = value;
    return;
  }
  if (entry != nullptr) entry->alive = false;
  entries_.push_back({std::string(name), std::string(value), LabelSource::kParsed, true});
}

void LabelSet::remove(std::string_view name) {
  for (size_t i = 0; i < entries_.size(); ++i) {
    Entry& entry = entries_[i];
    if (!entry.alive || entry.name != name) continue;
    if (entry.source == LabelSource::kStream) {
      entry.alive = false;
    } else {
      entries_.erase(entries_.begin() + static_cast<ptrdiff_t>(i));
    }
    return;
  }
}

const std::string* LabelSet::find(std::string_view name) const {
  if (name == kErrorLabel) return error_.empty() ? nullptr : &error_;
  if (name == kErrorDetailsLabel) return error_details_.empty() ? nullptr : &error_details_;
  const Entry* entry = live(name);
  return entry == nullptr ? nullptr : &entry->value;
}

std::string_view LabelSet::get(std::string_view name) const {
  const std::string* value = find(name);
  return value == nullptr ? std::string_view() : std::string_view(*value);
}

void LabelSet::set_error(std::string_view error, std::string_view details) {
  error_ = error;
  error_details_ = details;
}

Labels LabelSet::sorted(bool stream, bool metadata, bool parsed) const {
  Labels out;
  for (const Entry& entry : entries_) {
    if (!entry.alive) continue;
    const bool wanted = entry.source == LabelSource::kStream     ? stream
                        : entry.source == LabelSource::kMetadata ? metadata
                                                                 : parsed;
    if (wanted) out.emplace_back(entry.name, entry.value);
  }
  if (parsed && !error_.empty()) out.emplace_back(kErrorLabel, error_);
  if (parsed && !error_details_.empty()) out.emplace_back(kErrorDetailsLabel, error_details_);
  std::ranges::sort(out);
  return out;
}

}  // namespace tripod::query::logql
