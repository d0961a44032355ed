#include "store/metrics/head_index.h"

#include "base/hash.h"

namespace tripod::store::metrics {
namespace {

constexpr size_t kFirstSlots = 1024;

}  // namespace

uint64_t hash_labels(std::span<const model::Label> labels) {
  // One pass of the hash over all labels put together costs a fraction of one call per string.
  char buffer[2048];
  size_t used = 0;
  uint64_t seed = labels.size();
  auto add = [&](std::string_view text) {
    if (text.size() + 1 > sizeof(buffer) - used) {
      seed = base::hash64({buffer, used}, seed);
      used = 0;
      if (text.size() + 1 > sizeof(buffer)) {
        seed = base::hash64(text, seed);
        return;
      }
    }
    used += text.copy(buffer + used, text.size());   // may be empty: labels are hashed before they are looked at
    buffer[used++] = '\xff';  // is in no UTF-8 text
  };
  for (const model::Label& label : labels) {
    add(label.name);
    add(label.value);
  }
  return base::hash64({buffer, used}, seed);
}

HeadIndex::HeadIndex() : symbols_(std::make_shared<SymbolTable>()), slots_(kFirstSlots) {}

bool HeadIndex::same_labels(const Series& series, std::span<const model::Label> labels) const {
  if (series.label_count != labels.size()) return false;
  for (size_t i = 0; i < labels.size(); ++i) {
    const LabelRef& ref = series.label_refs[i];
    if (symbols_->text(ref.value) != labels[i].value) return false;
    if (symbols_->text(ref.name) != labels[i].name) return false;
  }
  return true;
}

Series* HeadIndex::find(std::span<const model::Label> labels, uint64_t hash) {
  const size_t mask = slots_.size() - 1;
  for (size_t i = hash & mask;; i = (i + 1) & mask) {
    const Slot& slot = slots_[i];
    if (slot.number_plus_one == 0) return nullptr;
    if (slot.hash != hash) continue;
    Series& series = series_[slot.number_plus_one - 1];
    if (same_labels(series, labels)) return &series;
  }
}

// Hardly ever another one than find() gives.
const Series* HeadIndex::likely(uint64_t hash) const {
  const Slot& slot = slots_[hash & (slots_.size() - 1)];
  return slot.number_plus_one != 0 && slot.hash == hash ? &series_[slot.number_plus_one - 1] : nullptr;
}

void HeadIndex::prefetch_series(uint64_t hash) const {
  const Series* series = likely(hash);
  if (series == nullptr) return;
  __builtin_prefetch(series);
  __builtin_prefetch(&series->open);
}

void HeadIndex::prefetch_labels(uint64_t hash) const {
  if (const Series* series = likely(hash)) __builtin_prefetch(series->label_refs);
}

void HeadIndex::insert_slot(uint64_t hash, uint32_t number) {
  const size_t mask = slots_.size() - 1;
  size_t i = hash & mask;
  while (slots_[i].number_plus_one != 0) i = (i + 1) & mask;
  slots_[i] = {hash, number + 1};
}

void HeadIndex::grow_slots() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  for (const Slot& slot : old) {
    if (slot.number_plus_one != 0) insert_slot(slot.hash, slot.number_plus_one - 1);
  }
}

Series& HeadIndex::create(std::span<const model::Label> labels, uint64_t hash) {
  const auto number = static_cast<uint32_t>(series_.size());
  auto refs = arena_.make_array<LabelRef>(labels.size());
  for (size_t i = 0; i < labels.size(); ++i) {
    refs[i] = {symbols_->intern(labels[i].name), symbols_->intern(labels[i].value)};
    PostingList& list = postings_[pair_key(refs[i].name, refs[i].value)];
    if (list.ids().empty()) values_[refs[i].name].push_back(refs[i].value);
    posting_heap_bytes_ -= list.heap_bytes();
    list.push_back(number);
    posting_heap_bytes_ += list.heap_bytes();
  }
  Series& series = series_.emplace_back();
  series.hash = hash;
  series.label_refs = refs.data();
  series.label_count = static_cast<uint16_t>(labels.size());
  if (series_.size() * 10 > slots_.size() * 7) grow_slots();
  insert_slot(hash, number);
  return series;
}

size_t HeadIndex::memory() const {
  const size_t pairs = postings_.bucket_count() * (sizeof(uint64_t) + sizeof(PostingList) + 1);
  const size_t values = postings_.size() * sizeof(Symbol) * 3 / 2 + values_.size() * 64;
  return symbols_->memory() + arena_.bytes_reserved() + series_.size() * sizeof(Series) +
         slots_.size() * sizeof(Slot) + pairs + values + posting_heap_bytes_;
}

size_t HeadIndex::count(std::string_view name, std::string_view value) const {
  const Symbol name_symbol = symbols_->find(name);
  const Symbol value_symbol = symbols_->find(value);
  if (name_symbol == kNoSymbol || value_symbol == kNoSymbol) return 0;
  const auto found = postings_.find(pair_key(name_symbol, value_symbol));
  return found == postings_.end() ? 0 : found->second.ids().size();
}

void HeadIndex::each_pair(const std::function<void(Symbol, Symbol, size_t)>& visit) const {
  for (const auto& [key, list] : postings_) {
    visit(static_cast<Symbol>(key >> 32), static_cast<Symbol>(key), list.ids().size());
  }
}

std::vector<std::string_view> HeadIndex::names() const {
  std::vector<std::string_view> out;
  out.reserve(values_.size());
  for (const auto& [name, values] : values_) out.push_back(symbols_->text(name));
  return out;
}

void HeadIndex::each_value(
    std::string_view name,
    const std::function<void(std::string_view, std::span<const uint32_t>)>& visit) const {
  const Symbol symbol = symbols_->find(name);
  if (symbol == kNoSymbol) return;
  auto found = values_.find(symbol);
  if (found == values_.end()) return;
  for (Symbol value : found->second) {
    visit(symbols_->text(value), postings_.find(pair_key(symbol, value))->second.ids());
  }
}

base::Result<Postings> HeadIndex::all() const {
  Postings out(series_.size());
  for (uint32_t i = 0; i < out.size(); ++i) out[i] = i;
  return out;
}

base::Result<Postings> HeadIndex::of(std::string_view name, std::string_view value) const {
  const Symbol name_symbol = symbols_->find(name);
  const Symbol value_symbol = symbols_->find(value);
  if (name_symbol == kNoSymbol || value_symbol == kNoSymbol) return Postings{};
  auto found = postings_.find(pair_key(name_symbol, value_symbol));
  if (found == postings_.end()) return Postings{};
  const auto ids = found->second.ids();
  return Postings(ids.begin(), ids.end());
}

base::Result<Postings> HeadIndex::of_values(
    std::string_view name, const std::function<bool(std::string_view)>& accept) const {
  std::vector<Postings> lists;
  each_value(name, [&](std::string_view value, std::span<const uint32_t> ids) {
    if (accept(value)) lists.emplace_back(ids.begin(), ids.end());
  });
  return unite(std::move(lists));
}

base::Result<> HeadIndex::keep_if(Postings& candidates, std::string_view name,
                                  const std::function<bool(std::string_view)>& accept) const {
  const Symbol symbol = symbols_->find(name);
  Symbol last = kNoSymbol;
  bool last_accepted = accept("");
  std::erase_if(candidates, [&](uint32_t number) {
    const auto labels = series_[number].labels();
    const auto found = std::ranges::find(labels, symbol, &LabelRef::name);
    const Symbol value = found == labels.end() ? kNoSymbol : found->value;
    if (value != last) last_accepted = accept(value == kNoSymbol ? "" : symbols_->text(value));
    last = value;
    return !last_accepted;
  });
  return {};
}

}  // namespace tripod::store::metrics
