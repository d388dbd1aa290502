#include "config/config_sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config_reader.h"
#include "config/yaml.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace tern::config {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using testing::IsOk;

TEST(LoadConfig, FlagsWinOverEnvironmentOverFile) {
  const testing::TempDir dir;
  const std::string file = dir.write("serve.yaml", "a: file\nb: file\nc: file\nhttp: {port: 1}\n");
  const auto root =
      load_config({.file = file,
                   .environment_prefix = "TERN_SERVE_",
                   .environment = {"PATH=/bin", "TERN_SERVE_B=env", "TERN_SERVE_C=env",
                                   "TERN_SERVE_HTTP__MAX_BODY=10", "TERN_OTHER=x"},
                   .overrides = {"c=flag", "http.port=2", "http.port=3"}});
  ASSERT_THAT(root, IsOk());
  ConfigReader r(*root);
  EXPECT_EQ(r.text("a", ""), "file");
  EXPECT_EQ(r.text("b", ""), "env");
  EXPECT_EQ(r.text("c", ""), "flag");
  ConfigReader http = r.map("http");
  EXPECT_EQ(http.integer("port", 0), 3);
  EXPECT_EQ(http.integer("max_body", 0), 10);
  EXPECT_THAT(r.finish(), IsOk());
}

TEST(LoadConfig, MistakesNameTheirSource) {
  const auto root = load_config({.environment_prefix = "TERN_T_",
                                 .environment = {"TERN_T_EPOCHS=x", "TERN_T_WHAT=1"},
                                 .overrides = {"optimizer.lr=-1"}});
  ASSERT_THAT(root, IsOk());
  ConfigReader r(*root);
  r.integer("epochs", 1);
  r.map("optimizer").number("lr", kRequired, {.min = 0});
  const std::string message(r.finish().message());
  EXPECT_EQ(message,
            "environment TERN_T_EPOCHS: epochs: \"x\" is not a whole number\n"
            "--set optimizer.lr=-1: optimizer.lr: -1 is below 0\n"
            "environment TERN_T_WHAT: what: unknown key");
}

TEST(LoadConfig, NeedsItsFile) {
  EXPECT_THAT(load_config({.file = "/none/x.yaml"}),
              FailsWith(StatusCode::kNotFound, "/none/x.yaml"));
  const testing::TempDir dir;
  EXPECT_THAT(load_config({.file = dir.write("l.yaml", "- 1\n")}),
              FailsWith(StatusCode::kInvalidArgument, "l.yaml:1:1: a list where a map"));
}

class OverrideTest : public ::testing::Test {
 protected:
  OverrideTest() { root_ = *parse_yaml("a: {b: 1, c: [10, 20, {d: 1}]}\ns: x\nn:\n", "o.yaml"); }
  Status set(std::string_view assignment) { return apply_override(root_, assignment, "--set"); }

  ConfigNode root_;
};

TEST_F(OverrideTest, SetsAddsAndReplaces) {
  ASSERT_THAT(set("a.b=2"), IsOk());
  ASSERT_THAT(set("a.c[0]=11"), IsOk());
  ASSERT_THAT(set("a.c[2].d=12"), IsOk());
  ASSERT_THAT(set("a.c[3]=13"), IsOk());
  ASSERT_THAT(set("new.deep.er=x=y"), IsOk());
  ASSERT_THAT(set("n[0]=first"), IsOk());
  const ConfigNode& c = *root_.find("a")->find("c");
  EXPECT_EQ(root_.find("a")->find("b")->text, "2");
  EXPECT_EQ(c.items[0].text, "11");
  EXPECT_EQ(c.items[2].find("d")->text, "12");
  EXPECT_EQ(c.items[3].text, "13");
  EXPECT_EQ(root_.find("new")->find("deep")->find("er")->text, "x=y");
  EXPECT_EQ(root_.find("n")->items[0].text, "first");
  EXPECT_EQ(c.items[0].origin.to_string(), "--set");
}

TEST_F(OverrideTest, ReadsValuesInBracketsBracesAndQuotesAsYaml) {
  ASSERT_THAT(set("a=[1, 3, 224]"), IsOk());
  ASSERT_THAT(set("s={x: {y: 1}}"), IsOk());
  ASSERT_THAT(set("q='7'"), IsOk());
  ASSERT_THAT(set("glob=*.png: a"), IsOk());
  ASSERT_THAT(set("n="), IsOk());
  ConfigReader r(root_);
  EXPECT_THAT(r.integers("a", kRequired), ElementsAre(1, 3, 224));
  EXPECT_EQ(r.map("s").map("x").integer("y", 0), 1);
  EXPECT_EQ(r.text("glob", ""), "*.png: a");
  EXPECT_TRUE(root_.find("q")->quoted);
  EXPECT_TRUE(root_.find("n")->is_null());
}

TEST_F(OverrideTest, RefusesWhatDoesNotFit) {
  const std::pair<const char*, const char*> cases[] = {
      {"a", "not of the form path=value"},
      {"=1", "empty key"},
      {"a..b=1", "empty key"},
      {"[0]=1", "empty key"},
      {"a.c[x]=1", "no list index at \"[x]\""},
      {"a.c[=1", "no list index"},
      {"a.c[]=1", "no list index"},
      {"a.c[0]b=1", "no list index at \"b\""},
      {"a.c[99999999999999999999]=1", "no list index"},
      {"a.c[5]=1", "index 5 of a list of 3"},
      {"s.x=1", "\"x\" where a map is needed"},
      {"a[0]=1", "a map where a list is needed"},
      {"a.c.d=1", "a list where a map is needed"},
      {"a=[1", "--set"},
  };
  for (const auto& [assignment, message] : cases) {
    EXPECT_THAT(set(assignment), FailsWith(StatusCode::kInvalidArgument, message)) << assignment;
  }
  std::string deep = "a";
  for (int i = 0; i < 100; ++i) deep += ".a";
  EXPECT_THAT(set(deep + "=1"), FailsWith(StatusCode::kInvalidArgument, "101 steps"));
}

}  // namespace
}  // namespace tern::config
