#include "store/events/sequence_set.h"

#include <algorithm>
#include <utility>

#include "store/events/varint.h"

namespace tripod::store {
namespace {

// The bits of one word that stand for numbers of [first, last] (numbers within the chunk).
uint64_t mask(size_t word, uint64_t first, uint64_t last) {
  const uint64_t begin = word * 64;
  if (last < begin || first >= begin + 64) return 0;
  uint64_t bits = ~uint64_t{0};
  if (first > begin) bits &= ~uint64_t{0} << (first - begin);
  if (last < begin + 63) bits &= ~uint64_t{0} >> (63 - (last - begin));
  return bits;
}

}  // namespace

uint64_t SequenceSet::Chunk::count() const {
  uint64_t n = 0;
  for (uint64_t word : words) n += static_cast<uint64_t>(std::popcount(word));
  return n;
}

uint64_t SequenceSet::last() const {
  const Slot& slot = chunks_.back();
  size_t w = kWords - 1;
  while (slot.chunk->words[w] == 0) --w;
  return slot.number * kChunk + w * 64 + 63 - static_cast<uint64_t>(std::countl_zero(slot.chunk->words[w]));
}

std::vector<SequenceSet::Slot>::const_iterator SequenceSet::slot_from(uint64_t number) const {
  return std::ranges::lower_bound(chunks_, number, {}, &Slot::number);
}

bool SequenceSet::contains(uint64_t sequence) const {
  const auto slot = slot_from(sequence / kChunk);
  if (slot == chunks_.end() || slot->number != sequence / kChunk) return false;
  return (slot->chunk->words[sequence % kChunk / 64] >> (sequence % 64) & 1) != 0;
}

bool SequenceSet::meets(uint64_t first, uint64_t last) const {
  if (first > last) return false;
  for (auto slot = slot_from(first / kChunk); slot != chunks_.end() && slot->number <= last / kChunk; ++slot) {
    const uint64_t from = slot->number == first / kChunk ? first % kChunk : 0;
    const uint64_t to = slot->number == last / kChunk ? last % kChunk : kChunk - 1;
    if (from == 0 && to == kChunk - 1) return true;
    for (size_t w = from / 64; w <= to / 64; ++w) {
      if ((slot->chunk->words[w] & mask(w, from, to)) != 0) return true;
    }
  }
  return false;
}

uint64_t SequenceSet::count(uint64_t first, uint64_t last) const {
  uint64_t n = 0;
  for (auto slot = slot_from(first / kChunk); slot != chunks_.end() && slot->number <= last / kChunk; ++slot) {
    const uint64_t from = slot->number == first / kChunk ? first % kChunk : 0;
    const uint64_t to = slot->number == last / kChunk ? last % kChunk : kChunk - 1;
    for (size_t w = from / 64; w <= to / 64; ++w) {
      n += static_cast<uint64_t>(std::popcount(slot->chunk->words[w] & mask(w, from, to)));
    }
  }
  return n;
}

// The chunk for changing: made, or no longer shared.
SequenceSet::Chunk& SequenceSet::own_chunk(uint64_t number) {
  const auto at = chunks_.begin() + (slot_from(number) - chunks_.cbegin());
  if (at == chunks_.end() || at->number != number) {
    return *chunks_.insert(at, Slot{number, std::make_shared<Chunk>()})->chunk;
  }
  // Alone with it nobody else can begin to share it: that takes a copy of this set.
  if (at->chunk.use_count() != 1) at->chunk = std::make_shared<Chunk>(*at->chunk);
  return *at->chunk;
}

template <class Change>
void SequenceSet::change_chunk(uint64_t number, Change&& change) {
  Chunk& chunk = own_chunk(number);
  const uint64_t before = chunk.count();
  change(chunk);
  const uint64_t after = chunk.count();
  size_ += after - before;
  if (after == 0) chunks_.erase(slot_from(number));
}

void SequenceSet::insert(uint64_t sequence) { insert_range(sequence, sequence); }

void SequenceSet::insert_range(uint64_t first, uint64_t last) {
  for (uint64_t number = first / kChunk; number <= last / kChunk; ++number) {
    const uint64_t from = number == first / kChunk ? first % kChunk : 0;
    const uint64_t to = number == last / kChunk ? last % kChunk : kChunk - 1;
    change_chunk(number, [&](Chunk& chunk) {
      for (size_t w = from / 64; w <= to / 64; ++w) chunk.words[w] |= mask(w, from, to);
    });
  }
}

void SequenceSet::insert(std::span<const uint64_t> sequences) {
  while (!sequences.empty()) {
    const uint64_t number = sequences.front() / kChunk;
    const auto end = std::ranges::find_if(sequences, [&](uint64_t sequence) { return sequence / kChunk != number; });
    const auto same = sequences.first(static_cast<size_t>(end - sequences.begin()));
    change_chunk(number, [&](Chunk& chunk) {
      for (uint64_t sequence : same) chunk.words[sequence % kChunk / 64] |= uint64_t{1} << (sequence % 64);
    });
    sequences = sequences.subspan(same.size());
  }
}

void SequenceSet::insert(const SequenceSet& other) {
  if (empty()) {
    *this = other;
    return;
  }
  for (const Slot& slot : other.chunks_) {
    change_chunk(slot.number, [&](Chunk& chunk) {
      for (size_t w = 0; w < kWords; ++w) chunk.words[w] |= slot.chunk->words[w];
    });
  }
}

void SequenceSet::erase(uint64_t sequence) { erase_range(sequence, sequence); }

void SequenceSet::erase(const SequenceSet& other) {
  for (const Slot& slot : other.chunks_) {
    const auto mine = slot_from(slot.number);
    if (mine == chunks_.end() || mine->number != slot.number) continue;
    change_chunk(slot.number, [&](Chunk& chunk) {
      for (size_t w = 0; w < kWords; ++w) chunk.words[w] &= ~slot.chunk->words[w];
    });
  }
}

void SequenceSet::erase_range(uint64_t first, uint64_t last) {
  std::vector<uint64_t> numbers;
  for (auto slot = slot_from(first / kChunk); slot != chunks_.end() && slot->number <= last / kChunk; ++slot) {
    numbers.push_back(slot->number);
  }
  for (uint64_t number : numbers) {
    const uint64_t from = number == first / kChunk ? first % kChunk : 0;
    const uint64_t to = number == last / kChunk ? last % kChunk : kChunk - 1;
    change_chunk(number, [&](Chunk& chunk) {
      for (size_t w = from / 64; w <= to / 64; ++w) chunk.words[w] &= ~mask(w, from, to);
    });
  }
}

std::string SequenceSet::encode() const {
  std::string ranges;
  uint64_t count = 0, first = 0, next = 0, end = 0;  // [first, next) is being gathered, `end` is that of the one before
  auto put = [&] {
    append_varint(ranges, first - end);
    append_varint(ranges, next - first);
    end = next;
    ++count;
  };
  for_each([&](uint64_t sequence) {
    if (sequence == next && next != first) {
      ++next;
      return;
    }
    if (next != first) put();
    first = sequence;
    next = sequence + 1;
  });
  if (next != first) put();
  std::string out;
  append_varint(out, count);
  return out + ranges;
}

base::Result<SequenceSet> SequenceSet::decode(std::string_view bytes, uint64_t most) {
  const auto bad = [] { return base::fail(base::Code::kDataLoss, "sequence numbers: malformed"); };
  CheckedReader in(bytes);
  SequenceSet out;
  uint64_t count = 0, end = 0;
  if (!in.varint(count)) return bad();
  for (uint64_t i = 0; i < count; ++i) {
    uint64_t gap = 0, length = 0;
    if (!in.varint(gap) || !in.varint(length)) return bad();
    if (length == 0 || length > most - out.size() || gap > UINT64_MAX - end || length > UINT64_MAX - end - gap) return bad();
    out.insert_range(end + gap, end + gap + length - 1);
    end += gap + length;
  }
  if (in.left() != 0) return bad();
  return out;
}

}  // namespace tripod::store
