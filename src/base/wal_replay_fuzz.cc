// Any bytes as the last segment of a log: a look at it changes nothing and sees at least what the
// open finds; the open repairs it, a second one finds the same records and nothing to say, and the
// log then takes a record.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/mem_fs.h"
#include "base/wal.h"
#include "base/wal_check.h"
#include "base/wal_format.h"

namespace {

using namespace tripod::base;

using Records = std::vector<std::pair<WalSequence, std::string>>;

std::unique_ptr<Wal> open(MemFs& fs, Records& records) {
  WalOptions options;
  options.dir = "wal";
  auto wal = Wal::open(fs, options, [&](WalSequence sequence, std::string_view record) -> Result<> {
    TRIPOD_CHECK(records.empty() || sequence > records.back().first);
    records.emplace_back(sequence, record);
    return {};
  });
  if (!wal) TRIPOD_CHECK(wal.error().code == Code::kUnsupported);
  return wal ? std::move(*wal) : nullptr;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  MemFs fs;
  TRIPOD_CHECK(fs.create_dirs("wal").has_value());
  auto file = fs.open_append("wal/" + wal_segment_name(1), Fs::Open::kTruncate);
  TRIPOD_CHECK((*file)->append({reinterpret_cast<const char*>(data), size}).has_value());
  TRIPOD_CHECK((*file)->sync().has_value() && fs.sync_dir("wal").has_value());

  Records seen;
  const auto checked = check_wal(fs, "wal", [&](WalSequence sequence, std::string_view record) {
    seen.emplace_back(sequence, record);
    return Result<>();
  });
  TRIPOD_CHECK(checked ? checked->records == seen.size()
                       : checked.error().code == Code::kUnsupported);
  Records first;
  auto wal = open(fs, first);
  if (wal == nullptr) return 0;
  TRIPOD_CHECK(checked && first.size() <= seen.size());
  TRIPOD_CHECK(std::equal(first.begin(), first.end(), seen.begin()));
  if (checked->damage.empty()) TRIPOD_CHECK(first == seen && wal->warnings().empty());
  const auto number = wal->append_sync("a record");
  TRIPOD_CHECK(number && (first.empty() || *number > first.back().first));
  wal.reset();
  fs.lose_power();

  Records second;
  wal = open(fs, second);
  TRIPOD_CHECK(wal != nullptr && wal->warnings().empty() && wal->notices().empty());
  first.emplace_back(*number, "a record");
  TRIPOD_CHECK(first == second);
  return 0;
}
