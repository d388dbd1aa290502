// What needs TERN_WITH_TEXT.
#include "tern/ops/text.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(RegexFullMatch) {
  return {
      {.name = "addresses",
       .op = ops::RegexFullMatch{.pattern = R"(\w+@\w+(\.\w+)+)"},
       .inputs = {strings({2, 2}, {"a@b.org", "a@b", "x a@b.org", "a@b.c.d"})},
       .expected = {boolean({2, 2}, {1, 0, 0, 1})}},
      // A class of Unicode and a flag, as RE2 spells them; the dot does not match a new line.
      {.name = "syntax of RE2",
       .op = ops::RegexFullMatch{.pattern = R"((?i)\p{Greek}+.x?)"},
       .inputs = {strings({3}, {"\xce\xb1\xce\xb2-X", "ab-x", "\xce\xb1\n"})},
       .expected = {boolean({3}, {1, 0, 0})}},
      {.name = "empty",
       .op = ops::RegexFullMatch{},
       .inputs = {strings({2}, {"", "a"})},
       .expected = {boolean({2}, {1, 0})}},
  };
}

TEST(RegexFullMatch, RefusesPatterns) {
  const Tensor x = strings({1}, {"a"});
  expect_refused(ops::RegexFullMatch{.pattern = "(a"}, {x}, "pattern '(a': missing )");
  expect_refused(ops::RegexFullMatch{.pattern = R"((a)\1)"}, {x}, "invalid escape sequence");
  expect_refused(ops::RegexFullMatch{.pattern = "(((a{100}){100}){100}){100}"}, {x}, "pattern");
}

TEST(StringNormalizer, KnowsTheLettersOfLanguages) {
  const auto normalized = [](ops::StringNormalizer op, std::string word) {
    const Tensor x = strings({1}, {std::move(word)});
    const Tensor* in[] = {&x};
    return (*run_reference(op, in, 1))[0].data<std::string>()[0];
  };
  ops::StringNormalizer upper{.case_change_action = ops::CaseChange::kUpper};
  EXPECT_EQ(normalized(upper, "\xc3\xa9t\xc3\xa9"), "\xc3\x89T\xc3\x89");
  EXPECT_EQ(normalized(upper, "stra\xc3\x9f\x65"), "STRASSE");
  EXPECT_EQ(normalized(upper, "i"), "I");
  upper.locale = "tr_TR.UTF-8";
  EXPECT_EQ(normalized(upper, "i"), "\xc4\xb0");
}

}  // namespace tern::testing
