#include "tern/ops/text.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

OpCase text(std::string name, Op op, std::vector<Tensor> inputs, std::vector<Tensor> expected) {
  return {.name = std::move(name),
          .op = std::move(op),
          .inputs = std::move(inputs),
          .expected = std::move(expected)};
}

}  // namespace

TERN_OP_TEST(StringConcat) {
  return {
      text("one by one", ops::StringConcat{}, {strings({2}, {"ab", ""}), strings({2}, {".c", "x"})},
           {strings({2}, {"ab.c", "x"})}),
      text("broadcast", ops::StringConcat{},
           {strings({2, 1}, {"a", "b"}), strings({2}, {"1", "2"})},
           {strings({2, 2}, {"a1", "a2", "b1", "b2"})}),
      text("scalars", ops::StringConcat{}, {strings({}, {"a"}), strings({}, {"b"})},
           {strings({}, {"ab"})}),
  };
}

TERN_OP_TEST(StringSplit) {
  const ops::StringSplit comma{.delimiter = ","};
  const ops::StringSplit once{.delimiter = ",", .maxsplit = 1};
  return {
      text("white space", ops::StringSplit{}, {strings({2}, {"  one\ttwo\n three ", ""})},
           {strings({2, 3}, {"one", "two", "three", "", "", ""}), i64({2}, {3, 0})}),
      // U+2003 and U+00A0 are white space; U+2013 is a dash.
      text("white space of Unicode", ops::StringSplit{},
           {strings({1}, {"a\xe2\x80\x83\x62\xc2\xa0\xe2\x80\x93"})},
           {strings({1, 3}, {"a", "b", "\xe2\x80\x93"}), i64({1}, {3})}),
      text("delimiter", comma, {strings({2, 1}, {"a,,b", ","})},
           {strings({2, 1, 3}, {"a", "", "b", "", "", ""}), i64({2, 1}, {3, 2})}),
      text("longer delimiter", ops::StringSplit{.delimiter = ", "}, {strings({1}, {"a, b,c"})},
           {strings({1, 2}, {"a", "b,c"}), i64({1}, {2})}),
      text("at most once", once, {strings({2}, {"a,b,c", "d"})},
           {strings({2, 2}, {"a", "b,c", "d", ""}), i64({2}, {2, 1})}),
      text("white space at most once", ops::StringSplit{.maxsplit = 1},
           {strings({1}, {" a b  c "})}, {strings({1, 2}, {"a", "b  c "}), i64({1}, {2})}),
      text("not at all", ops::StringSplit{.delimiter = ",", .maxsplit = 0}, {strings({1}, {"a,b"})},
           {strings({1, 1}, {"a,b"}), i64({1}, {1})}),
      text("a scalar", comma, {strings({}, {"a,b"})}, {strings({2}, {"a", "b"}), i64({}, {2})}),
      text("nothing", comma, {strings({0}, {})}, {strings({0, 0}, {}), i64({0}, {})}),
  };
}

TERN_OP_TEST(StringNormalizer) {
  using ops::CaseChange;
  const Tensor days = strings({4}, {"Monday", "tuesday", "MONDAY", ""});
  return {
      text("as they are", ops::StringNormalizer{}, {days}, {days}),
      text("lower", ops::StringNormalizer{.case_change_action = CaseChange::kLower}, {days},
           {strings({4}, {"monday", "tuesday", "monday", ""})}),
      text("stop words in any case", ops::StringNormalizer{.stopwords = {"monday", "x"}}, {days},
           {strings({2}, {"tuesday", ""})}),
      text("stop words as they stand",
           ops::StringNormalizer{.case_change_action = CaseChange::kUpper,
                                 .is_case_sensitive = true,
                                 .stopwords = {"Monday"}},
           {days}, {strings({3}, {"TUESDAY", "MONDAY", ""})}),
      text("one row", ops::StringNormalizer{.stopwords = {"a"}}, {strings({1, 2}, {"a", "b"})},
           {strings({1, 1}, {"b"})}),
      text("nothing is left", ops::StringNormalizer{.stopwords = {"a"}}, {strings({2}, {"a", "A"})},
           {strings({1}, {""})}),
  };
}

TEST(StringNormalizer, RefusesSeveralRows) {
  expect_refused(ops::StringNormalizer{}, {strings({2, 1}, {"a", "b"})}, "X has 2 rows, not 1");
  expect_refused(ops::StringNormalizer{}, {strings({}, {"a"})}, "X has rank 0, not 1 or 2");
}

}  // namespace tern::testing
