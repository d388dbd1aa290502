#include "serve/http/base64.h"

#include <gtest/gtest.h>

namespace tern::serve {
namespace {

// RFC 4648, section 10.
TEST(Base64, TheVectorsOfTheStandard) {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(encode_base64(bytes), text);
    EXPECT_EQ(decode_base64(text), bytes);
    EXPECT_EQ(decode_base64(text.substr(0, text.find('='))), bytes) << "padding may be left out";
  }
  EXPECT_EQ(decode_base64("/+8="), "\xff\xef");
}

TEST(Base64, WhatIsNoneIsRefused) {
  for (const char* text : {"A", "Zg=", "Zh==", "Zm9", "Z m8", "Zm8-", "=", "====", "Zg==Zg=="}) {
    EXPECT_FALSE(decode_base64(text)) << text;
  }
}

}  // namespace
}  // namespace tern::serve
