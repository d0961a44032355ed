#include "datafolder/backup.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/time_text.h"
#include "base/wal_format.h"
#include "datafolder/copier.h"
#include "datafolder/folder.h"
#include "store/events/manifest.h"
#include "store/meta/sqlite_copy.h"
#include "store/metrics/block_format.h"
#include "store/metrics/tombstones.h"

namespace tripod::datafolder {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr char kSuperseded[] = "SUPERSEDED";
constexpr std::string_view kTitle = "tripod backup 1\n";
// Parts and blocks are replaced by merges while they are linked: then the new list is taken.
constexpr int kMostTries = 100;

// In this order what was acknowledged before is in the copy: users and issues first (issues count again what of the errors they do
// not know yet); then of each store the log, and after it the files it lets go of records for.
class Backup {
 public:
  Backup(base::Fs& fs, std::string data, std::string to, BackupSummary& summary)
      : fs_(fs), data_(std::move(data)), to_(std::move(to)), copier_(fs, summary) {}

  Result<> run();

 private:
  Result<> meta();
  Result<> files();
  Result<> dataset(store::Dataset dataset);
  Result<> log(const std::string& from, const std::string& to);
  Result<> loose_files(const std::string& from, const std::string& to);
  Result<> parts(const std::string& from, const std::string& to);
  Result<std::optional<std::string>> superseded(uint64_t flushed_sequence, const std::string& from);
  Result<bool> link_parts(const store::Manifest& manifest, const std::string& from, const std::string& to);
  Result<> write_lists(const std::string& superseded, const std::string& manifest, const std::string& to);
  Result<> metrics();
  Result<> blocks(const std::string& from, const std::string& to);
  Result<bool> link_blocks(const std::string& from, const std::string& to);

  base::Fs& fs_;
  const std::string data_;
  const std::string to_;
  Copier copier_;
};

Result<> Backup::run() {
  if (auto done = meta(); !done) return done;
  if (auto done = files(); !done) return done;
  for (const store::Dataset one : kDatasets) {
    if (is_without(fs_, data_, one)) continue;
    if (auto done = dataset(one); !done) return done;
  }
  if (auto done = fs_.sync_dir(to_ + "/events"); !done) return done;
  return metrics();
}

Result<> Backup::meta() {
  if (!fs_.exists(meta_file(data_))) return {};
  if (auto copied = store::copy_sqlite(meta_file(data_), meta_file(to_)); !copied) return copied;
  return copier_.count(meta_file(to_));
}

// Files of events never change. One that was dropped since the list was copied is missing in the copy too.
Result<> Backup::files() {
  const std::string from = data_ + "/files", to = to_ + "/files";
  if (!fs_.exists(from)) return {};
  auto folders = fs_.list(from);
  if (!folders) return fail(std::move(folders.error()));
  for (const std::string& folder : *folders) {
    auto names = fs_.list(from + "/" + folder);
    if (!names) return fail(std::move(names.error()));
    if (auto made = fs_.create_dirs(to + "/" + folder); !made) return made;
    for (const std::string& name : *names) {
      if (name.ends_with(".tmp")) continue;
      auto linked = copier_.link(from + "/" + folder + "/" + name, to + "/" + folder + "/" + name);
      if (!linked && linked.error().code != Code::kNotFound) return linked;
    }
    if (auto synced = fs_.sync_dir(to + "/" + folder); !synced) return synced;
  }
  return {};
}

Result<> Backup::dataset(store::Dataset dataset) {
  const std::string from = dataset_folder(data_, dataset), to = dataset_folder(to_, dataset);
  if (auto done = fs_.create_dirs(to); !done) return done;
  if (auto done = log(from + "/wal", to + "/wal"); !done) return done;
  if (auto done = loose_files(from, to); !done) return done;
  if (auto done = parts(from, to); !done) return done;
  return fs_.sync_dir(to);
}

// Newest first: a log lets go of its oldest segments first, so that what is gone meanwhile leaves no hole. The newest that has records
// grows (one without is removed on a full disk, and the one before goes on), and the write it is in may be cut off in the copy, as
// after a crash.
Result<> Backup::log(const std::string& from, const std::string& to) {
  if (auto done = fs_.create_dirs(to); !done) return done;
  auto names = fs_.list(from);
  if (!names) return fail(std::move(names.error()));
  std::erase_if(*names, [](const std::string& name) { return !base::parse_wal_segment_name(name); });
  bool grows = true;
  for (size_t i = names->size(); i > 0; --i) {
    const std::string& name = (*names)[i - 1];
    auto done = grows ? copier_.copy(from + "/" + name, to + "/" + name) : copier_.link(from + "/" + name, to + "/" + name);
    if (!done && done.error().code == Code::kNotFound) continue;
    if (!done) return done;
    if (!grows) continue;
    auto copy = fs_.status(to + "/" + name);
    if (!copy) return fail(std::move(copy.error()));
    grows = copy->size <= base::kWalSegmentHeaderBytes;
  }
  return fs_.sync_dir(to);
}

// Ids of batches, deletions: replaced as a whole or appended to, with checksums.
Result<> Backup::loose_files(const std::string& from, const std::string& to) {
  auto names = fs_.list(from);
  if (!names) return fail(std::move(names.error()));
  for (const std::string& name : *names) {
    if (name == "MANIFEST" || name == kSuperseded || name.ends_with(".tmp") || name.ends_with(".damaged")) continue;
    auto status = fs_.status(from + "/" + name);
    if (!status && status.error().code == Code::kNotFound) continue;
    if (!status) return fail(std::move(status.error()));
    if (status->kind != base::FileKind::kFile) continue;
    if (auto done = copier_.copy(from + "/" + name, to + "/" + name); !done) return done;
  }
  return {};
}

Result<> Backup::parts(const std::string& from, const std::string& to) {
  for (int i = 0; i < kMostTries; ++i) {
    auto text = fs_.read_all(from + "/MANIFEST");
    if (!text) return fail(std::move(text.error()));
    auto manifest = store::Manifest::decode(*text);
    if (!manifest) return fail(manifest.error().code, from + ": " + manifest.error().message);
    auto hidden = superseded(manifest->flushed_sequence, from);
    if (!hidden) return fail(std::move(hidden.error()));
    if (!*hidden) continue;
    auto linked = link_parts(*manifest, from, to);
    if (!linked) return fail(std::move(linked.error()));
    if (*linked) return write_lists(**hidden, *text, to);
    auto now = fs_.read_all(from + "/MANIFEST");
    if (now && *now == *text) return fail(Code::kDataLoss, from + ": a part that the manifest names is missing; see `tripod store verify`");
  }
  return fail(Code::kUnavailable, from + " changes faster than it can be linked");
}

// The file of records that others in parts replace; empty when there is none, nothing when parts were added meanwhile: what replaces some of
// its records may be in these, and the copy would have neither.
Result<std::optional<std::string>> Backup::superseded(uint64_t flushed_sequence, const std::string& from) {
  auto bytes = fs_.read_all(from + "/" + kSuperseded);
  if (!bytes && bytes.error().code != Code::kNotFound) return fail(std::move(bytes.error()));
  auto now = fs_.read_all(from + "/MANIFEST");
  if (!now) return fail(std::move(now.error()));
  auto manifest = store::Manifest::decode(*now);
  if (!manifest) return fail(manifest.error().code, from + ": " + manifest.error().message);
  if (manifest->flushed_sequence != flushed_sequence) return std::nullopt;
  return bytes ? std::move(*bytes) : std::string();
}

Result<> Backup::write_lists(const std::string& superseded, const std::string& manifest, const std::string& to) {
  if (!superseded.empty()) {
    if (auto done = fs_.write_atomically(to + "/" + kSuperseded, superseded); !done) return done;
    if (auto done = copier_.count(to + "/" + kSuperseded); !done) return done;
  }
  return fs_.write_atomically(to + "/MANIFEST", manifest);
}

// False when one is gone meanwhile. Parts that only an earlier try linked stay: nothing names them, and a start removes them.
Result<bool> Backup::link_parts(const store::Manifest& manifest, const std::string& from, const std::string& to) {
  std::set<std::string> folders;
  for (const store::ManifestPart& part : manifest.parts) {
    if (part.lost) continue;
    const std::string folder = to + "/" + part.name.substr(0, part.name.find('/'));
    if (folders.insert(folder).second) {
      if (auto done = fs_.create_dirs(folder); !done) return fail(std::move(done.error()));
    }
    auto done = copier_.link(from + "/" + part.name, to + "/" + part.name);
    if (!done && done.error().code == Code::kNotFound) return false;
    if (!done) return fail(std::move(done.error()));
  }
  for (const std::string& folder : folders) {
    if (auto done = fs_.sync_dir(folder); !done) return fail(std::move(done.error()));
  }
  return true;
}

Result<> Backup::metrics() {
  const std::string from = metrics_folder(data_), to = metrics_folder(to_);
  if (auto done = fs_.create_dirs(to + "/blocks"); !done) return done;
  if (auto done = log(from + "/wal", to + "/wal"); !done) return done;
  if (auto done = loose_files(from, to); !done) return done;
  if (auto done = blocks(from + "/blocks", to + "/blocks"); !done) return done;
  return fs_.sync_dir(to);
}

Result<> Backup::blocks(const std::string& from, const std::string& to) {
  for (int i = 0; i < kMostTries; ++i) {
    auto linked = link_blocks(from, to);
    if (!linked) return fail(std::move(linked.error()));
    if (*linked) return fs_.sync_dir(to);
  }
  return fail(Code::kUnavailable, from + " changes faster than it can be linked");
}

// False when one was merged or dropped meanwhile. The meta file last: a block without it is none.
Result<bool> Backup::link_blocks(const std::string& from, const std::string& to) {
  auto names = fs_.list(from);
  if (!names) return fail(std::move(names.error()));
  for (const std::string& name : *names) {
    const auto id = store::metrics::parse_block_name(std::string_view(name).substr(0, name.find('.')));
    if (!id || name != store::metrics::block_name(*id) + std::string(store::metrics::kMetaSuffix)) continue;
    for (const std::string_view suffix : {store::metrics::kChunksSuffix, store::metrics::kIndexSuffix, store::metrics::kTombstonesSuffix, store::metrics::kMetaSuffix}) {
      const std::string file = store::metrics::block_name(*id) + std::string(suffix);
      // Most blocks have no such list; one made from here on is not part of this backup.
      if (suffix == store::metrics::kTombstonesSuffix && std::ranges::find(*names, file) == names->end()) continue;
      auto done = copier_.link(from + "/" + file, to + "/" + file);
      if (!done && done.error().code == Code::kNotFound) return false;
      if (!done) return fail(std::move(done.error()));
    }
  }
  return true;
}

// The file that servers lock: it says what the folder is.
Result<> make_lock(base::Fs& fs, const std::string& data) {
  auto lock = fs.open_append(data + "/lock", base::Fs::Open::kAppend);
  if (!lock) return fail(std::move(lock.error()));
  if (auto done = (*lock)->sync(); !done) return done;
  return fs.sync_dir(data);
}

}  // namespace

Result<> check_is_data(base::Fs& fs, const std::string& data) {
  // A server makes the lock, a backup ends with its note, and restoring gives a folder that a server has not seen yet the lock.
  const bool is_whole = fs.exists(data + "/lock") || fs.exists(backup_note(data));
  if (is_whole && fs.exists(data + "/events")) return {};
  if (!fs.exists(data)) return fail(Code::kNotFound, data + " is not there");
  return fail(Code::kNotFound, data + " is neither the data folder of a server nor a whole backup of one");
}

Result<BackupSummary> make_backup(base::Fs& fs, const base::Clock& clock, const std::string& data, const std::string& backup) {
  if (auto is_data = check_is_data(fs, data); !is_data) return fail(std::move(is_data.error()));
  if (auto empty = check_is_empty(fs, backup); !empty) return fail(std::move(empty.error()));
  if (auto made = fs.create_dirs(backup); !made) return fail(std::move(made.error()));
  const base::UnixNanos began = clock.now();
  BackupSummary summary;
  auto done = Backup(fs, data, backup, summary).run();
  if (!done) return fail(done.error().code, "the backup is not whole: " + done.error().message);
  const std::string note = std::string(kTitle) + fmt::format("began {}\nfiles {}\nbytes {}\n", base::format_rfc3339(began),
                                                             summary.linked_files + summary.copied_files, summary.bytes);
  if (done = fs.write_atomically(backup_note(backup), note); !done) return fail(std::move(done.error()));
  return summary;
}

Result<BackupSummary> restore_backup(base::Fs& fs, const std::string& backup, const std::string& data) {
  auto note = fs.read_all(backup_note(backup));
  if (!note && note.error().code == Code::kNotFound) {
    return fail(Code::kNotFound, backup + " is not a whole backup: it has no file BACKUP, which is written last");
  }
  if (!note) return fail(std::move(note.error()));
  if (!note->starts_with(kTitle)) return fail(Code::kUnsupported, backup + " is a backup of another version");
  if (auto empty = check_is_empty(fs, data); !empty) return fail(std::move(empty.error()));
  const std::string partial = data + ".restoring";
  BackupSummary summary;
  auto done = fs.remove_all(partial);  // of a try that was interrupted
  if (done) done = Copier(fs, summary).copy_tree(backup, partial, "BACKUP");
  if (done) done = make_lock(fs, partial);
  if (done) done = fs.rename(partial, data);
  if (done) done = fs.sync_dir(base::parent_dir(data));
  if (!done) return fail(std::move(done.error()));
  return summary;
}

}  // namespace tripod::datafolder
