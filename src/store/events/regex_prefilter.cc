#include "store/events/regex_prefilter.h"

#include <re2/filtered_re2.h>

#include <algorithm>
#include <utility>

namespace tripod::store {
namespace {

// Of the expression's second form, which is asked for its parts alone: one that needs more has no prefilter.
constexpr int64_t kMostMemory = 1 << 20;

// Whether letters of the pattern may stand for others than the two of ASCII: "k" and "s" have a third form each (the Kelvin
// sign, the long s), which the expression takes for the letter and the grams do not.
bool may_fold(std::string_view pattern) {
  const bool ascii = std::ranges::all_of(pattern, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (!ascii) return true;
  for (const std::string_view sign : {"(?", "\\x", "\\p", "\\P"}) {
    if (pattern.find(sign) != pattern.npos) return true;
  }
  return false;
}

// The parts of an atom whose bytes are in every matching text as they are, but for the case of ASCII letters.
std::vector<GramProbe> probes_of(std::string_view atom, bool folds) {
  std::vector<GramProbe> out;
  const auto parts = [folds](char c) {
    return static_cast<unsigned char>(c) >= 0x80 || (folds && (c == 'k' || c == 's'));
  };
  for (auto from = atom.begin(); from != atom.end();) {
    const auto to = std::find_if(from, atom.end(), parts);
    if (GramProbe probe(std::string_view(from, to)); !probe.empty()) out.push_back(std::move(probe));
    from = std::find_if_not(to, atom.end(), parts);
  }
  return out;
}

}  // namespace

RegexPrefilter::RegexPrefilter() = default;
RegexPrefilter::~RegexPrefilter() = default;

std::unique_ptr<const RegexPrefilter> RegexPrefilter::of(const std::string& pattern) {
  std::unique_ptr<RegexPrefilter> out(new RegexPrefilter);
  out->tree_ = std::make_unique<re2::FilteredRE2>(static_cast<int>(kGramBytes));
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMostMemory);
  int id = 0;
  if (out->tree_->Add(pattern, options, &id) != re2::RE2::NoError) return nullptr;
  std::vector<std::string> atoms;
  out->tree_->Compile(&atoms);
  const bool folds = may_fold(pattern);
  for (const std::string& atom : atoms) out->atoms_.push_back(probes_of(atom, folds));
  // With nothing found, would the expression be ruled out? Only then is the question worth asking.
  return out->may_be_in({}) ? nullptr : std::unique_ptr<const RegexPrefilter>(std::move(out));
}

bool RegexPrefilter::may_be_in(std::string_view grams) const {
  std::vector<int> found;
  for (size_t i = 0; i < atoms_.size(); ++i) {
    const auto there = [grams](const GramProbe& probe) { return probe.may_be_in(grams); };
    if (std::ranges::all_of(atoms_[i], there)) found.push_back(static_cast<int>(i));
  }
  if (found.size() == atoms_.size()) return true;
  std::vector<int> potential;
  tree_->AllPotentials(found, &potential);
  return !potential.empty();
}

}  // namespace tripod::store
