#include "ship/state.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/hash.h"
#include "base/hex.h"

namespace tripod::ship {

using base::Code;
using base::Result;

namespace {

constexpr std::string_view kFirstLine = "tripod-ship-state 1";
constexpr size_t kIdDigits = 32;
constexpr uint64_t kSecondSeed = 0x9e3779b97f4a7c15ULL;
constexpr size_t kMostStateBytes = 256u << 20;

// Line ends, blanks and '%' would break the file's form.
std::string escaped(std::string_view path) {
  std::string out;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == '%' || byte == 0x7f)
      out += fmt::format("%{:02x}", byte);
    else
      out += c;
  }
  return out;
}

std::optional<std::string> unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto byte = base::from_hex(text.substr(i + 1, 2));
    if (!byte || byte->size() != 1) return std::nullopt;
    out += *byte;
    i += 2;
  }
  return out;
}

// Words of a line, one after another.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}

  std::string_view word() {
    if (done_) good_ = false;
    const size_t end = rest_.find(' ');
    const std::string_view out = rest_.substr(0, end);
    done_ = end == rest_.npos;
    rest_ = done_ ? std::string_view() : rest_.substr(end + 1);
    if (out.empty()) good_ = false;
    return out;
  }
  uint64_t number(int base = 10) {
    const std::string_view text = word();
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc() || end != text.data() + text.size()) good_ = false;
    return value;
  }
  std::string id() {
    const std::string_view text = word();
    if (text.size() != kIdDigits || !base::is_hex(text)) good_ = false;
    return std::string(text);
  }
  Print print() {
    const uint64_t length = number();
    if (length > kPrintBytes) good_ = false;
    return {static_cast<uint32_t>(length), number(16)};
  }
  void fail() { good_ = false; }
  // All were there, and no more.
  bool good() const { return good_ && done_; }

 private:
  std::string_view rest_;
  bool done_ = false;
  bool good_ = true;
};

bool read_file(Words& words, State& state) {
  FileState file;
  file.id = words.id();
  file.device = words.number();
  file.inode = words.number();
  file.head = words.print();
  file.tail = words.print();
  file.offset = words.number();
  auto path = unescaped(words.word());
  if (!words.good() || !path || file.tail.length > file.offset) return false;
  file.path = std::move(*path);
  state.files.push_back(std::move(file));
  return true;
}

bool read_line(std::string_view line, State& state) {
  Words words(line);
  const std::string_view kind = words.word();
  if (kind == "shipper") {
    state.shipper = words.id();
    return words.good();
  }
  if (kind == "file") return read_file(words, state);
  if (kind == "spool") {
    state.spool.segment = words.number();
    state.spool.offset = words.number();
    return words.good();
  }
  if (kind == "pending" && !state.pending) {
    state.pending.emplace();
    state.pending->id = words.id();
    state.pending->lines = words.number();
    return words.good();
  }
  if (kind == "part" && state.pending) {
    BatchPart part;
    part.file = words.id();
    part.begin = words.number();
    part.end = words.number();
    state.pending->parts.push_back(part);
    return words.good() && part.begin < part.end;
  }
  return false;
}

std::unexpected<base::Error> damaged(size_t line) {
  return base::fail(Code::kDataLoss, fmt::format("the state is damaged at line {}", line));
}

}  // namespace

Print Print::of(std::string_view bytes) {
  return {static_cast<uint32_t>(bytes.size()), base::hash64(bytes)};
}

bool Print::matches(std::string_view bytes) const {
  return bytes.size() == length && (length == 0 || base::hash64(bytes) == hash);
}

std::string encode_state(const State& state) {
  std::string out = fmt::format("{}\nshipper {}\nspool {} {}\n", kFirstLine, state.shipper,
                                state.spool.segment, state.spool.offset);
  for (const FileState& f : state.files) {
    out += fmt::format("file {} {} {} {} {:016x} {} {:016x} {} {}\n", f.id, f.device, f.inode,
                       f.head.length, f.head.hash, f.tail.length, f.tail.hash, f.offset,
                       escaped(f.path));
  }
  if (state.pending) {
    out += fmt::format("pending {} {}\n", state.pending->id, state.pending->lines);
    for (const BatchPart& part : state.pending->parts) {
      out += fmt::format("part {} {} {}\n", part.file, part.begin, part.end);
    }
  }
  out += fmt::format("end {:016x}\n", base::hash64(out));
  return out;
}

Result<State> decode_state(std::string_view text) {
  State state;
  std::string_view rest = text;
  for (size_t number = 1; !rest.empty(); ++number) {
    const size_t end = rest.find('\n');
    if (end == rest.npos) return damaged(number);
    const std::string_view line = rest.substr(0, end);
    if (line.starts_with("end ")) {
      const std::string_view before =
          text.substr(0, static_cast<size_t>(line.data() - text.data()));
      Words words(line.substr(4));
      const uint64_t hash = words.number(16);
      if (!words.good() || hash != base::hash64(before) || end + 1 != rest.size())
        return damaged(number);
      if (state.shipper.empty()) return damaged(number);
      return state;
    }
    if (number == 1 && line != kFirstLine) {
      return base::fail(Code::kDataLoss,
                        "the state is not of this version: it does not begin with \"" +
                            std::string(kFirstLine) + "\"");
    }
    if (number > 1 && !read_line(line, state)) return damaged(number);
    rest.remove_prefix(end + 1);
  }
  return base::fail(Code::kDataLoss, "the state is cut off");
}

Result<std::optional<State>> load_state(base::Fs& fs, const std::string& path) {
  const auto status = fs.status(path);
  if (!status && status.error().code == Code::kNotFound) return std::nullopt;
  if (!status) return base::fail(status.error());
  if (status->size > kMostStateBytes)
    return base::fail(Code::kDataLoss, "the state is larger than any that was written");
  auto text = fs.read_all(path);
  if (!text) return base::fail(std::move(text.error()));
  auto state = decode_state(*text);
  if (!state) return base::fail(std::move(state.error()));
  return std::move(*state);
}

Result<> save_state(base::Fs& fs, const std::string& path, const State& state) {
  return fs.write_atomically(path, encode_state(state));
}

std::string batch_id(std::string_view shipper, const std::vector<BatchPart>& parts,
                     uint64_t content) {
  std::string what(shipper);
  for (const BatchPart& part : parts)
    what += fmt::format(" {} {} {}", part.file, part.begin, part.end);
  what += fmt::format(" {:016x}", content);
  return fmt::format("{:016x}{:016x}", base::hash64(what), base::hash64(what, kSecondSeed));
}

}  // namespace tripod::ship
