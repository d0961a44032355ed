// Zones of the IANA database as the system keeps them (TZif, RFC 8536).
#include <algorithm>
#include <fstream>
#include <iterator>

#include "query/logql/template/go_time.h"

namespace tripod::query::logql::text_template {
namespace {

constexpr size_t kMostZoneBytes = 256 * 1024;

// Big-endian fields of a TZif file, bounds checked.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  bool failed() const { return failed_; }
  int64_t number(size_t size) {
    if (size > bytes_.size() - at_) {
      failed_ = true;
      return 0;
    }
    uint64_t out = size > 0 && (static_cast<unsigned char>(bytes_[at_]) & 0x80) != 0 ? UINT64_MAX : 0;
    for (size_t i = 0; i < size; ++i) out = out << 8 | static_cast<unsigned char>(bytes_[at_ + i]);
    at_ += size;
    return static_cast<int64_t>(out);
  }
  std::string_view bytes(size_t size) {
    if (size > bytes_.size() - at_) {
      failed_ = true;
      return {};
    }
    at_ += size;
    return bytes_.substr(at_ - size, size);
  }

 private:
  const std::string_view bytes_;
  size_t at_ = 0;
  bool failed_ = false;
};

struct Counts {
  size_t utc_flags = 0, standard_flags = 0, leaps = 0, times = 0, types = 0, letters = 0;
};

Counts read_header(Reader& in, char& version) {
  const std::string_view magic = in.bytes(4);
  version = '\0';
  if (magic != "TZif") return {};
  version = in.bytes(1).empty() ? '\0' : '2';
  in.bytes(15);
  Counts out;
  for (size_t* one : {&out.utc_flags, &out.standard_flags, &out.leaps, &out.times, &out.types, &out.letters}) {
    *one = static_cast<size_t>(std::max<int64_t>(in.number(4), 0));
  }
  return out;
}

ZonePtr read_zone(std::string_view file) {
  Reader in(file);
  char version = 0;
  const Counts old = read_header(in, version);
  // The first block has times of 32 bits; the one behind it is what counts.
  in.bytes(old.times * 5 + old.types * 6 + old.letters + old.leaps * 8 + old.standard_flags + old.utc_flags);
  const Counts counts = read_header(in, version);
  if (in.failed() || version == 0 || counts.types == 0 || counts.times > kMostZoneBytes) return nullptr;
  std::vector<int64_t> times;
  for (size_t i = 0; i < counts.times && !in.failed(); ++i) times.push_back(in.number(8));
  const std::string_view indexes = in.bytes(counts.times);
  std::vector<std::pair<int32_t, size_t>> types;  // offset, abbreviation's place
  for (size_t i = 0; i < counts.types && !in.failed(); ++i) {
    const auto offset = static_cast<int32_t>(in.number(4));
    in.number(1);
    types.emplace_back(offset, static_cast<size_t>(in.number(1) & 0xFF));
  }
  const std::string_view letters = in.bytes(counts.letters);
  if (in.failed()) return nullptr;
  const auto span = [&](int64_t from, size_t type) {
    Zone::Span out{from, types[type].first, ""};
    if (types[type].second < letters.size()) {
      const std::string_view name = letters.substr(types[type].second);
      out.abbreviation = name.substr(0, name.find('\0'));
    }
    return out;
  };
  auto out = std::make_shared<Zone>();
  out->spans.push_back(span(INT64_MIN, 0));
  for (size_t i = 0; i < times.size(); ++i) {
    const auto type = static_cast<unsigned char>(indexes[i]);
    if (type >= types.size()) return nullptr;
    out->spans.push_back(span(times[i], type));
  }
  return out;
}

bool is_zone_name(std::string_view name) {
  if (name.empty() || name.size() > 64 || name.find("..") != name.npos || name.starts_with('/')) return false;
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '_' || c == '-' || c == '+';
  });
}

}  // namespace

const Zone::Span& Zone::at(int64_t unix_seconds) const {
  auto behind = std::ranges::upper_bound(spans, unix_seconds, {}, &Span::from);
  return behind == spans.begin() ? spans.front() : *std::prev(behind);
}

ZonePtr utc() {
  static const ZonePtr zone = std::make_shared<const Zone>(Zone{{{INT64_MIN, 0, "UTC"}}});
  return zone;
}

ZonePtr load_zone(std::string_view name) {
  if (name == "UTC" || name == "Local" || !is_zone_name(name)) return utc();
  std::ifstream in("/usr/share/zoneinfo/" + std::string(name), std::ios::binary);
  std::string bytes;
  for (std::istreambuf_iterator<char> at(in), end; at != end && bytes.size() < kMostZoneBytes; ++at) bytes += *at;
  ZonePtr zone = read_zone(bytes);
  return zone ? zone : utc();
}

}  // namespace tripod::query::logql::text_template
