// A dataset's parts on disk and the manifest that names them.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/events/manifest.h"
#include "store/events/part.h"
#include "store/events/part_writer.h"
#include "store/events/partition.h"
#include "store/events/store_context.h"

namespace tripod::store {

// A part file being written: under a temporary name until publish(). Removed with the object unless published.
class NewPart {
 public:
  // `readers`: see Part::open.
  NewPart(base::Fs& fs, std::string dir, std::string name, PartReaderCache* readers = nullptr)
      : fs_(fs), readers_(readers), dir_(std::move(dir)), name_(std::move(name)) {}
  ~NewPart();
  NewPart(const NewPart&) = delete;
  NewPart& operator=(const NewPart&) = delete;

  base::Result<> create(PartWriterOptions options);
  PartWriter& writer() { return *writer_; }
  // Finishes the file, gives it its name and makes that durable. `replaces`: numbers of the parts it was merged from.
  base::Result<PartPtr> publish(base::UnixNanos created, std::vector<uint64_t> replaces = {});

 private:
  std::string temporary_path() const { return dir_ + "/" + name_ + ".tmp"; }

  base::Fs& fs_;
  PartReaderCache* const readers_;
  const std::string dir_;
  const std::string name_;
  std::unique_ptr<PartWriter> writer_;
  bool has_file_ = false;  // under its temporary name
};

// new_part() and new_part_beside() are thread-safe; everything else is externally synchronised (one change at a time).
class PartSet {
 public:
  // Reads the manifest and opens its parts. Damaged parts are set aside and stay listed as lost; files that nobody lists are
  // removed when they are left-overs of ours and set aside when not. All of it is logged.
  static base::Result<std::unique_ptr<PartSet>> open(const StoreContext& context, Dataset dataset);

  std::shared_ptr<const PartList> list() const { return list_; }
  uint64_t flushed_sequence() const { return flushed_sequence_; }
  base::Result<std::unique_ptr<NewPart>> new_part(Day day);
  // In the same partition as `part`.
  base::Result<std::unique_ptr<NewPart>> new_part_beside(const Part& part);

  struct Change {
    std::vector<PartPtr> added;
    std::vector<PartPtr> removed;   // deleted once no query uses them
    uint64_t flushed_sequence = 0;  // rises to at least this
    base::UnixNanos forget_lost_before = INT64_MIN;
  };
  // Makes the change durable and gives the list after it. On error nothing has changed for readers; the added files are then
  // kept, because the manifest on disk may already name them (the next start tidies up).
  base::Result<std::shared_ptr<const PartList>> commit(const Change& change);

 private:
  PartSet(const StoreContext& context, Dataset dataset);
  base::Result<> load();
  base::Result<Manifest> read_manifest();
  base::Result<Manifest> rebuild_manifest(const base::Error& why);
  base::Result<std::vector<std::string>> find_files();
  void open_parts(Manifest& manifest);
  base::Result<> tidy(const Manifest& manifest);
  base::Result<std::unique_ptr<NewPart>> new_part_in(const std::string& partition);
  void set_aside(const std::string& name, std::string_view why);
  Manifest manifest_of(const PartList& list, uint64_t flushed_sequence) const;
  std::string manifest_path() const { return dir_ + "/MANIFEST"; }
  PartWriterOptions writer_options() const;

  const StoreContext context_;
  const Dataset dataset_;
  const std::string dir_;
  std::shared_ptr<const PartList> list_ = std::make_shared<PartList>();
  uint64_t flushed_sequence_ = 0;
  std::atomic<uint64_t> next_part_{1};
};

// The number in a part's file name.
uint64_t number_of_part(const Part& part);
// The dataset's folder.
std::string dataset_dir(const EventStoreOptions& options, Dataset dataset);

}  // namespace tripod::store
