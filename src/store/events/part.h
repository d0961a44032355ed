// A part that belongs to a dataset: its file's name and what its footer says. The file goes when the part was replaced and
// the last query that uses it has ended.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/fs.h"
#include "base/result.h"
#include "store/events/part_reader.h"
#include "store/events/part_reader_cache.h"

namespace tripod::store {

// Thread-safe.
class Part {
 public:
  // `name` is relative to `dir`, the dataset's folder: "20260131/00000000000000a7.part".
  // Checks footer, block table and directory. Errors as PartReader::open. `cache`, where given, outlives the part and keeps its
  // reader from query to query.
  static base::Result<std::shared_ptr<const Part>> open(base::Fs& fs, const std::string& dir, std::string name,
                                                        PartReaderCache* cache = nullptr);
  ~Part();
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;

  const std::string& name() const { return name_; }
  const PartFooter& footer() const { return footer_; }
  uint64_t file_bytes() const { return file_bytes_; }
  const std::vector<uint64_t>& replaces() const { return replaces_; }  // see PartDirectory
  // The reader that queries share.
  base::Result<std::shared_ptr<const PartReader>> read() const;
  // A reader of one's own, for who reads the whole part once.
  base::Result<std::unique_ptr<PartReader>> read_alone() const { return PartReader::open(fs_, path_); }
  // Deletes the file as soon as nobody uses the part.
  void retire() const { retired_.store(true, std::memory_order_relaxed); }

 private:
  Part(base::Fs& fs, std::string path, std::string name, const PartReader& reader, std::vector<uint64_t> replaces)
      : fs_(fs), path_(std::move(path)), name_(std::move(name)), footer_(reader.footer()),
        file_bytes_(reader.file_bytes()), replaces_(std::move(replaces)) {}

  base::Fs& fs_;
  PartReaderCache* cache_ = nullptr;
  const std::string path_;
  const std::string name_;
  const PartFooter footer_;
  const uint64_t file_bytes_;
  const std::vector<uint64_t> replaces_;
  mutable std::atomic<bool> retired_{false};
};

using PartPtr = std::shared_ptr<const Part>;

// A part that could not be read and was set aside: its time range makes queries say so.
struct LostPart {
  std::string name;
  base::UnixNanos min_time = 0;
  base::UnixNanos max_time = 0;
};

// The parts of a dataset at one moment. Immutable once shared.
struct PartList {
  std::vector<PartPtr> parts;
  std::vector<LostPart> lost;
};

}  // namespace tripod::store
