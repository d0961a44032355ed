#include "store/events/wal_record.h"

#include <lz4.h>

#include <cstring>
#include <utility>

namespace tripod::store {
namespace {

// Version 2 has extras behind the header; a record without any is written as version 1.
constexpr uint8_t kPlainVersion = 1;
constexpr uint8_t kVersion = 2;
enum ExtraFlag : uint8_t { kHasId = 1, kHasSupersedes = 2 };

struct Header {
  uint8_t version;
  uint8_t compression;
  uint8_t dataset;
  uint8_t extras;       // ExtraFlag; 0 in version 1
  uint32_t body_bytes;  // uncompressed
  uint64_t first_sequence;
};
static_assert(sizeof(Header) == 16);

base::Result<std::string> decompress(std::string_view packed, size_t body_bytes) {
  // lz4 cannot expand more than about 255 times: a larger claim is damage, not a reason to allocate.
  if (body_bytes > RowBatch::kMaxBodyBytes + 64 || body_bytes / 255 > packed.size() + 1) {
    return base::fail(base::Code::kDataLoss, "log record: size");
  }
  std::string body(body_bytes, '\0');
  const int got = LZ4_decompress_safe(packed.data(), body.data(), static_cast<int>(packed.size()),
                                      static_cast<int>(body_bytes));
  if (got < 0 || static_cast<size_t>(got) != body_bytes) {
    return base::fail(base::Code::kDataLoss, "log record: lz4");
  }
  return body;
}

std::string encode_extras(const WalExtras& extras) {
  std::string out;
  if (extras.id) {
    append_word(out, extras.id->high);
    append_word(out, extras.id->low);
    append_word(out, extras.received);
  }
  if (!extras.supersedes.empty()) {
    append_varint(out, extras.supersedes.size());
    uint64_t before = 0;
    for (uint64_t sequence : extras.supersedes) {
      append_varint(out, sequence - before);
      before = sequence;
    }
  }
  return out;
}

bool read_supersedes(CheckedReader& in, std::vector<uint64_t>& out) {
  uint64_t count = 0, sequence = 0;
  // Each takes a byte at least: a larger count is damage, not a reason to allocate.
  if (!in.varint(count) || count == 0 || count > in.left()) return false;
  out.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    uint64_t difference = 0;
    if (!in.varint(difference) || difference == 0 || difference > UINT64_MAX - sequence) return false;
    out.push_back(sequence += difference);
  }
  return true;
}

// Cuts the extras off the front of `rest`.
base::Result<WalExtras> read_extras(const Header& header, std::string_view& rest) {
  WalExtras out;
  if (header.version == kPlainVersion) return out;
  CheckedReader in(rest);
  BatchId id;
  bool good = (header.extras & ~(kHasId | kHasSupersedes)) == 0;
  if (good && (header.extras & kHasId) != 0) {
    good = in.word(id.high) && in.word(id.low) && in.word(out.received);
    out.id = id;
  }
  if (good && (header.extras & kHasSupersedes) != 0) good = read_supersedes(in, out.supersedes);
  if (!good) return base::fail(base::Code::kDataLoss, "log record: extras");
  rest.remove_prefix(in.position());
  return out;
}

}  // namespace

std::string make_wal_record(Dataset dataset, std::string_view body, WalCompression compression,
                            const WalExtras& extras) {
  const std::string encoded_extras = encode_extras(extras);
  const auto flags = static_cast<uint8_t>((extras.id ? kHasId : 0) | (extras.supersedes.empty() ? 0 : kHasSupersedes));
  const Header header{flags == 0 ? kPlainVersion : kVersion, static_cast<uint8_t>(compression),
                      static_cast<uint8_t>(dataset), flags, static_cast<uint32_t>(body.size()), 0};
  const size_t head = sizeof(header) + encoded_extras.size();
  std::string record;
  if (compression == WalCompression::kNone) {
    record.reserve(head + body.size());
    append_word(record, header);
    record.append(encoded_extras);
    record.append(body);
    return record;
  }
  const auto body_bytes = static_cast<int>(body.size());  // at most kMaxBodyBytes
  record.resize_and_overwrite(
      head + static_cast<size_t>(LZ4_compressBound(body_bytes)),
      [&](char* to, size_t room) {
        std::memcpy(to, &header, sizeof(header));
        std::memcpy(to + sizeof(header), encoded_extras.data(), encoded_extras.size());
        const int packed = LZ4_compress_default(body.data(), to + head, body_bytes,
                                                static_cast<int>(room - head));
        TRIPOD_CHECK(packed > 0);
        return head + static_cast<size_t>(packed);
      });
  return record;
}

void set_first_sequence(std::string& record, uint64_t first_sequence) {
  TRIPOD_CHECK(record.size() >= sizeof(Header));
  std::memcpy(record.data() + offsetof(Header, first_sequence), &first_sequence,
              sizeof(first_sequence));
}

base::Result<WalRecord> read_wal_record(Dataset dataset, std::string_view record) {
  if (record.size() < sizeof(Header)) return base::fail(base::Code::kDataLoss, "log record: too short");
  const auto header = load_word<Header>(record.data());
  if (header.version != kPlainVersion && header.version != kVersion) {
    return base::fail(base::Code::kUnsupported,
                      "log record of version " + std::to_string(header.version) +
                          ": this program reads versions up to " + std::to_string(kVersion));
  }
  if (header.dataset != static_cast<uint8_t>(dataset)) {
    return base::fail(base::Code::kDataLoss, "log record of another dataset");
  }
  std::string_view packed = record.substr(sizeof(Header));
  auto extras = read_extras(header, packed);
  if (!extras) return base::fail(std::move(extras.error()));
  base::Result<std::string> body;
  if (header.compression == static_cast<uint8_t>(WalCompression::kLz4)) {
    body = decompress(packed, header.body_bytes);
  } else if (header.compression == static_cast<uint8_t>(WalCompression::kNone)) {
    body = std::string(packed);
  } else {
    body = base::fail(base::Code::kDataLoss, "log record: unknown compression");
  }
  if (!body) return base::fail(std::move(body.error()));
  auto batch = RowBatch::decode(std::move(*body));
  if (!batch) return base::fail(std::move(batch.error()));
  return WalRecord{header.first_sequence, std::move(*batch), std::move(*extras)};
}

}  // namespace tripod::store
