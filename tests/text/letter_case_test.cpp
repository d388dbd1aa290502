#include "text/letter_case.h"

#include <gtest/gtest.h>

namespace tern::text {
namespace {

std::string changed(std::string_view text, LetterCase to, std::string_view locale = "en_US") {
  return *change_case(text, to, locale);
}

TEST(LetterCase, KnowsLettersBeyondAscii) {
  EXPECT_EQ(changed("\xc3\x89\x54\xc3\x89 \xce\xa3\xce\x9f\xce\xa3", LetterCase::kLower),
            "\xc3\xa9t\xc3\xa9 \xcf\x83\xce\xbf\xcf\x82");  // the last sigma has a form of its own
  EXPECT_EQ(changed("\xc3\xa9t\xc3\xa9", LetterCase::kUpper), "\xc3\x89T\xc3\x89");
}

TEST(LetterCase, MayChangeTheLength) {
  std::string sharp, doubled;
  for (int i = 0; i < 1000; ++i) sharp += "\xce\x90", doubled += "\xce\x99\xcc\x88\xcc\x81";
  EXPECT_EQ(changed(sharp, LetterCase::kUpper), doubled);
  EXPECT_EQ(changed("", LetterCase::kUpper), "");
}

TEST(LetterCase, FollowsTheLocale) {
  EXPECT_EQ(changed("I", LetterCase::kLower, "tr_TR.UTF-8"), "\xc4\xb1");
  EXPECT_EQ(changed("I", LetterCase::kLower, ""), "i");
  EXPECT_EQ(changed("I", LetterCase::kLower, "no such place"), "i");
}

TEST(LetterCase, KeepsWhatIsNoUtf8) { EXPECT_EQ(changed("a\xff", LetterCase::kUpper), "A\xff"); }

}  // namespace
}  // namespace tern::text
