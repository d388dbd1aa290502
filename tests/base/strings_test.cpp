#include "base/strings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

namespace tern {
namespace {

using std::chrono::nanoseconds;
using ::testing::ElementsAre;

TEST(Split, KeepsEmptyPieces) {
  EXPECT_THAT(split("a,,b", ','), ElementsAre("a", "", "b"));
  EXPECT_THAT(split("", ','), ElementsAre(""));
  EXPECT_THAT(split(",", ','), ElementsAre("", ""));
}

TEST(Trim, RemovesBlanksAtBothEndsOnly) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n "), "");
  EXPECT_EQ(trim(""), "");
}

TEST(ToLower, LeavesOtherBytesAlone) { EXPECT_EQ(to_lower("AbZ_\xc3\x84"), "abz_\xc3\x84"); }

TEST(Join, PutsTheSeparatorBetween) {
  EXPECT_EQ(join(std::array<std::string, 2>{"a", "b"}, ", "), "a, b");
  EXPECT_EQ(join({}, ", "), "");
}

TEST(ParseInt, TakesTheWholeTextOrNothing) {
  EXPECT_EQ(parse_int("-42"), -42);
  EXPECT_EQ(parse_int("+42"), 42);
  EXPECT_EQ(parse_int("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  for (const char* bad :
       {"", " 1", "1 ", "1x", "0x10", "1.0", "+", "+-1", "++1", "-", "9223372036854775808"}) {
    EXPECT_EQ(parse_int(bad), std::nullopt) << bad;
  }
}

TEST(ParseDouble, TakesTheWholeTextOrNothing) {
  EXPECT_EQ(parse_double("-1.5e3"), -1500.0);
  EXPECT_EQ(parse_double("+.5"), 0.5);
  EXPECT_EQ(parse_double("Inf"), std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(parse_double("NaN").value()));
  for (const char* bad : {"", "1,5", "1e", "1.5f", "1e999", "e5", "+-1"}) {
    EXPECT_EQ(parse_double(bad), std::nullopt) << bad;
  }
}

TEST(FormatBytes, ShowsThreeDigits) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(1023), "1023 B");
  EXPECT_EQ(format_bytes(1536), "1.5 KiB");
  EXPECT_EQ(format_bytes(std::uint64_t{20} << 30), "20 GiB");
  EXPECT_EQ(format_bytes((1 << 20) - 1), "1 MiB");
  EXPECT_EQ(format_bytes(std::numeric_limits<std::uint64_t>::max()), "16 EiB");
}

TEST(FormatDuration, ChoosesTheUnit) {
  EXPECT_EQ(format_duration(nanoseconds(850)), "850 ns");
  EXPECT_EQ(format_duration(nanoseconds(1'250'000)), "1.25 ms");
  EXPECT_EQ(format_duration(nanoseconds(999'999)), "1 ms");
  EXPECT_EQ(format_duration(std::chrono::milliseconds(4200)), "4.2 s");
  EXPECT_EQ(format_duration(std::chrono::milliseconds(59'990)), "1 min 00 s");
  EXPECT_EQ(format_duration(std::chrono::seconds(187)), "3 min 07 s");
  EXPECT_EQ(format_duration(std::chrono::minutes(125)), "2 h 05 min");
  EXPECT_EQ(format_duration(std::chrono::seconds(-2)), "-2 s");
  EXPECT_EQ(format_duration(nanoseconds::min()), format_duration(-nanoseconds::max()));
}

TEST(FormatCount, ScalesByThousands) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(950), "950");
  EXPECT_EQ(format_count(12'340), "12.3k");
  EXPECT_EQ(format_count(4.56e6), "4.56M");
  EXPECT_EQ(format_count(-999.9), "-1k");
  EXPECT_EQ(format_count(std::nan("")), "nan");
}

// Distances from the definition: kitten -> sitten -> sittin -> sitting.
TEST(EditDistance, CountsTheFewestEdits) {
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("abc", "abc"), 0u);
  EXPECT_EQ(edit_distance("ab", "ba"), 2u);
}

TEST(Nearest, FindsTheLikelyMeaningOrNothing) {
  constexpr std::array<std::string_view, 4> kOps{"Softmax", "Sigmoid", "Conv", "ConvTranspose"};
  EXPECT_EQ(nearest("softmx", kOps), "Softmax");
  EXPECT_EQ(nearest("CONV", kOps), "Conv");
  EXPECT_EQ(nearest("Gemm", kOps), std::nullopt);
  EXPECT_EQ(nearest("", kOps), std::nullopt);
  EXPECT_EQ(nearest("x", {}), std::nullopt);
}

}  // namespace
}  // namespace tern
