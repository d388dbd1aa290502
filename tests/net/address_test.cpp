#include "net/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tern::net {
namespace {

using ::testing::HasSubstr;

TEST(ParseHostPort, ReadsNamesAndAddresses) {
  for (const char* text : {"localhost:8000", "127.0.0.1:0", "[::1]:65535"}) {
    const auto a = parse_host_port(text);
    ASSERT_TRUE(a.ok()) << a.status().to_string();
    EXPECT_EQ(to_string(*a), text);
  }
  EXPECT_EQ(parse_host_port("[::1]:65535")->host, "::1");
}

TEST(ParseHostPort, SaysWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "host is missing"},
      {":80", "host is missing"},
      {"localhost", "port is missing"},
      {"[::1]", "port is missing"},
      {"::1:80", "needs brackets"},
      {"[::1:80", "without its ']'"},
      {"[::1]80", "after ']'"},
      {"a:65536", "port \"65536\""},
      {"a:-1", "port \"-1\""},
      {"a:8x", "port \"8x\""},
      {"a:", "port \"\""},
      {"a:99999999999999999999", "port"},
  };
  for (const auto& [text, message] : cases) {
    const auto a = parse_host_port(text);
    ASSERT_FALSE(a.ok()) << text;
    EXPECT_EQ(a.status().code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(a.status().message()), HasSubstr(message));
    EXPECT_THAT(std::string(a.status().message()), HasSubstr(text));
  }
}

TEST(ParseUrl, SplitsIntoParts) {
  const auto a = parse_url("http://example.org/a/b?c=d#e");
  ASSERT_TRUE(a.ok());
  EXPECT_FALSE(a->tls);
  EXPECT_EQ(a->address.host, "example.org");
  EXPECT_EQ(a->address.port, 80);
  EXPECT_EQ(a->target, "/a/b?c=d");
  const auto b = parse_url("HTTPS://[::1]:8443?x");
  ASSERT_TRUE(b.ok());
  EXPECT_TRUE(b->tls);
  EXPECT_EQ(b->address.port, 8443);
  EXPECT_EQ(b->target, "/?x");
  EXPECT_EQ(parse_url("https://h")->address.port, 443);
  EXPECT_EQ(parse_url("http://h")->target, "/");
}

TEST(IsLoopback, KnowsTheMachinesOwnAddresses) {
  for (const char* own : {"127.0.0.1:80", "127.8.9.1:1", "[::1]:8000", "[::ffff:127.0.0.1]:8000"}) {
    EXPECT_TRUE(is_loopback(own)) << own;
  }
  for (const char* other : {"128.0.0.1:80", "10.0.0.1:80", "[::2]:8000", "[::ffff:10.0.0.1]:8000",
                            "127.example.org:80", "", "::1"}) {
    EXPECT_FALSE(is_loopback(other)) << other;
  }
}

TEST(ParseUrl, RefusesWhatItCannotMean) {
  for (const char* text : {"ftp://a/", "example.org", "http://", "http:///x", "http://u:p@h/",
                           "http://h:x/", "http://h/a b", "http://h/\r\nX: y"}) {
    EXPECT_FALSE(parse_url(text).ok()) << text;
  }
}

}  // namespace
}  // namespace tern::net
