// What a build without the libraries of text can do.
#include <gtest/gtest.h>

#include "text/letter_case.h"
#include "text/regex.h"

namespace tern::text {
namespace {

TEST(TextNone, NamesTheOption) {
  EXPECT_EQ(*change_case("Ab1", LetterCase::kUpper, ""), "AB1");
  EXPECT_EQ(*change_case("Ab1", LetterCase::kLower, ""), "ab1");
  const auto letters = change_case("\xc3\xa9", LetterCase::kUpper, "");
  ASSERT_FALSE(letters.ok());
  EXPECT_EQ(letters.status().code(), StatusCode::kUnimplemented);
  EXPECT_NE(letters.status().message().find("TERN_WITH_TEXT"), std::string::npos);
  EXPECT_EQ(Regex::compile("a").status().code(), StatusCode::kUnimplemented);
}

}  // namespace
}  // namespace tern::text
