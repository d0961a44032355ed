#include "store/events/wal_record.h"

#include <lz4.h>

#include <cstring>
#include <utility>

namespace tripod::store {
namespace {

constexpr uint8_t kVersion = 1;

struct Header {
  uint8_t version;
  uint8_t compression;
  uint8_t dataset;
  uint8_t reserved;
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

}  // namespace

std::string make_wal_record(Dataset dataset, std::string_view body, WalCompression compression) {
  Header header{kVersion, static_cast<uint8_t>(compression), static_cast<uint8_t>(dataset), 0,
                static_cast<uint32_t>(body.size()), 0};
  std::string record;
  if (compression == WalCompression::kNone) {
    record.reserve(sizeof(header) + body.size());
    append_word(record, header);
    record.append(body);
    return record;
  }
  const auto body_bytes = static_cast<int>(body.size());  // at most kMaxBodyBytes
  record.resize_and_overwrite(
      sizeof(header) + static_cast<size_t>(LZ4_compressBound(body_bytes)),
      [&](char* to, size_t room) {
        std::memcpy(to, &header, sizeof(header));
        const int packed = LZ4_compress_default(body.data(), to + sizeof(header), body_bytes,
                                                static_cast<int>(room - sizeof(header)));
        TRIPOD_CHECK(packed > 0);
        return sizeof(header) + static_cast<size_t>(packed);
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
  if (header.version != kVersion) {
    return base::fail(base::Code::kUnsupported,
                      "log record of version " + std::to_string(header.version) +
                          ": this program reads version " + std::to_string(kVersion));
  }
  if (header.dataset != static_cast<uint8_t>(dataset)) {
    return base::fail(base::Code::kDataLoss, "log record of another dataset");
  }
  const std::string_view packed = record.substr(sizeof(Header));
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
  return WalRecord{header.first_sequence, std::move(*batch)};
}

}  // namespace tripod::store
