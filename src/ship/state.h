// What the shipper remembers across restarts: how far each file is acknowledged, and which batch
// was sent without an answer yet. docs/formats/ship-state.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fs.h"
#include "base/result.h"

namespace tripod::ship {

// A few bytes of a file, to know it again by.
struct Print {
  uint32_t length = 0;
  uint64_t hash = 0;

  static Print of(std::string_view bytes);
  bool matches(std::string_view bytes) const;  // `bytes` are `length` many
  friend bool operator==(const Print&, const Print&) = default;
};
inline constexpr uint32_t kPrintBytes = 1024;

// One file, from its first byte until it is cut off, replaced or gone.
struct FileState {
  std::string id;    // random, given when the file was first seen: batch ids are made of it
  std::string path;  // where it was seen last
  uint64_t device = 0;
  uint64_t inode = 0;
  Print head;           // of its first bytes
  Print tail;           // of the bytes before `offset`
  uint64_t offset = 0;  // everything before is acknowledged, spooled or given up (and counted)
};

// A range of one file within a batch.
struct BatchPart {
  std::string file;  // FileState::id
  uint64_t begin = 0;
  uint64_t end = 0;
};

struct PendingBatch {
  std::string id;
  uint64_t lines = 0;
  std::vector<BatchPart> parts;
};

// The first block of the spool that is not acknowledged.
struct SpoolPosition {
  uint64_t segment = 0;
  uint64_t offset = 0;
  friend auto operator<=>(const SpoolPosition&, const SpoolPosition&) = default;
};

struct State {
  std::string shipper;  // random, given at the first start
  std::vector<FileState> files;
  std::optional<PendingBatch> pending;
  SpoolPosition spool;
};

std::string encode_state(const State& state);
// kDataLoss: damaged, cut off, or of another version.
base::Result<State> decode_state(std::string_view text);

// nullopt where there is none yet.
base::Result<std::optional<State>> load_state(base::Fs& fs, const std::string& path);
base::Result<> save_state(base::Fs& fs, const std::string& path, const State& state);

// 32 hexadecimal digits made of who sends and what: the same bytes of the same files have the same
// id each time. `content` is a hash of the parts' bytes.
std::string batch_id(std::string_view shipper, const std::vector<BatchPart>& parts,
                     uint64_t content);

}  // namespace tripod::ship
