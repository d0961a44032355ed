// What lies where in a data folder, and in a backup of one.
#pragma once

#include <algorithm>
#include <array>
#include <string>

#include "base/fs.h"
#include "base/result.h"
#include "store/events/plan.h"

namespace tripod::datafolder {

using store::kDatasets;

inline std::string dataset_folder(const std::string& data, store::Dataset dataset) {
  return data + "/events/" + std::string(store::dataset_name(dataset));
}
// Of the datasets that came later, each program makes those it knows, in this order: a folder that only an older one wrote is without
// the last of them. One that is missing before one that is there is lost.
inline bool is_without(base::Fs& fs, const std::string& data, store::Dataset dataset) {
  constexpr std::array kLater = {store::Dataset::kSessions, store::Dataset::kSpanWindow};
  const auto from = std::ranges::find(kLater, dataset);
  return from != kLater.end() && std::all_of(from, kLater.end(), [&](store::Dataset later) { return !fs.exists(dataset_folder(data, later)); });
}
inline std::string metrics_folder(const std::string& data) { return data + "/metrics"; }
inline std::string meta_file(const std::string& data) { return data + "/meta.db"; }
// The last file that a backup gets: without it the backup is not whole.
inline std::string backup_note(const std::string& backup) { return backup + "/BACKUP"; }

// kNotFound when the folder is not that of a server, nor a whole backup of one.
base::Result<> check_is_data(base::Fs& fs, const std::string& data);

}  // namespace tripod::datafolder
