#include "datafolder/verify.h"

#include <utility>

#include "datafolder/folder.h"
#include "store/events/batch_id_file.h"
#include "store/events/deletion_file.h"
#include "store/events/manifest.h"
#include "store/events/part_check.h"
#include "store/events/superseded_file.h"
#include "store/events/wal_record.h"
#include "store/meta/sqlite_copy.h"
#include "store/metrics/block_check.h"
#include "store/metrics/wal_record.h"

namespace tripod::datafolder {

using base::Code;
using base::fail;
using base::Result;

namespace {

class Verifier {
 public:
  Verifier(base::Fs& fs, std::string data) : fs_(fs), data_(std::move(data)) {}

  Result<> run();
  Verification take() { return std::move(out_); }

 private:
  Result<> dataset(store::Dataset dataset);
  Result<> parts(const std::string& folder, const store::Manifest& manifest);
  Result<bool> still_listed(const std::string& folder, const std::string& part);
  Result<> small_files(const std::string& folder);
  Result<> log(const std::string& folder, const base::WalReplayFn& each);
  Result<> metrics();
  Result<> meta();
  Result<> note_set_aside(const std::string& folder);
  Result<> damaged(const std::string& file, const base::Error& error);

  base::Fs& fs_;
  const std::string data_;
  Verification out_;
};

// Damage is what is looked for; everything else ends the search.
Result<> Verifier::damaged(const std::string& file, const base::Error& error) {
  if (error.code != Code::kDataLoss) return fail(error);
  out_.damage.push_back({file, 0, 0, error.message});
  return {};
}

Result<> Verifier::run() {
  for (const store::Dataset one : kDatasets) {
    if (is_without(fs_, data_, one)) continue;
    if (auto done = dataset(one); !done) return done;
  }
  if (auto done = metrics(); !done) return done;
  return meta();
}

Result<> Verifier::dataset(store::Dataset dataset) {
  const std::string folder = dataset_folder(data_, dataset);
  auto text = fs_.read_all(folder + "/MANIFEST");
  if (!text && text.error().code == Code::kNotFound) {
    out_.damage.push_back({folder + "/MANIFEST", 0, 0, "the file is missing"});
    return {};
  }
  if (!text) return fail(std::move(text.error()));
  auto manifest = store::Manifest::decode(*text);
  if (manifest) {
    if (auto done = parts(folder, *manifest); !done) return done;
  } else if (auto done = damaged(folder + "/MANIFEST", manifest.error()); !done) {
    return done;
  }
  if (auto done = small_files(folder); !done) return done;
  if (auto done = note_set_aside(folder + "/damaged"); !done) return done;
  return log(folder + "/wal", [&](base::WalSequence sequence, std::string_view record) -> Result<> {
    auto read = store::read_wal_record(dataset, record);
    if (read) return {};
    return damaged(folder + "/wal, record " + std::to_string(sequence), read.error());
  });
}

Result<> Verifier::parts(const std::string& folder, const store::Manifest& manifest) {
  for (const store::ManifestPart& part : manifest.parts) {
    if (part.lost) {
      out_.notes.push_back(folder + "/" + part.name + " was found damaged before and set aside: its records are missing");
      continue;
    }
    const std::string path = folder + "/" + part.name;
    auto damage = store::check_part(fs_, path);
    if (!damage && damage.error().code == Code::kNotFound) {
      auto listed = still_listed(folder, part.name);
      if (!listed) return fail(std::move(listed.error()));
      if (*listed) out_.damage.push_back({path, 0, 0, "the file is missing"});
      continue;
    }
    if (!damage) return fail(damage.error().code, path + ": " + damage.error().message);
    ++out_.parts;
    out_.damage.insert(out_.damage.end(), damage->begin(), damage->end());
  }
  return {};
}

Result<bool> Verifier::still_listed(const std::string& folder, const std::string& part) {
  auto text = fs_.read_all(folder + "/MANIFEST");
  if (!text) return fail(std::move(text.error()));
  return text->find("part " + part + " ") != std::string::npos;
}

Result<> Verifier::small_files(const std::string& folder) {
  std::string damage;
  auto ids = store::BatchIdFile(fs_, folder + "/BATCH_IDS").load(damage);
  if (!ids) return fail(std::move(ids.error()));
  if (!damage.empty()) out_.damage.push_back({folder + "/BATCH_IDS", 0, 0, damage});
  const std::string replaced = folder + "/SUPERSEDED";
  if (fs_.exists(replaced)) {
    auto bytes = fs_.read_all(replaced);
    if (!bytes) return fail(std::move(bytes.error()));
    auto superseded = store::decode_superseded(*bytes);
    if (!superseded) {
      if (auto noted = damaged(replaced, superseded.error()); !noted) return noted;
    }
  }
  const std::string deletions = folder + "/DELETIONS";
  if (!fs_.exists(deletions)) return {};
  auto bytes = fs_.read_all(deletions);
  if (!bytes) return fail(std::move(bytes.error()));
  auto list = store::DeletionList::decode(*bytes);
  return list ? Result<>() : damaged(deletions, list.error());
}

Result<> Verifier::log(const std::string& folder, const base::WalReplayFn& each) {
  auto checked = base::check_wal(fs_, folder, each);
  if (!checked) return fail(std::move(checked.error()));
  out_.segments += checked->segments;
  out_.records += checked->records;
  out_.damage.insert(out_.damage.end(), checked->damage.begin(), checked->damage.end());
  return note_set_aside(folder);
}

Result<> Verifier::metrics() {
  const std::string folder = metrics_folder(data_);
  auto checked = store::metrics::check_blocks(fs_, folder + "/blocks");
  if (!checked) return fail(std::move(checked.error()));
  out_.blocks = checked->blocks.size();
  out_.damage.insert(out_.damage.end(), checked->damage.begin(), checked->damage.end());
  if (auto done = note_set_aside(folder + "/blocks"); !done) return done;
  store::metrics::WalRecordVisitor visitor;
  visitor.series = [](uint64_t, std::span<const model::Label>) {};
  visitor.samples = [](uint64_t, std::span<const model::Sample>) {};
  visitor.metadata = [](const model::MetricMetadata&) {};
  return log(folder + "/wal", [&](base::WalSequence sequence, std::string_view record) -> Result<> {
    auto read = store::metrics::read_wal_record(record, visitor);
    return read ? Result<>() : damaged(folder + "/wal, record " + std::to_string(sequence), read.error());
  });
}

Result<> Verifier::meta() {
  const std::string path = meta_file(data_);
  if (!fs_.exists(path)) return {};
  auto lines = store::check_sqlite(path);
  if (!lines) return fail(std::move(lines.error()));
  for (const std::string& line : *lines) out_.damage.push_back({path, 0, 0, line});
  return {};
}

Result<> Verifier::note_set_aside(const std::string& folder) {
  auto names = fs_.list(folder);
  if (!names && names.error().code == Code::kNotFound) return {};
  if (!names) return fail(std::move(names.error()));
  for (const std::string& name : *names) {
    if (folder.ends_with("/damaged") || name.ends_with(".damaged")) out_.notes.push_back(folder + "/" + name + " was set aside");
  }
  return {};
}

}  // namespace

Result<Verification> verify(base::Fs& fs, const std::string& data) {
  if (auto is_data = check_is_data(fs, data); !is_data) return fail(std::move(is_data.error()));
  Verifier verifier(fs, data);
  if (auto done = verifier.run(); !done) return fail(std::move(done.error()));
  return verifier.take();
}

}  // namespace tripod::datafolder
