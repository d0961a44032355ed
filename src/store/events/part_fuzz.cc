// Any bytes as a part file, as one of its columns, as its rare fields, as the manifest: refused, or
// readable to the end. Checksums would keep most inputs out, so those of a part are put right first
// and the decoders behind them are also reached directly; the first byte chooses.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/mem_fs.h"
#include "store/events/block_filter.h"
#include "store/events/block_reader.h"
#include "store/events/encoding/column.h"
#include "store/events/field_text.h"
#include "store/events/manifest.h"
#include "store/events/matcher.h"
#include "store/events/part_reader.h"
#include "store/events/rare_fields.h"
#include "store/events/varint.h"

namespace tripod::store {
namespace {

const std::vector<Matcher>& matchers() {
  using Op = Predicate::Op;
  static const std::vector<Matcher> made = [] {
    std::vector<Matcher> out;
    RegexSet regexes(1);
    for (const Predicate& leaf :
         {Predicate::equal("k", std::string("a")), Predicate::equal("k", int64_t{5}),
          Predicate::compare(Op::kContains, "k", std::string("te")),
          Predicate::compare(Op::kRegex, "k", std::string("[0-9]{2}")),
          Predicate::compare(Op::kGreater, "k", int64_t{1000}),
          Predicate::compare(Op::kLessEqual, "k", 0.5)}) {
      out.push_back(*Matcher::compile(leaf, regexes));
    }
    return out;
  }();
  return made;
}

// An encoding's own way to compare finds what comparing value by value does.
void check_matches(const Column& column) {
  const Bitmap all(column.size(), true);
  for (const Matcher& matcher : matchers()) {
    Bitmap fast(column.size());
    Bitmap plain(column.size());
    column.match(matcher, all, fast);
    column.Column::match(matcher, all, plain);
    TRIPOD_CHECK(fast.count() == plain.count());
    plain.for_each([&](size_t i) { TRIPOD_CHECK(fast.test(i)); });
  }
}

size_t read_column(const Column& column) {
  check_matches(column);
  ValueScratch scratch;
  NumberBuffer buffer;
  size_t bytes = 0;
  for (size_t i = 0; i < column.size(); ++i) {
    for (char c : field_text(column.at(i, scratch), buffer)) bytes += static_cast<unsigned char>(c);
  }
  return bytes;
}

// The bytes [offset, offset + size), fewer where the part ends.
std::string_view cut(std::string_view part, uint64_t offset, uint64_t size) {
  return offset <= part.size() ? part.substr(offset, size) : std::string_view();
}

template <class T>
void put(std::string& part, size_t at, const T& value) {
  std::memcpy(part.data() + at, &value, sizeof(T));
}

// Footer and sections get the checksums of what is there. False: too short to be a part.
bool seal_footer(std::string& part) {
  if (part.size() < sizeof(PartFooter)) return false;
  const size_t at = part.size() - sizeof(PartFooter);
  auto footer = load_word<PartFooter>(part.data() + at);
  for (SectionRef* section : {&footer.block_table, &footer.directory}) {
    section->checksum = base::hash64(cut(part, section->offset, section->stored_bytes));
  }
  footer.checksum = footer.own_checksum();
  put(part, at, footer);
  return true;
}

void seal_filters(std::string& part, const PartFooter& footer, std::vector<BlockEntry> blocks) {
  for (size_t i = 0; i < blocks.size(); ++i) {
    BlockEntry& block = blocks[i];
    block.filter_checksum =
        base::hash64(cut(part, block.filter_offset, uint64_t{block.bloom_bytes} + block.gram_bytes));
    put(part, footer.block_table.offset + i * sizeof(BlockEntry), block);
  }
}

void seal_entries(std::string& part, const PartDirectory& directory) {
  for (const FieldEntry& field : directory.fields) {
    for (uint32_t i = 0; i < field.entries; ++i) {
      const uint64_t at = field.entries_offset + uint64_t{i} * sizeof(ColumnEntry);
      if (cut(part, at, sizeof(ColumnEntry)).size() < sizeof(ColumnEntry)) break;
      auto entry = load_word<ColumnEntry>(part.data() + at);
      entry.chunk_checksum = base::hash64(cut(part, entry.offset, entry.stored_bytes));
      entry.entry_checksum = entry.checksum();
      put(part, at, entry);
    }
  }
}

std::unique_ptr<PartReader> open_part(base::MemFs& fs, const std::string& bytes) {
  auto file = fs.open_append("part", base::Fs::Open::kTruncate);
  TRIPOD_CHECK(file && (*file)->append(bytes));
  auto part = PartReader::open(fs, "part");
  return part ? std::move(*part) : nullptr;
}

// What the indexes rule out does not match, unless they say that the values are others than those that are there.
void ask_block(const PartReader& part, BlockReader& block) {
  for (const Matcher& matcher : matchers()) {
    (void)rare_may_match(matcher, block);
    const auto filter = block.text_filter();
    if (filter) (void)matcher.may_be_in(filter->grams);
  }
  static const Filter filter = *Filter::compile(Predicate::any_of(
      {Predicate::compare(Predicate::Op::kContains, "", std::string("text")), Predicate::equal("level", std::string("info"))}));
  auto bound = BlockFilter::bind(filter, part);
  if (!bound) return;
  (void)bound->may_match(block);
  const auto matched = bound->match(block, Bitmap(block.rows(), true));
  TRIPOD_CHECK(!matched || matched->count() <= block.rows());
}

void read_block(const PartReader& part, uint32_t number, const BlockEntry& entry, size_t fields) {
  BlockReader block(part, number, entry.rows);
  ask_block(part, block);
  for (const auto& values : {block.times(), block.sequences(), block.streams()}) {
    TRIPOD_CHECK(!values || (*values)->size() == entry.rows);
  }
  for (uint32_t field = kSystemColumns; field < fields; ++field) {
    const auto column = block.column(field);
    if (!column || *column == nullptr) continue;
    TRIPOD_CHECK((*column)->values().size() <= entry.rows);
    read_column((*column)->values());
  }
}

void read_part(std::string bytes) {
  base::MemFs fs;
  if (!seal_footer(bytes)) return;
  auto part = open_part(fs, bytes);
  if (part == nullptr) return;
  if (const auto directory = part->directory()) seal_entries(bytes, **directory);
  if (const auto blocks = part->blocks()) seal_filters(bytes, part->footer(), **blocks);
  if (!seal_footer(bytes)) return;
  part = open_part(fs, bytes);
  if (part == nullptr) return;
  const auto blocks = part->blocks();
  const auto directory = part->directory();
  if (!blocks || !directory) return;
  for (uint32_t b = 0; b < std::min<size_t>((*blocks)->size(), 8); ++b) {
    read_block(*part, b, (**blocks)[b], std::min<size_t>((*directory)->fields.size(), 64));
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

// What is read says the same when written again.
void read_manifest(std::string_view bytes) {
  std::string sealed(bytes.substr(0, bytes.rfind("checksum ")));
  char line[64];
  const int length = std::snprintf(line, sizeof line, "checksum %016llx\n",
                                   static_cast<unsigned long long>(base::hash64(sealed)));
  sealed.append(line, static_cast<size_t>(length));
  const auto manifest = Manifest::decode(sealed);
  if (!manifest) return;
  const auto again = Manifest::decode(manifest->encode());
  TRIPOD_CHECK(again && again->encode() == manifest->encode());
}

void read_counts(std::string_view bytes) {
  const auto counts = ValueCounts::decode(std::string(bytes), 16);
  if (!counts) return;
  for (uint32_t block = 0; block < 16; ++block) {
    const auto counted = (*counts)->block(block);
    TRIPOD_CHECK(counted.values.size() == counted.counts.size() && counted.rows() <= kMaxBlockRows);
    for (uint32_t value : counted.values) TRIPOD_CHECK(value < (*counts)->values().size());
  }
}

void read_directory(std::string_view bytes) {
  const auto directory = PartDirectory::decode(bytes);
  if (!directory) return;
  const auto again = PartDirectory::decode(directory->encode());
  TRIPOD_CHECK(again && again->encode() == directory->encode());
}

}  // namespace
}  // namespace tripod::store

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod::store;
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  switch (data[0]) {
    case 0:
      read_part(std::string(bytes));
      return 0;
    case 1:
      read_rare(bytes);
      return 0;
    case 2:
      read_manifest(bytes);
      return 0;
    case 3:
      read_directory(bytes);
      return 0;
    case 12:
      read_counts(bytes);
      return 0;
    default:
      break;
  }
  const auto encoding = static_cast<Encoding>(data[0] % 16);
  if (const auto column = decode_column(encoding, std::string(bytes), data[1])) {
    TRIPOD_CHECK((*column)->size() == data[1]);
    read_column(**column);
  }
  return 0;
}
