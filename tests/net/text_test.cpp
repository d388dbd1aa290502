#include "net/text.h"

#include <gtest/gtest.h>

#include "net/http_message.h"

namespace tern::net {
namespace {

TEST(PercentDecode, ReplacesEscapesOnly) {
  EXPECT_EQ(percent_decode("a%20b%2Fc+d"), "a b/c+d");
  EXPECT_EQ(percent_decode("a+b", true), "a b");
  EXPECT_EQ(percent_decode("%e4%Bd%A0"), "\xe4\xbd\xa0");
  EXPECT_EQ(percent_decode(""), "");
}

TEST(PercentDecode, RefusesWhatIsNoEscapeAndTheZeroByte) {
  for (const char* text : {"%", "%1", "a%", "%zz", "%1g", "%-1", "%00"}) {
    EXPECT_EQ(percent_decode(text), std::nullopt) << text;
  }
}

TEST(PercentEncode, DecodesToWhatItWas) {
  std::string all;
  for (int c = 1; c < 256; ++c) all += static_cast<char>(c);
  const std::string encoded = percent_encode(all);
  EXPECT_EQ(percent_decode(encoded), all);
  EXPECT_EQ(encoded.find_first_of(" /?#&\r\n"), std::string::npos);
  EXPECT_EQ(percent_encode("resnet_50-v1.5~"), "resnet_50-v1.5~");
}

TEST(ParseQuery, SplitsAndDecodes) {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(parse_query(""), Pairs{});
  EXPECT_EQ(parse_query("a=1&&b=x%26y+z&c&d=e=f&=g"),
            (Pairs{{"a", "1"}, {"b", "x&y z"}, {"c", ""}, {"d", "e=f"}, {"", "g"}}));
  EXPECT_EQ(parse_query("a=%"), std::nullopt);
  EXPECT_EQ(parse_query("%=a"), std::nullopt);
}

TEST(HttpHeaders, FindsNamesInAnyCase) {
  HttpHeaders h{{"Content-Type", "a"}, {"X", "1"}, {"x", "2"}};
  EXPECT_EQ(h.find("content-TYPE"), "a");
  EXPECT_EQ(h.find("x"), "1");
  EXPECT_EQ(h.find("y"), std::nullopt);
  h.set("X", "3");
  EXPECT_EQ(h.size(), 2u);
  EXPECT_EQ(h.find("x"), "3");
  h.remove("X");
  EXPECT_FALSE(h.contains("x"));
  EXPECT_EQ(h[0].name, "Content-Type");
}

TEST(HttpHeaders, ListsTokens) {
  const HttpHeaders h{{"Accept", "text/html, application/json"}, {"accept", " x "}};
  EXPECT_TRUE(h.lists("Accept", "application/JSON"));
  EXPECT_TRUE(h.lists("Accept", "x"));
  EXPECT_FALSE(h.lists("Accept", "text"));
  EXPECT_FALSE(h.lists("Connection", "close"));
}

TEST(ErrorResponse, IsJson) {
  const HttpResponse r = error_response(404, "no model \"x\"");
  EXPECT_EQ(r.status, 404);
  EXPECT_EQ(r.headers.find("content-type"), "application/json");
  EXPECT_EQ(r.body, R"({"error":"no model \"x\""})");
}

}  // namespace
}  // namespace tern::net
