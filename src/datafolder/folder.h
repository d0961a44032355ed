// What lies where in a data folder, and in a backup of one.
#pragma once

#include <array>
#include <string>

#include "base/fs.h"
#include "base/result.h"
#include "store/events/plan.h"

namespace tripod::datafolder {

inline constexpr std::array kDatasets = {store::Dataset::kLogs, store::Dataset::kSpans, store::Dataset::kErrors, store::Dataset::kLinks};

inline std::string dataset_folder(const std::string& data, store::Dataset dataset) {
  return data + "/events/" + std::string(store::dataset_name(dataset));
}
inline std::string metrics_folder(const std::string& data) { return data + "/metrics"; }
inline std::string meta_file(const std::string& data) { return data + "/meta.db"; }
// The last file that a backup gets: without it the backup is not whole.
inline std::string backup_note(const std::string& backup) { return backup + "/BACKUP"; }

// kNotFound when the folder is not that of a server, nor a whole backup of one.
base::Result<> check_is_data(base::Fs& fs, const std::string& data);

}  // namespace tripod::datafolder
