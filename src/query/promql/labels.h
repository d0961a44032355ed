// Work on sorted label sets.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/metrics/metric_store.h"

namespace tripod::query::promql {

inline constexpr std::string_view kMetricName = "__name__";
inline constexpr std::string_view kBucketLabel = "le";

// Empty when missing.
std::string_view get_label(const store::Labels& labels, std::string_view name);
// Keeps the order; an empty value takes the label away.
void set_label(store::Labels& labels, std::string_view name, std::string_view value);
void erase_label(store::Labels& labels, std::string_view name);
void keep_labels(store::Labels& labels, std::span<const std::string> names);
void erase_labels(store::Labels& labels, std::span<const std::string> names);

std::string_view get_label(std::span<const model::Label> labels, std::string_view name);
using store::to_labels;
// Views, valid as long as `labels`.
std::vector<model::Label> views_of(const store::Labels& labels);

// Bytes that are equal for equal label sets and different for different ones: a map's key.
std::string label_key(const store::Labels& labels);
// The same of a part of the labels: those named (`keep_named`), or all others but __name__.
std::string signature(const store::Labels& labels, std::span<const std::string> names,
                      bool keep_named);

// The same, appended to `out`.
void append_signature(std::span<const model::Label> labels, std::span<const std::string> names,
                      bool keep_named, std::string& out);

// {__name__="up", job="x"}
std::string to_string(const store::Labels& labels);

}  // namespace tripod::query::promql
