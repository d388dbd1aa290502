#include "net/router.h"

#include <gtest/gtest.h>

namespace tern::net {
namespace {

class RouterTest : public ::testing::Test {
 protected:
  void add(const char* method, const char* pattern, const char* route) {
    const Status s = router_.add(method, pattern, route);
    ASSERT_TRUE(s.ok()) << s.to_string();
  }
  // The name of the route, or "404", or "405 <methods>".
  std::string find(const char* method, const char* path) {
    match_ = router_.match(method, path);
    switch (match_.outcome) {
      case RouteMatch::kFound: return router_[match_];
      case RouteMatch::kNotFound: return "404";
      case RouteMatch::kMethodNotAllowed: return "405 " + match_.allow;
    }
    return "?";
  }

  Router<std::string> router_;
  RouteMatch match_;
};

TEST_F(RouterTest, FillsParameters) {
  add("POST", "/v2/models/{model}/infer", "infer");
  EXPECT_EQ(find("POST", "/v2/models/resnet%2050%2Fx/infer"), "infer");
  EXPECT_EQ(match_.param("model"), "resnet 50/x");
  EXPECT_EQ(match_.param("other"), "");
  EXPECT_EQ(find("POST", "/v2/models//infer"), "404");
  EXPECT_EQ(find("POST", "/v2/models/a/b/infer"), "404");
  EXPECT_EQ(find("POST", "/v2/models/%00/infer"), "404");
}

TEST_F(RouterTest, LeavesOutOptionalSegments) {
  add("POST", "/v2/models/{model}[/versions/{version}]/infer", "infer");
  add("GET", "/v2/models/{model}[/versions/{version}]", "metadata");
  EXPECT_EQ(find("POST", "/v2/models/m/infer"), "infer");
  EXPECT_EQ(match_.param("version"), "");
  EXPECT_EQ(find("POST", "/v2/models/m/versions/3/infer"), "infer");
  EXPECT_EQ(match_.param("model"), "m");
  EXPECT_EQ(match_.param("version"), "3");
  EXPECT_EQ(find("GET", "/v2/models/m"), "metadata");
  EXPECT_EQ(find("GET", "/v2/models/m/versions/1"), "metadata");
}

TEST_F(RouterTest, MatchesTextAroundAParameter) {
  add("POST", "/v1/models/{model}:predict", "predict");
  add("POST", "/v1/models/{model}:classify", "classify");
  add("GET", "/v1/models/{model}", "status");
  EXPECT_EQ(find("POST", "/v1/models/a:b:predict"), "predict");
  EXPECT_EQ(match_.param("model"), "a:b");
  EXPECT_EQ(find("POST", "/v1/models/x:classify"), "classify");
  EXPECT_EQ(find("POST", "/v1/models/:predict"), "405 GET, HEAD");
  EXPECT_EQ(find("GET", "/v1/models/x:y"), "status");
}

TEST_F(RouterTest, PrefersTheMoreLiteralRouteWhateverTheOrder) {
  add("GET", "/{a}/{b}", "both");
  add("GET", "/{a}/x", "right");
  add("GET", "/x/{b}", "left");
  add("GET", "/x/{b}:stats", "stats");
  EXPECT_EQ(find("GET", "/x/x"), "left");
  EXPECT_EQ(find("GET", "/x/x:stats"), "stats");
  EXPECT_EQ(find("GET", "/y/x"), "right");
  EXPECT_EQ(find("GET", "/y/y"), "both");
}

TEST_F(RouterTest, TellsAWrongMethodFromAWrongPath) {
  add("GET", "/a/{x}", "get");
  add("POST", "/a/{x}", "post");
  add("DELETE", "/a/b", "delete");
  EXPECT_EQ(find("PUT", "/a/b"), "405 DELETE, GET, HEAD, POST");
  EXPECT_EQ(find("PUT", "/a/c"), "405 GET, HEAD, POST");
  EXPECT_EQ(find("PUT", "/b"), "404");
  EXPECT_EQ(find("POST", "/a/b"), "post") << "a less literal route with the method still serves";
  EXPECT_EQ(find("HEAD", "/a/b"), "get");
  EXPECT_EQ(find("get", "/a/b"), "405 DELETE, GET, HEAD, POST") << "methods are case-sensitive";
}

TEST_F(RouterTest, TreatsATrailingSlashAsAnotherPath) {
  add("GET", "/", "root");
  add("GET", "/a", "a");
  EXPECT_EQ(find("GET", "/"), "root");
  EXPECT_EQ(find("GET", "/a/"), "404");
  EXPECT_EQ(find("GET", ""), "404");
  EXPECT_EQ(find("GET", "*"), "404");
  EXPECT_EQ(find("GET", std::string(100'000, '/').c_str()), "404");
}

TEST_F(RouterTest, RefusesMalformedAndDoublePatterns) {
  for (const char* pattern : {"", "a", "/{", "/}", "/{}", "/{a}{b}", "/}a{", "/a[/b", "/a]/b",
                              "/a[/b][/c]", "/a[b]", "/a[]"}) {
    EXPECT_EQ(router_.add("GET", pattern, "x").code(), StatusCode::kInvalidArgument) << pattern;
  }
  add("GET", "/a[/{b}]", "x");
  EXPECT_EQ(router_.add("GET", "/a/{c}", "y").code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(router_.add("GET", "/a", "y").code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(router_.add("GET", "/d[/{b}]", "y").to_string(), "ok");
  EXPECT_EQ(find("GET", "/d"), "y");
}

TEST_F(RouterTest, AddsNothingWhenHalfOfAPatternExists) {
  add("GET", "/a", "a");
  EXPECT_EQ(router_.add("GET", "/a[/b]", "y").code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(find("GET", "/a/b"), "404");
  add("GET", "/c", "c");
  EXPECT_EQ(find("GET", "/c"), "c");
}

}  // namespace
}  // namespace tern::net
