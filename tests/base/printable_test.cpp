#include "base/printable.h"

#include <gtest/gtest.h>

namespace tern {
namespace {

TEST(Printable, TextOfAnyLanguageStaysAsItIs) {
  for (const char* text : {"", "conv1/kernel:0",
                           "gr\xc3\xb6\xc3\x9f"
                           "e",
                           "\xe5\xa4\xa7\xe5\xb0\x8f", "\xf0\x9f\x98\x80", "\xc2\xa0"}) {
    EXPECT_EQ(printable_line(text), text);
  }
}

TEST(Printable, NothingDrivesATerminal) {
  EXPECT_EQ(printable_line("a\x1b[2Jb\x7f"), "a\\x1b[2Jb\\x7f");
  EXPECT_EQ(printable_line(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(printable_line("\xc2\x9b"
                           "31m"),
            "\\xc2\\x9b31m");  // U+009B, "CSI" in one character
}

TEST(Printable, BytesThatAreNotUtf8AreWrittenOut) {
  EXPECT_EQ(printable_line("\x9b"
                           "31m"),
            "\\x9b31m");
  EXPECT_EQ(printable_line("\xff\xe5\xa4"), "\\xff\\xe5\\xa4");
}

TEST(Printable, ALineStaysOneLine) {
  EXPECT_EQ(printable_line("a\nb\r\tc"), "a\\x0ab\\x0d\\x09c");
  EXPECT_EQ(printable_text("a\nb\rc"), "a\nb\\x0dc");
}

}  // namespace
}  // namespace tern
