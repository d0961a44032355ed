// What a crash or a bad disk leaves behind, byte by byte.
#include "base/wal_replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/mem_fs.h"
#include "base/wal.h"
#include "base/wal_check.h"
#include "base/wal_format.h"

namespace tripod::base {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Numbers = std::vector<WalSequence>;

const std::string kFirst = "wal/" + wal_segment_name(1);

// A segment's bytes, and where each of its records ends.
struct Built {
  std::string bytes;
  std::vector<size_t> ends;
};

Built build(WalSequence first, size_t count, WalSequence follows = 0) {
  Built built;
  append_wal_segment_header(built.bytes, {first, follows});
  for (WalSequence n = first; n < first + count; ++n) {
    const std::string payload = "payload of " + std::to_string(n);
    append_wal_record_header(built.bytes, n, payload);
    built.bytes += payload;
    built.ends.push_back(built.bytes.size());
  }
  return built;
}

void put(MemFs& fs, const std::string& path, std::string_view bytes) {
  ASSERT_TRUE(fs.create_dirs("wal"));
  auto file = fs.open_append(path, Fs::Open::kTruncate);
  ASSERT_TRUE((*file)->append(bytes));
  ASSERT_TRUE((*file)->sync());
  ASSERT_TRUE(fs.sync_dir("wal"));
}

// Opens a Wal, and checks that each record has its own payload.
struct Opened {
  Numbers numbers;
  std::unique_ptr<Wal> wal;
};

Opened open(Fs& fs) {
  Opened opened;
  WalOptions options;
  options.dir = "wal";
  auto wal = Wal::open(fs, options, [&](WalSequence n, std::string_view record) -> Result<> {
    EXPECT_TRUE(record == "payload of " + std::to_string(n)) << n;
    opened.numbers.push_back(n);
    return {};
  });
  EXPECT_TRUE(wal) << wal.error().message;
  if (wal) opened.wal = std::move(*wal);
  return opened;
}

Numbers up_to(WalSequence last) {
  Numbers numbers;
  for (WalSequence n = 1; n <= last; ++n) numbers.push_back(n);
  return numbers;
}

void append_next(Wal& wal) {
  const WalSequence next = wal.last_sequence() + 1;
  EXPECT_EQ(wal.append_sync("payload of " + std::to_string(next)).value(), next);
}

TEST(WalReplay, ATailCutAtAnyByteLosesOnlyTheUnfinishedRecord) {
  const Built built = build(1, 4);
  for (size_t length = 0; length <= built.bytes.size(); ++length) {
    MemFs fs;
    put(fs, kFirst, std::string_view(built.bytes).substr(0, length));
    const auto whole = static_cast<WalSequence>(
        std::ranges::count_if(built.ends, [&](size_t end) { return end <= length; }));
    {
      Opened opened = open(fs);
      EXPECT_EQ(opened.numbers, up_to(whole)) << length;
      EXPECT_THAT(opened.wal->warnings(), IsEmpty()) << length;
      const size_t kept = whole == 0 ? (length < kWalSegmentHeaderBytes ? 0 : kWalSegmentHeaderBytes)
                                     : built.ends[whole - 1];
      if (length == kept) {
        EXPECT_THAT(opened.wal->notices(), IsEmpty()) << length;
      } else {
        EXPECT_THAT(opened.wal->notices(),
                    ElementsAre(AllOf(HasSubstr(kFirst), HasSubstr("normal after a crash"),
                                      HasSubstr(" " + std::to_string(length - kept) + " bytes"))))
            << length;
      }
      append_next(*opened.wal);
    }
    fs.lose_power();
    const Opened again = open(fs);
    EXPECT_EQ(again.numbers, up_to(whole + 1)) << length;
    EXPECT_THAT(again.wal->notices(), IsEmpty()) << length << ": told once";
  }
}

TEST(WalReplay, PowerLossAtAnyByteOfAnUnsyncedTail) {
  const size_t record_bytes = build(3, 1).bytes.size() - kWalSegmentHeaderBytes;
  for (size_t torn = 0; torn <= record_bytes; ++torn) {
    MemFs fs;
    Opened opened = open(fs);
    append_next(*opened.wal);
    append_next(*opened.wal);
    // The sync fails and so does the cut back: the tail is what the power loss makes of it.
    fs.set_fault_hook([](MemFs::Op op, const std::string&) -> std::optional<MemFs::Fault> {
      if (op != MemFs::Op::kSync) return std::nullopt;
      return MemFs::Fault{{Code::kIo, "EIO"}};
    });
    EXPECT_FALSE(opened.wal->append_sync("payload of 3"));
    fs.lose_power(torn);
    opened.wal.reset();
    fs.set_fault_hook({});
    opened = open(fs);
    EXPECT_EQ(opened.numbers, up_to(torn == record_bytes ? 3 : 2)) << torn;
    EXPECT_THAT(opened.wal->warnings(), IsEmpty()) << torn;
    append_next(*opened.wal);
    fs.lose_power();
    opened.wal.reset();
    EXPECT_EQ(open(fs).numbers, up_to(torn == record_bytes ? 4 : 3)) << torn;
  }
}

TEST(WalReplay, ATailOfZeroesIsTorn) {
  // File systems that extend a file before its data is written leave these.
  for (const size_t zeroes : {1, 15, 16, 17, 5000}) {
    MemFs fs;
    const Built built = build(1, 2);
    put(fs, kFirst, built.bytes + std::string(zeroes, '\0'));
    const Opened opened = open(fs);
    EXPECT_EQ(opened.numbers, up_to(2));
    EXPECT_THAT(opened.wal->warnings(), IsEmpty());
    EXPECT_EQ(fs.read_all(kFirst).value(), built.bytes);
  }
  MemFs fs;
  put(fs, kFirst, std::string(4096, '\0'));
  EXPECT_THAT(open(fs).numbers, IsEmpty());
}

TEST(WalReplay, WhatWasReplayedIsSyncedBeforeAnybodyBuildsOnIt) {
  MemFs fs;
  const Built built = build(1, 3);
  put(fs, kFirst, std::string_view(built.bytes).substr(0, built.ends[0]));
  // A process killed after its write and before its sync: the bytes are in the page cache.
  auto file = fs.open_append(kFirst, Fs::Open::kAppend);
  ASSERT_TRUE((*file)->append(std::string_view(built.bytes).substr(built.ends[0])));
  Opened opened = open(fs);
  EXPECT_EQ(opened.numbers, up_to(3));
  fs.lose_power();
  opened.wal.reset();
  EXPECT_EQ(open(fs).numbers, up_to(3));
}

TEST(WalReplay, AFlippedBitInTheMiddleSetsTheRestAside) {
  const Built built = build(1, 5);
  for (size_t at = built.ends[1]; at < built.ends[2]; ++at) {
    MemFs fs;
    put(fs, kFirst, built.bytes);
    fs.flip_bit(kFirst, at);
    const std::string flipped = fs.read_all(kFirst).value();
    {
      Opened opened = open(fs);
      EXPECT_EQ(opened.numbers, up_to(2)) << at;
      ASSERT_THAT(opened.wal->warnings(), SizeIs(1)) << at;
      EXPECT_THAT(opened.wal->warnings()[0], HasSubstr("records from 3 to 5 are lost"));
      EXPECT_EQ(fs.read_all(kFirst + ".damaged").value(), flipped.substr(built.ends[1]));
      // Numbers a store may have seen before are not given out a second time.
      EXPECT_EQ(opened.wal->last_sequence(), 5u);
      append_next(*opened.wal);
    }
    fs.lose_power();
    const Opened again = open(fs);
    EXPECT_THAT(again.numbers, ElementsAre(1, 2, 6)) << at;
    EXPECT_THAT(again.wal->warnings(), IsEmpty()) << at;
  }
}

TEST(WalReplay, AFlippedBitInTheLastRecordIsATornTail) {
  const Built built = build(1, 3);
  for (size_t at = built.ends[1]; at < built.ends[2]; ++at) {
    MemFs fs;
    put(fs, kFirst, built.bytes);
    fs.flip_bit(kFirst, at);
    const Opened opened = open(fs);
    EXPECT_EQ(opened.numbers, up_to(2)) << at;
    EXPECT_THAT(opened.wal->warnings(), IsEmpty()) << at;
    EXPECT_EQ(opened.wal->last_sequence(), 2u);
  }
}

TEST(WalReplay, ADamagedSegmentBeforeTheLastDoesNotStopTheLater) {
  const Built first = build(1, 3);
  const Built second = build(4, 3, 3);
  for (const size_t cut : {first.bytes.size() - 1, first.ends[0] + 3}) {
    MemFs fs;
    put(fs, kFirst, std::string_view(first.bytes).substr(0, cut));
    put(fs, "wal/" + wal_segment_name(4), second.bytes);
    const Opened opened = open(fs);
    const bool one = cut == first.ends[0] + 3;
    EXPECT_EQ(opened.numbers, one ? (Numbers{1, 4, 5, 6}) : (Numbers{1, 2, 4, 5, 6}));
    ASSERT_FALSE(opened.wal->warnings().empty());
    EXPECT_THAT(opened.wal->warnings()[0], HasSubstr("set aside"));
    EXPECT_TRUE(fs.exists(kFirst + ".damaged"));
    EXPECT_EQ(opened.wal->last_sequence(), 6u);
  }
}

TEST(WalReplay, ADamagedHeaderSetsTheWholeSegmentAside) {
  const Built built = build(1, 3);
  for (size_t at = 0; at < kWalSegmentHeaderBytes; ++at) {
    MemFs fs;
    put(fs, kFirst, built.bytes);
    fs.flip_bit(kFirst, at);
    Opened opened = open(fs);
    EXPECT_THAT(opened.numbers, IsEmpty()) << at;
    ASSERT_THAT(opened.wal->warnings(), SizeIs(1)) << at;
    EXPECT_TRUE(fs.exists(kFirst + ".damaged"));
    EXPECT_EQ(opened.wal->last_sequence(), 3u);
    append_next(*opened.wal);
    opened.wal.reset();
    EXPECT_THAT(open(fs).numbers, ElementsAre(4));
  }
}

TEST(WalReplay, EarlierDamagedFilesAreKept) {
  MemFs fs;
  put(fs, kFirst + ".damaged", "evidence");
  put(fs, kFirst, build(1, 3).bytes);
  fs.flip_bit(kFirst, 0);
  EXPECT_TRUE(open(fs).wal);
  EXPECT_EQ(fs.read_all(kFirst + ".damaged").value(), "evidence");
  EXPECT_TRUE(fs.exists(kFirst + ".2.damaged"));
}

TEST(WalReplay, ALaterVersionIsRefusedAndLeftAlone) {
  MemFs fs;
  std::string bytes = build(1, 1).bytes;
  bytes[8] = 2;
  const uint64_t checksum = hash64(std::string_view(bytes).substr(0, kWalSegmentHeaderBytes - 8));
  bytes.replace(kWalSegmentHeaderBytes - 8, 8, reinterpret_cast<const char*>(&checksum), 8);
  put(fs, kFirst, bytes);
  const auto got = replay_wal(fs, "wal", [](auto, auto) -> Result<> { return {}; });
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::kUnsupported);
  EXPECT_THAT(got.error().message, HasSubstr("version 2"));
  EXPECT_EQ(fs.read_all(kFirst).value(), bytes);
}

TEST(WalReplay, AMissingSegmentIsSaid) {
  MemFs fs;
  put(fs, kFirst, build(1, 2).bytes);
  put(fs, "wal/" + wal_segment_name(6), build(6, 1, 5).bytes);
  const Opened opened = open(fs);
  EXPECT_THAT(opened.numbers, ElementsAre(1, 2, 6));
  ASSERT_THAT(opened.wal->warnings(), SizeIs(1));
  EXPECT_THAT(opened.wal->warnings()[0], HasSubstr("records 3 to 5 are missing"));
}

TEST(WalReplay, ASegmentThatRepeatsRecordsIsSetAside) {
  MemFs fs;
  put(fs, kFirst, build(1, 5).bytes);
  put(fs, "wal/" + wal_segment_name(3), build(3, 3, 2).bytes);
  const Opened opened = open(fs);
  EXPECT_EQ(opened.numbers, up_to(5));
  EXPECT_THAT(opened.wal->warnings(), SizeIs(1));
  EXPECT_EQ(opened.wal->last_sequence(), 5u);
}

TEST(WalReplay, OtherFilesInTheFolderAreLeftAlone) {
  MemFs fs;
  put(fs, "wal/README", "x");
  put(fs, "wal/0000000000000000000x.wal", "x");
  put(fs, "wal/00000000000000000000.wal", "x");
  put(fs, kFirst + ".damaged.tmp", "half a copy");
  EXPECT_THAT(open(fs).numbers, IsEmpty());
  EXPECT_EQ(fs.read_all("wal/README").value(), "x");
  EXPECT_TRUE(fs.exists("wal/00000000000000000000.wal"));
  EXPECT_FALSE(fs.exists(kFirst + ".damaged.tmp"));
}

TEST(WalReplay, ACrashWhileSettingAsideLosesNothing) {
  const Built built = build(1, 5);
  for (const auto failing :
       {MemFs::Op::kAppend, MemFs::Op::kSync, MemFs::Op::kRename, MemFs::Op::kSyncDir}) {
    MemFs fs;
    put(fs, kFirst, built.bytes);
    fs.flip_bit(kFirst, built.ends[1] + 20);
    fs.set_fault_hook([&](MemFs::Op op, const std::string&) -> std::optional<MemFs::Fault> {
      if (op != failing) return std::nullopt;
      return MemFs::Fault{{Code::kIo, "EIO"}, 3};
    });
    EXPECT_FALSE(replay_wal(fs, "wal", [](auto, auto) -> Result<> { return {}; }));
    fs.set_fault_hook({});
    fs.lose_power(5);
    const Opened opened = open(fs);
    EXPECT_EQ(opened.numbers, up_to(2));
    EXPECT_EQ(opened.wal->last_sequence(), 5u);
  }
}

TEST(WalReplay, RecordsInsideAPayloadAreNotTakenForRecords) {
  // A tenant may log the bytes of a WAL. Cut off, they look like records behind a damage; they must
  // not be replayed.
  MemFs fs;
  Built built = build(1, 1);
  const std::string inner = build(3, 4).bytes;
  append_wal_record_header(built.bytes, 2, inner);
  built.bytes += inner.substr(0, inner.size() - 1);
  put(fs, kFirst, built.bytes);
  EXPECT_EQ(open(fs).numbers, up_to(1));
}

TEST(WalCheck, RecordsThatAreMissingAreDamage) {
  MemFs fs;
  Built built = build(1, 4);
  built.bytes.erase(built.ends[1], built.ends[2] - built.ends[1]);
  put(fs, kFirst, built.bytes);
  Numbers numbers;
  const auto checked = check_wal(fs, "wal", [&](WalSequence sequence, std::string_view) {
    numbers.push_back(sequence);
    return Result<>();
  });
  ASSERT_TRUE(checked);
  EXPECT_THAT(numbers, ElementsAre(1, 2, 4));
  ASSERT_THAT(checked->damage, SizeIs(1));
  EXPECT_EQ(checked->damage[0].what, "records 3 to 3 are missing");
  EXPECT_EQ(checked->damage[0].offset, built.ends[1]);
}

}  // namespace
}  // namespace tripod::base
