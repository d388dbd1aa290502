#include "text/white_space.h"

#include <gtest/gtest.h>

namespace tern::text {
namespace {

TEST(WhiteSpace, IsThatOfUnicode) {
  for (const char* space : {" ", "\t", "\n", "\v", "\f", "\r"}) EXPECT_EQ(space_length(space), 1u);
  EXPECT_EQ(space_length("\xc2\xa0x"), 2u);     // U+00A0
  EXPECT_EQ(space_length("\xe3\x80\x80"), 3u);  // U+3000
  EXPECT_EQ(space_length("\xe2\x80\x8b"), 0u);  // U+200B has no width, and is none
  EXPECT_EQ(space_length("\xe2\x80"), 0u);      // cut short
  EXPECT_EQ(space_length("a "), 0u);
  EXPECT_EQ(space_length(""), 0u);
}

}  // namespace
}  // namespace tern::text
