// Any bytes as a block whose checksums match: what a defect of ours or a clever hand could have
// written. Input: the sizes of the index's sections (u16 each), the sections, and the rest is the
// chunks file.
#include <cstdint>
#include <limits>
#include <string>

#include "base/hash.h"
#include "base/mem_fs.h"
#include "store/metrics/block.h"
#include "store/metrics/matcher.h"
#include "store/metrics/varint.h"

namespace {

using namespace tripod;
using namespace tripod::store::metrics;
using tripod::store::LabelMatcher;

void write_file(base::Fs& fs, std::string_view suffix, const std::string& bytes) {
  TRIPOD_CHECK(
      fs.write_atomically("blocks/" + block_name(1) + std::string(suffix), bytes).has_value());
}

// The three files around the input's parts, with right checksums.
void write_block(base::Fs& fs, std::string_view input) {
  ByteReader in(input);
  std::array<uint16_t, kSectionCount> sizes{};
  for (uint16_t& size : sizes) size = in.fixed<uint16_t>();
  std::string index(kIndexMagic);
  SectionTable table;
  table.version = sizes.back() % 2 == 1 ? 1 : kBlockVersion;  // of the pages, which are made here
  std::array<std::string, kSectionCount> sections;
  for (size_t i = 0; i + 1 < kSectionCount; ++i) {
    sections[i] = in.bytes(std::min<size_t>(sizes[i], in.left()));
  }
  const std::string chunks(in.bytes(in.left()));
  std::string& pages = sections[static_cast<size_t>(Section::kPages)];
  for (size_t at = 0; at < chunks.size(); at += kPageBytes) {
    put_fixed(pages,
              static_cast<uint32_t>(base::hash64(std::string_view(chunks).substr(at, kPageBytes))));
  }
  for (size_t i = 0; i < kSectionCount; ++i) {
    table.places[i] = {index.size(), sections[i].size(), base::hash64(sections[i])};
    index += sections[i];
  }
  index += encode_footer(table);
  BlockMeta meta;
  meta.id = 1;
  meta.index_bytes = index.size();
  meta.chunks_bytes = chunks.size();
  write_file(fs, kIndexSuffix, index);
  write_file(fs, kChunksSuffix, chunks);
  write_file(fs, kMetaSuffix, encode_block_meta(meta));
}

void read_everything(const Block& block) {
  constexpr int64_t kStart = std::numeric_limits<int64_t>::min();
  constexpr int64_t kEnd = std::numeric_limits<int64_t>::max();
  const BlockIndex& index = block.index();
  for (std::string_view name : index.names()) {
    for (std::string_view value : index.values(name)) (void)index.of(name, value);
    const LabelMatcher matcher{LabelMatcher::Op::kRegex, std::string(name), ".+"};
    const auto compiled = CompiledMatcher::compile(matcher);
    TRIPOD_CHECK(compiled.has_value());
    (void)resolve(index, std::span(&*compiled, 1));
  }
  BlockSeries series;
  TimeColumnCache cache;
  std::vector<model::Sample> samples;
  for (uint32_t i = 0; i < std::min(index.series_count(), 200u); ++i) {
    if (!index.series(i, series)) continue;
    samples.clear();
    (void)block.read_series(i, series, {kStart, kEnd}, cache, samples);
    TRIPOD_CHECK(samples.size() <= kMostSamplesPerBlockChunk * series.chunks.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  base::MemFs fs;
  TRIPOD_CHECK(fs.create_dirs("blocks").has_value());
  write_block(fs, {reinterpret_cast<const char*>(data), size});
  if (auto block = Block::open(fs, "blocks", 1)) read_everything(**block);
  return 0;
}
