#include "graph/text_lexer.h"

#include <vector>

#include "tests/support/status_matchers.h"

namespace tern {
namespace {

using testing::FailsWith;

std::vector<std::string> tokens_of(std::string_view text) {
  TextLexer lexer(text);
  std::vector<std::string> tokens;
  for (Token t = lexer.next(); t.kind != TokenKind::kEnd; t = lexer.next()) {
    if (t.kind == TokenKind::kBad) {
      tokens.push_back("bad");
      break;
    }
    tokens.emplace_back(t.text);
  }
  return tokens;
}

using Tokens = std::vector<std::string>;

TEST(TextLexer, NamesHoldWhatExportersPutIntoThem) {
  EXPECT_EQ(tokens_of("/encoder/layer.0/MatMul_output_0 x-1 _ a$b"),
            (Tokens{"/encoder/layer.0/MatMul_output_0", "x-1", "_", "a$b"}));
  EXPECT_EQ(tokens_of("x:f32[N,2]"), (Tokens{"x", ":", "f32", "[", "N", ",", "2", "]"}));
}

TEST(TextLexer, NumbersAreOneToken) {
  EXPECT_EQ(
      tokens_of("{-1, 2.5e-3, 0x7fc0, -inf, +4, 1e+5}"),
      (Tokens{"{", "-1", ",", "2.5e-3", ",", "0x7fc0", ",", "-inf", ",", "+4", ",", "1e+5", "}"}));
  EXPECT_EQ(tokens_of("0xe-1"), (Tokens{"0xe", "-1"}));  // hexadecimal digits have no exponent
  EXPECT_EQ(tokens_of("0, ..."), (Tokens{"0", ",", "..."}));
}

TEST(TextLexer, CommentsEndWithTheirLine) {
  EXPECT_EQ(tokens_of("a # b c\nd#"), (Tokens{"a", "d"}));
  EXPECT_EQ(tokens_of("\"# no comment\""), (Tokens{"\"# no comment\""}));
}

TEST(TextLexer, StringsEndOnTheirLine) {
  EXPECT_EQ(tokens_of("\"a\\\"b\" c"), (Tokens{"\"a\\\"b\"", "c"}));
  EXPECT_EQ(tokens_of("\"abc"), Tokens{"bad"});
  EXPECT_EQ(tokens_of("\"abc\n\""), Tokens{"bad"});
  EXPECT_EQ(tokens_of("\"abc\\\n\""), Tokens{"bad"});
  EXPECT_EQ(tokens_of("\"abc\\"), Tokens{"bad"});
}

TEST(TextLexer, OtherCharactersMeanNothing) {
  EXPECT_EQ(tokens_of("a ; b"), (Tokens{"a", "bad"}));
  EXPECT_EQ(tokens_of("-"), Tokens{"bad"});
  EXPECT_EQ(tokens_of(".."), Tokens{"bad"});
  EXPECT_EQ(tokens_of("\xff"), Tokens{"bad"});
}

TEST(TextLexer, PlacesCountFromOne) {
  TextLexer lexer("a\n  bc \"d\"\n");
  const Token a = lexer.next(), bc = lexer.next(), d = lexer.next(), end = lexer.next();
  EXPECT_EQ(std::pair(a.line, a.column), std::pair(1, 1));
  EXPECT_EQ(std::pair(bc.line, bc.column), std::pair(2, 3));
  EXPECT_EQ(std::pair(d.line, d.column), std::pair(2, 6));
  EXPECT_EQ(std::pair(end.line, end.column), std::pair(3, 1));
}

TEST(TextLexer, QuotedTextComesBackByteByByte) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  for (const std::string& text :
       {std::string(), std::string("tab\tnew\nquote\"back\\"), std::string("大小 é"), all}) {
    std::string quoted;
    append_quoted(quoted, text);
    const Result<std::string> back = unquote(quoted);
    ASSERT_TRUE(back.ok()) << quoted;
    EXPECT_EQ(*back, text);
  }
  std::string quoted;
  append_quoted(quoted, "\x1b[大\xff");
  EXPECT_EQ(quoted, "\"\\x1b[大\\xff\"");
}

TEST(TextLexer, UnknownEscapesAreRefused) {
  for (const char* text : {"\"\\q\"", "\"\\x1\"", "\"\\x1g\"", "\"\\x\""}) {
    EXPECT_THAT(unquote(text), FailsWith(StatusCode::kInvalidArgument, "escape")) << text;
  }
}

TEST(TextLexer, NamesAreQuotedWhereTheyMust) {
  EXPECT_TRUE(is_bare_name("x"));
  EXPECT_TRUE(is_bare_name("/a/b.c-1"));
  for (const char* name : {"", "_", "331", "onnx::Add_1", "a b", ".a", "-a", "größe"}) {
    EXPECT_FALSE(is_bare_name(name)) << name;
  }
}

}  // namespace
}  // namespace tern
