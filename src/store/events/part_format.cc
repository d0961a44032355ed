#include "store/events/part_format.h"

#include <algorithm>
#include <cstddef>

#include "base/hash.h"
#include "store/events/varint.h"

namespace tripod::store {

uint32_t ColumnEntry::checksum() const {
  return static_cast<uint32_t>(
      base::hash64({reinterpret_cast<const char*>(this), offsetof(ColumnEntry, entry_checksum)}));
}

uint64_t PartFooter::own_checksum() const {
  return base::hash64({reinterpret_cast<const char*>(this), offsetof(PartFooter, checksum)});
}

uint32_t PartDirectory::find(std::string_view name) const {
  const auto begin = fields.begin() + kSystemColumns;
  const auto found = std::lower_bound(begin, fields.end(), name,
                                      [](const FieldEntry& field, std::string_view n) { return field.name < n; });
  if (found == fields.end() || found->name != name) return kNoField;
  return static_cast<uint32_t>(found - fields.begin());
}

std::string PartDirectory::encode() const {
  std::string out;
  append_varint(out, fields.size());
  for (const FieldEntry& field : fields) {
    append_text(out, field.name);
    append_varint(out, field.id);
    out += static_cast<char>(field.types);
    out += field.in_rare ? '\1' : '\0';
    append_varint(out, field.rows);
    append_varint(out, field.entries_offset);
    append_varint(out, field.entries);
    append_varint(out, field.counts.stored_bytes);
    if (field.counts.stored_bytes == 0) continue;
    append_varint(out, field.counts.offset);
    append_varint(out, field.counts.raw_bytes);
    append_word(out, field.counts.checksum);
  }
  append_varint(out, replaces.size());
  for (uint64_t number : replaces) append_varint(out, number);
  return out;
}

std::vector<uint32_t> PartDirectory::places_by_id() const {
  std::vector<uint32_t> out(fields.size(), kNoField);
  for (uint32_t i = 0; i < fields.size(); ++i) {
    if (fields[i].id < out.size()) out[fields[i].id] = i;
  }
  return out;
}

namespace {

bool read_counts(CheckedReader& in, SectionRef& out) {
  uint64_t stored = 0, raw = 0;
  if (!in.varint(stored) || stored > UINT32_MAX) return false;
  if (stored == 0) return true;
  if (!in.varint(out.offset) || !in.varint(raw) || raw > UINT32_MAX || !in.word(out.checksum)) return false;
  out.stored_bytes = static_cast<uint32_t>(stored);
  out.raw_bytes = static_cast<uint32_t>(raw);
  return true;
}

}  // namespace

base::Result<PartDirectory> PartDirectory::decode(std::string_view bytes) {
  const auto bad = [] { return base::fail(base::Code::kDataLoss, "part: malformed directory"); };
  CheckedReader in(bytes);
  uint64_t count = 0;
  if (!in.varint(count) || count < kSystemColumns || count > bytes.size()) return bad();
  PartDirectory out;
  out.fields.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    FieldEntry field;
    std::string_view name;
    uint8_t in_rare = 0;
    uint64_t id = 0, entries = 0;
    if (!in.text(name) || !in.varint(id) || id > UINT32_MAX || !in.word(field.types) || !in.word(in_rare) || !in.varint(field.rows) ||
        !in.varint(field.entries_offset) || !in.varint(entries) || entries > UINT32_MAX ||
        !read_counts(in, field.counts)) {
      return bad();
    }
    field.name = name;
    field.id = static_cast<uint32_t>(id);
    field.in_rare = in_rare != 0;
    field.entries = static_cast<uint32_t>(entries);
    // Searched by halves: an unsorted directory would hide fields.
    if (i > kSystemColumns && !(out.fields.back().name < field.name)) return bad();
    out.fields.push_back(std::move(field));
  }
  if (!in.varint(count) || count > in.left()) return bad();
  out.replaces.resize(count);
  for (uint64_t& number : out.replaces) {
    if (!in.varint(number)) return bad();
  }
  if (in.left() != 0) return bad();
  return out;
}

}  // namespace tripod::store
