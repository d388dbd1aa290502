// The packed bytes were made with Python's gzip.compress(..., mtime=0).
#include "base/compress.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace tern {
namespace {

using testing::FailsWith;
using testing::IsOk;

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

const std::string kHello = from_hex("1f8b0800000000000203cb48cdc9c9070086a6103605000000");
const std::string kNothing = from_hex("1f8b080000000000020303000000000000000000");
// 100,000 times the letter a.
const std::string kMany = from_hex("1f8b0800000000000203edc13101000000c2a0aceb5fc21a1e4001") +
                          std::string(96, '\0') + from_hex("af0687fae21ba0860100");

Result<std::string> unpack(const std::string& packed, std::uint64_t max_bytes = 1 << 20) {
  return gunzip(std::as_bytes(std::span<const char>(packed)), max_bytes);
}

TEST(Compress, UnpacksWhatOthersPacked) {
  EXPECT_EQ(*unpack(kHello), "hello");
  EXPECT_EQ(*unpack(kNothing), "");
  EXPECT_EQ(*unpack(kMany), std::string(100'000, 'a'));
}

TEST(Compress, MembersBehindEachOtherAndPaddingWithZeros) {
  EXPECT_EQ(*unpack(kHello + kNothing + kHello), "hellohello");
  EXPECT_EQ(*unpack(kHello + std::string(512, '\0')), "hello");
  EXPECT_THAT(unpack(kHello + "x"), FailsWith(StatusCode::kDataLoss, ""));
}

TEST(Compress, TheLimitHoldsForWhatComesOut) {
  EXPECT_EQ(unpack(kMany, 100'000)->size(), 100'000u);
  EXPECT_THAT(unpack(kMany, 99'999), FailsWith(StatusCode::kResourceExhausted, "99999 bytes"));
  EXPECT_THAT(unpack(kHello, 4), FailsWith(StatusCode::kResourceExhausted, "4 bytes"));
  EXPECT_THAT(unpack(kHello, 0), FailsWith(StatusCode::kResourceExhausted, "0 bytes"));
  EXPECT_EQ(*unpack(kNothing, 0), "");
}

TEST(Compress, EveryTruncationIsAnError) {
  for (std::size_t n = 0; n < kHello.size(); ++n) {
    EXPECT_THAT(unpack(kHello.substr(0, n)), FailsWith(StatusCode::kDataLoss, "gzip")) << n;
  }
}

TEST(Compress, DamageIsSeenByTheChecksum) {
  std::string damaged = kHello;
  damaged[damaged.size() - 6] ^= 1;
  EXPECT_THAT(unpack(damaged), FailsWith(StatusCode::kDataLoss, "incorrect data check"));
  EXPECT_THAT(unpack("hello"), FailsWith(StatusCode::kDataLoss, "no gzip data"));
}

TEST(Compress, FilesAreUnpackedWhenTheyArePacked) {
  const testing::TempDir folder;
  EXPECT_EQ(*read_file_unzipped(folder.write("a.gz", kHello)), "hello");
  EXPECT_EQ(*read_file_unzipped(folder.write("plain.gz", "hello")), "hello");
  EXPECT_THAT(read_file_unzipped(folder.write("torn.gz", kHello.substr(0, 15))),
              FailsWith(StatusCode::kDataLoss, "torn.gz: gzip data ends early"));
  EXPECT_THAT(read_file_unzipped(folder.file("none")), FailsWith(StatusCode::kNotFound, "none"));
}

}  // namespace
}  // namespace tern
