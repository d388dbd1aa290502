#include "tern/ops/microsoft.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

ops::Tokenizer words(std::string tokenexp) {
  return {.pad_value = "#", .tokenexp = std::move(tokenexp)};
}
ops::Tokenizer between(std::vector<std::string> separators) {
  return {.pad_value = "#", .separators = std::move(separators)};
}

OpCase text(std::string name, ops::Tokenizer op, Tensor x, Tensor y) {
  return {.name = std::move(name), .op = std::move(op), .inputs = {x}, .expected = {y}};
}

}  // namespace

TERN_OP_TEST(Tokenizer) {
  ops::Tokenizer marked = between({" "});
  marked.mark = true;
  ops::Tokenizer long_words = between({" "});
  long_words.mincharnum = 3;
  return {
      text("separators", between({" "}), strings({2}, {"Hello World", "I love computer science !"}),
           strings({2, 5}, {"Hello", "World", "#", "#", "#",  //
                            "I", "love", "computer", "science", "!"})),
      text("one separator after the other", between({",+", " "}),
           strings({1, 2}, {"a, b,,c", " d "}), strings({1, 2, 3}, {"a", "b", "c", "d", "#", "#"})),
      text("marks", marked, strings({1}, {"Hello World"}),
           strings({1, 4}, {"\x02", "Hello", "World", "\x03"})),
      text("short ones are left out", long_words,
           strings({1}, {"an \xc3\xa4\xc3\xa4 old \xc3\xa4rmel"}),
           strings({1, 2}, {"old", "\xc3\xa4rmel"})),
      text("characters", between({""}), strings({2}, {"a\xc3\xa4", "b"}),
           strings({2, 2}, {"a", "\xc3\xa4", "b", "#"})),
      text("expression", words("[a-z0-9_]+"), strings({2}, {"this, is: x_1.", "?"}),
           strings({2, 3}, {"this", "is", "x_1", "#", "#", "#"})),
      text("the longest match", words("a|ab|c"), strings({1}, {"abcx"}),
           strings({1, 2}, {"ab", "c"})),
      text("matches of nothing", words("b*"), strings({1}, {"abba"}), strings({1, 1}, {"bb"})),
      text("nothing is found", words("x"), strings({2}, {"a", ""}), strings({2, 0}, {})),
      text("no string", words("x"), strings({2, 0}, {}), strings({2, 0, 0}, {})),
  };
}

TEST(Tokenizer, RefusesWhatSaysNothingOrTooMuch) {
  const Tensor x = strings({1}, {"a"});
  expect_refused(ops::Tokenizer{}, {x}, "one of them is needed");
  expect_refused(words("("), {x}, "pattern '('");
  expect_refused(between({" ", ""}), {x}, "is empty");
  expect_refused(words("a"), {strings({}, {"a"})}, "X has rank 0, not 1 or 2");
}

}  // namespace tern::testing
