#include "store/events/part_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

namespace tripod::store {
namespace {

constexpr std::string_view kPartSuffix = ".part";
constexpr std::string_view kTemporarySuffix = ".tmp";
constexpr std::string_view kDamagedDir = "damaged";
constexpr size_t kNumberDigits = 16;

std::string part_name(std::string_view partition, uint64_t number) {
  return fmt::format("{}/{:016x}{}", partition, number, kPartSuffix);
}

bool is_partition(std::string_view folder) {
  const bool digits = folder.size() == 8 && folder.find_first_not_of("0123456789") == std::string_view::npos;
  return digits || folder == "other";
}

// The number in "20260131/00000000000000a7.part"; false when that is not the shape of the name.
bool part_number(std::string_view name, uint64_t& number) {
  const size_t slash = name.find('/');
  if (slash == std::string_view::npos || !name.ends_with(kPartSuffix)) return false;
  const std::string_view digits = name.substr(slash + 1, name.size() - slash - 1 - kPartSuffix.size());
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  return error == std::errc() && digits.size() == kNumberDigits && end == digits.data() + digits.size();
}

}  // namespace

std::string dataset_dir(const EventStoreOptions& options, Dataset dataset) {
  return options.dir + "/" + std::string(dataset_name(dataset));
}

NewPart::~NewPart() {
  writer_.reset();
  if (has_file_) (void)fs_.remove(temporary_path());
}

base::Result<> NewPart::create(PartWriterOptions options) {
  has_file_ = true;
  auto writer = PartWriter::create(fs_, temporary_path(), options);
  if (!writer) return base::fail(std::move(writer.error()));
  writer_ = std::move(*writer);
  return {};
}

base::Result<PartPtr> NewPart::publish(base::UnixNanos created, std::vector<uint64_t> replaces) {
  auto footer = writer_->finish(created, std::move(replaces));
  if (!footer) return base::fail(std::move(footer.error()));
  const std::string path = dir_ + "/" + name_;
  if (auto renamed = fs_.rename(temporary_path(), path); !renamed) return base::fail(std::move(renamed.error()));
  has_file_ = false;
  if (auto synced = fs_.sync_dir(path.substr(0, path.rfind('/'))); !synced) {
    return base::fail(std::move(synced.error()));
  }
  return Part::open(fs_, dir_, name_, readers_);
}

PartSet::PartSet(const StoreContext& context, Dataset dataset)
    : context_(context), dataset_(dataset), dir_(dataset_dir(context.options, dataset)) {}

base::Result<std::unique_ptr<PartSet>> PartSet::open(const StoreContext& context, Dataset dataset) {
  std::unique_ptr<PartSet> set(new PartSet(context, dataset));
  if (auto loaded = set->load(); !loaded) return base::fail(std::move(loaded.error()));
  return set;
}

base::Result<> PartSet::load() {
  if (auto made = context_.fs.create_dirs(dir_); !made) return made;
  auto manifest = read_manifest();
  if (!manifest && manifest.error().code == base::Code::kDataLoss) manifest = rebuild_manifest(manifest.error());
  if (!manifest) return base::fail(std::move(manifest.error()));
  open_parts(*manifest);
  flushed_sequence_ = manifest->flushed_sequence;
  next_part_ = std::max(next_part_.load(), manifest->next_part);
  return tidy(*manifest);
}

// The manifest, or that of a new dataset, which is written first thing: parts without one are then a manifest that was lost.
base::Result<Manifest> PartSet::read_manifest() {
  if (!context_.fs.exists(manifest_path())) {
    auto files = find_files();
    if (!files) return base::fail(std::move(files.error()));
    uint64_t number = 0;
    const bool had_parts = std::ranges::any_of(*files, [&](const std::string& f) { return part_number(f, number); });
    if (had_parts) return base::fail(base::Code::kDataLoss, "manifest: missing");
    Manifest none;
    none.dataset = dataset_;
    if (auto written = context_.fs.write_atomically(manifest_path(), none.encode()); !written) {
      return base::fail(std::move(written.error()));
    }
    if (auto synced = context_.fs.sync_dir(context_.options.dir); !synced) return base::fail(std::move(synced.error()));
    return none;
  }
  auto text = context_.fs.read_all(manifest_path());
  if (!text) return base::fail(std::move(text.error()));
  auto manifest = Manifest::decode(*text);
  if (!manifest) return manifest;
  if (manifest->dataset != dataset_) return base::fail(base::Code::kDataLoss, "manifest of another dataset");
  return manifest;
}

// Takes every readable part that no other one replaced. The log is then believed to be in the parts up to the highest
// sequence number among them.
base::Result<Manifest> PartSet::rebuild_manifest(const base::Error& why) {
  context_.logger.error("event_manifest_damaged", {{"dataset", dataset_name(dataset_)}, {"detail", why.message}});
  if (context_.fs.exists(manifest_path())) {
    auto renamed = context_.fs.rename(manifest_path(), manifest_path() + ".damaged");
    if (!renamed) return base::fail(std::move(renamed.error()));
  }
  auto files = find_files();
  if (!files) return base::fail(std::move(files.error()));
  Manifest out;
  out.dataset = dataset_;
  std::set<uint64_t> replaced;
  for (const std::string& name : *files) {
    uint64_t number = 0;
    if (!part_number(name, number)) continue;
    auto part = Part::open(context_.fs, dir_, name, context_.readers);
    if (part) {
      out.flushed_sequence = std::max(out.flushed_sequence, (*part)->footer().max_sequence);
      replaced.insert((*part)->replaces().begin(), (*part)->replaces().end());
    }
    // One that cannot be read is found again and set aside by open_parts().
    out.parts.push_back({name, INT64_MIN, INT64_MAX, false});
  }
  std::erase_if(out.parts, [&](const ManifestPart& part) {
    uint64_t number = 0;
    return part_number(part.name, number) && replaced.contains(number);
  });
  if (auto written = context_.fs.write_atomically(manifest_path(), out.encode()); !written) {
    return base::fail(std::move(written.error()));
  }
  return out;
}

// Names relative to the dataset's folder of everything in its partitions.
base::Result<std::vector<std::string>> PartSet::find_files() {
  std::vector<std::string> out;
  auto folders = context_.fs.list(dir_);
  if (!folders) return base::fail(std::move(folders.error()));
  for (const std::string& folder : *folders) {
    if (!is_partition(folder)) continue;
    auto files = context_.fs.list(dir_ + "/" + folder);
    if (!files) return base::fail(std::move(files.error()));
    for (const std::string& file : *files) out.push_back(folder + "/" + file);
  }
  return out;
}

void PartSet::open_parts(Manifest& manifest) {
  auto list = std::make_shared<PartList>();
  for (ManifestPart& listed : manifest.parts) {
    base::Result<PartPtr> part;
    if (!listed.lost) {
      part = Part::open(context_.fs, dir_, listed.name, context_.readers);
      if (part && (*part)->footer().dataset != static_cast<uint8_t>(dataset_)) {
        part = base::fail(base::Code::kDataLoss, "a part of another dataset");
      }
      if (part) {
        list->parts.push_back(std::move(*part));
        continue;
      }
      set_aside(listed.name, part.error().message);
    }
    list->lost.push_back({listed.name, listed.min_time, listed.max_time});
  }
  list_ = std::move(list);
}

base::Result<> PartSet::tidy(const Manifest& manifest) {
  std::set<std::string, std::less<>> listed;
  for (const ManifestPart& part : manifest.parts) listed.insert(part.name);
  auto files = find_files();
  if (!files) return base::fail(std::move(files.error()));
  for (const std::string& name : *files) {
    uint64_t number = 0;
    const bool ours = part_number(name, number);
    if (ours) next_part_ = std::max(next_part_.load(), number + 1);
    if (listed.contains(name)) continue;
    if (!ours && !name.ends_with(kTemporarySuffix)) {
      set_aside(name, "not a file of this store");
    } else if (auto removed = context_.fs.remove(dir_ + "/" + name); !removed) {
      context_.logger.warn("event_part_not_removed", {{"file", name}, {"detail", removed.error().message}});
    }
  }
  return {};
}

void PartSet::set_aside(const std::string& name, std::string_view why) {
  const std::string from = dir_ + "/" + name;
  std::string flat = name;
  std::ranges::replace(flat, '/', '_');
  const std::string folder = dir_ + "/" + std::string(kDamagedDir);
  context_.logger.error("event_part_set_aside", {{"dataset", dataset_name(dataset_)},
                                                 {"file", name},
                                                 {"moved_to", folder + "/" + flat},
                                                 {"detail", why}});
  if (!context_.fs.exists(from)) return;
  auto made = context_.fs.create_dirs(folder);
  if (made) made = context_.fs.rename(from, folder + "/" + flat);
  if (!made) context_.logger.warn("event_part_not_moved", {{"file", name}, {"detail", made.error().message}});
}

base::Result<std::unique_ptr<NewPart>> PartSet::new_part(Day day) { return new_part_in(partition_name(day)); }

base::Result<std::unique_ptr<NewPart>> PartSet::new_part_beside(const Part& part) {
  return new_part_in(part.name().substr(0, part.name().find('/')));
}

base::Result<std::unique_ptr<NewPart>> PartSet::new_part_in(const std::string& partition) {
  const std::string folder = dir_ + "/" + partition;
  if (!context_.fs.exists(folder)) {
    if (auto made = context_.fs.create_dirs(folder); !made) return base::fail(std::move(made.error()));
    if (auto synced = context_.fs.sync_dir(dir_); !synced) return base::fail(std::move(synced.error()));
  }
  const std::string name = part_name(partition, next_part_.fetch_add(1));
  auto part = std::make_unique<NewPart>(context_.fs, dir_, name, context_.readers);
  if (auto created = part->create(writer_options()); !created) return base::fail(std::move(created.error()));
  return part;
}

PartWriterOptions PartSet::writer_options() const {
  PartWriterOptions out;
  out.dataset = dataset_;
  out.block_rows = context_.options.block_rows;
  out.block_bytes = context_.options.block_bytes;
  return out;
}

Manifest PartSet::manifest_of(const PartList& list, uint64_t flushed_sequence) const {
  Manifest out;
  out.dataset = dataset_;
  out.flushed_sequence = flushed_sequence;
  out.next_part = next_part_.load();
  for (const PartPtr& part : list.parts) {
    out.parts.push_back({part->name(), part->footer().min_time, part->footer().max_time, false});
  }
  for (const LostPart& lost : list.lost) out.parts.push_back({lost.name, lost.min_time, lost.max_time, true});
  return out;
}

base::Result<std::shared_ptr<const PartList>> PartSet::commit(const Change& change) {
  auto next = std::make_shared<PartList>();
  for (const PartPtr& part : list_->parts) {
    if (std::ranges::find(change.removed, part) == change.removed.end()) next->parts.push_back(part);
  }
  next->parts.insert(next->parts.end(), change.added.begin(), change.added.end());
  for (const LostPart& lost : list_->lost) {
    if (lost.max_time >= change.forget_lost_before) next->lost.push_back(lost);
  }
  const uint64_t flushed = std::max(flushed_sequence_, change.flushed_sequence);
  if (auto written = context_.fs.write_atomically(manifest_path(), manifest_of(*next, flushed).encode()); !written) {
    return base::fail(std::move(written.error()));
  }
  flushed_sequence_ = flushed;
  list_ = next;
  for (const PartPtr& part : change.removed) part->retire();
  return list_;
}

// "20260131/00000000000000a7.part"
uint64_t number_of_part(const Part& part) {
  uint64_t number = 0;
  TRIPOD_CHECK(part_number(part.name(), number));
  return number;
}

}  // namespace tripod::store
