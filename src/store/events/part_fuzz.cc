// Any bytes as a part file, as one of its columns, as its rare fields: refused, or readable to the end. A part's checksums
// would keep most inputs out, so the decoders behind them are also reached directly; the first byte chooses.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/mem_fs.h"
#include "store/events/block_reader.h"
#include "store/events/encoding/column.h"
#include "store/events/field_text.h"
#include "store/events/manifest.h"
#include "store/events/part_reader.h"
#include "store/events/rare_fields.h"

namespace tripod::store {
namespace {

size_t read_column(const Column& column) {
  ValueScratch scratch;
  NumberBuffer buffer;
  size_t bytes = 0;
  for (size_t i = 0; i < column.size(); ++i) {
    for (char c : field_text(column.at(i, scratch), buffer)) bytes += static_cast<unsigned char>(c);
  }
  return bytes;
}

void read_part(std::string_view bytes) {
  base::MemFs fs;
  auto file = fs.open_append("part", base::Fs::Open::kTruncate);
  if (!file || !(*file)->append(bytes)) return;
  auto part = PartReader::open(fs, "part");
  if (!part) return;
  auto blocks = (*part)->blocks();
  auto directory = (*part)->directory();
  if (!blocks || !directory) return;
  for (uint32_t b = 0; b < (*blocks)->size(); ++b) {
    BlockReader block(**part, b, (**blocks)[b].rows);
    (void)block.times();
    for (uint32_t field = kSystemColumns; field < (*directory)->fields.size(); ++field) {
      auto column = block.column(field);
      if (column && *column != nullptr) read_column((*column)->values());
    }
  }
}

void read_rare(std::string_view bytes) {
  auto rare = RareFields::decode(std::string(bytes), 100);
  if (!rare) return;
  for (size_t i = 0; i < (*rare)->size(); ++i) {
    const BlockColumn column = (*rare)->column(i);
    read_column(column.values());
  }
}

}  // namespace
}  // namespace tripod::store

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod::store;
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  if (data[0] == 0) {
    read_part(bytes);
  } else if (data[0] == 1) {
    read_rare(bytes);
  } else if (data[0] == 2) {
    (void)Manifest::decode(bytes);
  } else if (data[0] == 3) {
    (void)PartDirectory::decode(bytes);
  } else if (auto column = decode_column(static_cast<Encoding>(data[0] % 12), std::string(bytes), data[1])) {
    read_column(**column);
  }
  return 0;
}
