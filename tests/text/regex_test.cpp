#include "text/regex.h"

#include <gtest/gtest.h>

namespace tern::text {
namespace {

TEST(Regex, MatchesTheWholeText) {
  const Regex regex = *Regex::compile("a+|b");
  EXPECT_TRUE(regex.matches("aaa"));
  EXPECT_TRUE(regex.matches("b"));
  EXPECT_FALSE(regex.matches("ab"));
  EXPECT_FALSE(regex.matches(""));
}

TEST(Regex, FindsTheFirstPlaceAndTheLongestMatchThere) {
  const Regex regex = *Regex::compile("a|ab|bcd");
  const auto found = regex.find("xabcd");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->begin, 1u);
  EXPECT_EQ(found->length, 2u);
  EXPECT_FALSE(regex.find("xyz").has_value());
  const auto nothing = Regex::compile("c*")->find("abc");
  ASSERT_TRUE(nothing.has_value());
  EXPECT_EQ(nothing->begin, 0u);
  EXPECT_EQ(nothing->length, 0u);
}

TEST(Regex, SaysWhatIsWrong) {
  const auto bad = Regex::compile("a)");
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.status().message(), "pattern 'a)': unexpected ): a)");
}

// A pattern on which matchers that try one way after another take 2^n steps.
TEST(Regex, TakesLinearTime) {
  const Regex regex = *Regex::compile("(a|a)*b");
  EXPECT_FALSE(regex.matches(std::string(100'000, 'a')));
}

}  // namespace
}  // namespace tern::text
