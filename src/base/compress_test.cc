#include "base/compress.h"

#include <brotli/encode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <deque>
#include <thread>
#include <vector>

#include "base/random.h"

namespace tripod::base {
namespace {

using ::testing::HasSubstr;

constexpr size_t kPlenty = 64 << 20;

// 31 gzip, 15 zlib, -15 bare deflate.
std::string zlib_compress(std::string_view text, int window_bits) {
  z_stream stream{};
  TRIPOD_CHECK(deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  TRIPOD_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string compress(std::string_view encoding, std::string_view text) {
  if (encoding == "gzip") return zlib_compress(text, 31);
  if (encoding == "deflate") return zlib_compress(text, 15);
  if (encoding == "raw deflate") return zlib_compress(text, -15);
  if (encoding == "zstd") return zstd_compress(text, 3);
  std::string out;
  if (encoding == "snappy") {
    snappy::Compress(text.data(), text.size(), &out);
  } else if (encoding == "br") {
    size_t size = BrotliEncoderMaxCompressedSize(text.size()) + 64;
    out.resize(size);
    TRIPOD_CHECK(BrotliEncoderCompress(5, 22, BROTLI_MODE_TEXT, text.size(),
                                       reinterpret_cast<const uint8_t*>(text.data()), &size,
                                       reinterpret_cast<uint8_t*>(out.data())));
    out.resize(size);
  } else {
    out = text;
  }
  return out;
}

std::string text_of(size_t size) {
  std::string text;
  for (size_t i = 0; text.size() < size; ++i) {
    text += "{\"message\":\"order paid\",\"n\":" + std::to_string(i * 7919) + "}\n";
  }
  text.resize(size);
  return text;
}

std::string_view header_of(std::string_view encoding) {
  return encoding == "raw deflate" ? "deflate" : encoding;
}

class Encoding : public ::testing::TestWithParam<std::string> {
 protected:
  std::string encoded(std::string_view text) const { return compress(GetParam(), text); }
  Result<std::string> decode(std::string_view body, size_t max_bytes = kPlenty) const {
    return decode_content(header_of(GetParam()), body, max_bytes);
  }
};

// Those with an end of their own, and more content than body.
class Compressed : public Encoding {};

std::string test_name(const ::testing::TestParamInfo<std::string>& made) {
  return made.param == "raw deflate" ? "raw_deflate" : made.param;
}

INSTANTIATE_TEST_SUITE_P(All, Encoding,
                         ::testing::Values("gzip", "deflate", "raw deflate", "br", "zstd", "snappy",
                                           "identity"),
                         test_name);
INSTANTIATE_TEST_SUITE_P(All, Compressed,
                         ::testing::Values("gzip", "deflate", "raw deflate", "br", "zstd",
                                           "snappy"),
                         test_name);

TEST_P(Encoding, RoundTrips) {
  for (const size_t size : {0, 1, 100, 4095, 4096, 4097, 100'000, 3'000'000}) {
    const std::string text = text_of(size);
    const auto got = decode(encoded(text));
    ASSERT_TRUE(got) << size << ": " << got.error().message;
    EXPECT_TRUE(*got == text) << size;
  }
  const std::string noise = random_bytes(70'000);
  EXPECT_TRUE(decode(encoded(noise)).value() == noise);
}

TEST_P(Encoding, TheLimitIsExact) {
  for (const size_t size : {0, 1, 1000, 4096, 100'000}) {
    const std::string text = text_of(size);
    const std::string body = encoded(text);
    EXPECT_TRUE(decode(body, size).value() == text);
    if (size == 0) continue;
    const auto got = decode(body, size - 1);
    ASSERT_FALSE(got) << size;
    EXPECT_EQ(got.error().code, Code::kTooLarge) << size;
    EXPECT_EQ(decode(body, 0).error().code, Code::kTooLarge);
  }
}

TEST_P(Compressed, CutOffAnywhereIsAnErrorThatNamesTheEncoding) {
  const std::string body = encoded(text_of(300));
  for (size_t length = 0; length < body.size(); ++length) {
    const auto got = decode(std::string_view(body).substr(0, length));
    ASSERT_FALSE(got) << length;
    EXPECT_EQ(got.error().code, Code::kInvalidArgument);
    EXPECT_THAT(got.error().message, HasSubstr(std::string(header_of(GetParam()))));
  }
}

TEST_P(Compressed, TrailingBytesAreAnError) {
  const auto got = decode(encoded(text_of(300)) + "garbage");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::kInvalidArgument);
}

TEST_P(Encoding, FlippedBitsNeverCrashOrPassTheLimit) {
  const std::string text = text_of(500);
  const std::string body = encoded(text);
  for (size_t at = 0; at < body.size(); ++at) {
    for (const int bit : {0, 3, 7}) {
      std::string bad = body;
      bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
      const auto got = decode(bad, 2000);
      if (got) {
        EXPECT_LE(got->size(), 2000u);
      }
    }
  }
}

TEST_P(Compressed, ABombStopsAtTheLimit) {
  const std::string body = encoded(std::string(20 << 20, '\0'));
  const auto got = decode(body, 1 << 20);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::kTooLarge);
}

TEST(DecodeContent, TakesConcatenatedMembers) {
  const std::string a = text_of(5000);
  EXPECT_EQ(decode_content("gzip", zlib_compress(a, 31) + zlib_compress("b", 31), kPlenty).value(),
            a + "b");
  EXPECT_EQ(decode_content("zstd", zstd_compress(a, 1) + zstd_compress("b", 1), kPlenty).value(),
            a + "b");
  const std::string members = zlib_compress(a, 31) + zlib_compress(a, 31);
  EXPECT_EQ(decode_content("gzip", members, 9999).error().code, Code::kTooLarge);
  EXPECT_EQ(decode_content("gzip", members.substr(0, members.size() - 1), kPlenty).error().code,
            Code::kInvalidArgument);
}

TEST(DecodeContent, NamesInAnyCaseAndUnknownOnes) {
  EXPECT_EQ(decode_content("GZip", zlib_compress("x", 31), 10).value(), "x");
  EXPECT_EQ(decode_content("x-gzip", zlib_compress("x", 31), 10).value(), "x");
  EXPECT_EQ(decode_content("", "x", 10).value(), "x");
  for (const char* encoding : {"compress", "gzip, br", "gzi", "gzipp", "lz4"}) {
    const auto got = decode_content(encoding, "x", 10);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, Code::kUnsupported);
    EXPECT_THAT(got.error().message, HasSubstr(encoding));
  }
}

TEST(DecodeContent, RefusesZstdWindowsPastEightMebibytes) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 25);
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  const std::string text = text_of(100);
  std::string body(1000, '\0');
  ZSTD_inBuffer in{text.data(), text.size(), 0};
  ZSTD_outBuffer out{body.data(), body.size(), 0};
  // Two steps: a frame begun before its size is known has to state the window.
  ASSERT_FALSE(ZSTD_isError(ZSTD_compressStream2(context, &out, &in, ZSTD_e_flush)));
  ASSERT_EQ(ZSTD_compressStream2(context, &out, &in, ZSTD_e_end), 0u);
  ZSTD_freeCCtx(context);
  const auto got = decode_content("zstd", std::string_view(body).substr(0, out.pos), kPlenty);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::kTooLarge);
}

TEST(DecodeContent, ASnappyClaimIsNotBelieved) {
  // Four bytes that claim 60 MB of content.
  const auto got = decode_content("snappy", "\x80\x8e\xce\x1c", kPlenty);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::kInvalidArgument);
}

TEST(Zstd, BlocksThereAndBack) {
  for (const int level : {1, 3, 9}) {
    const std::string text = text_of(200'000);
    const std::string frame = zstd_compress(text, level);
    EXPECT_LT(frame.size(), text.size() / 2);
    EXPECT_TRUE(zstd_decompress(frame, text.size()).value() == text);
    EXPECT_EQ(zstd_decompress(frame, text.size() - 1).error().code, Code::kTooLarge);
    EXPECT_EQ(zstd_decompress(frame.substr(0, frame.size() / 2), kPlenty).error().code,
              Code::kDataLoss);
  }
  EXPECT_EQ(zstd_decompress(zstd_compress("", 1), 0).value(), "");
  EXPECT_EQ(zstd_decompress("not zstd", kPlenty).error().code, Code::kDataLoss);
  EXPECT_EQ(zstd_decompress("", kPlenty).error().code, Code::kDataLoss);
}

TEST(Zstd, FromManyThreads) {
  const std::string text = text_of(10'000);
  std::deque<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(zstd_decompress(zstd_compress(text, 1), kPlenty).value() == text);
      }
    });
  }
}

}  // namespace
}  // namespace tripod::base
