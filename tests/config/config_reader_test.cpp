#include "config/config_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/yaml.h"
#include "tests/support/status_matchers.h"

namespace tern::config {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::IsEmpty;
using testing::IsOk;

enum class Kind { kSgd, kAdam };

class ConfigReaderTest : public ::testing::Test {
 protected:
  ConfigReader read(std::string_view text) {
    auto parsed = parse_yaml(text, "t.yaml");
    EXPECT_THAT(parsed, IsOk());
    root_ = std::move(*parsed);
    return ConfigReader(root_);
  }
  static std::string message(ConfigReader& reader) {
    return std::string(reader.finish().message());
  }

  ConfigNode root_;
};

TEST_F(ConfigReaderTest, ReadsEveryType) {
  ConfigReader r = read(
      "epochs: 10\nbatch: 1e3\nlr: 1e-3\nname: 1.10\nquoted: 'true'\nshuffle: true\n"
      "optimizer: {type: adam}\nsizes: [1, 2]\nrates: 0.5\nnames: [a, 'b']\n"
      "layers:\n  - {units: 3}\n  - {units: 4}\n");
  EXPECT_EQ(r.integer("epochs", kRequired), 10);
  EXPECT_EQ(r.integer("batch", kRequired), 1000);
  EXPECT_EQ(r.number("lr", kRequired), 1e-3);
  EXPECT_EQ(r.text("name", kRequired), "1.10");
  EXPECT_EQ(r.text("quoted", ""), "true");
  EXPECT_TRUE(r.boolean("shuffle", kRequired));
  EXPECT_EQ(r.map("optimizer")
                .choice<Kind>("type", kRequired, {{"sgd", Kind::kSgd}, {"adam", Kind::kAdam}}),
            Kind::kAdam);
  EXPECT_THAT(r.integers("sizes", kRequired), ElementsAre(1, 2));
  EXPECT_THAT(r.numbers("rates", kRequired), ElementsAre(0.5));
  EXPECT_THAT(r.texts("names", kRequired), ElementsAre("a", "b"));
  std::vector<ConfigReader> layers = r.maps("layers");
  ASSERT_EQ(layers.size(), 2u);
  EXPECT_EQ(layers[0].integer("units", 0), 3);
  EXPECT_EQ(layers[1].integer("units", 0), 4);
  EXPECT_EQ(layers[1].path(), "layers[1]");
  EXPECT_THAT(r.finish(), IsOk());
}

TEST_F(ConfigReaderTest, FallsBackWhenAbsentOrNull) {
  ConfigReader r = read("a:\nb: ~\nc: null\n");
  EXPECT_EQ(r.integer("a", 1), 1);
  EXPECT_EQ(r.number("b", 0.5), 0.5);
  EXPECT_EQ(r.text("c", "x"), "x");
  EXPECT_TRUE(r.boolean("d", true));
  EXPECT_EQ(r.choice<Kind>("e", Kind::kAdam, {{"adam", Kind::kAdam}}), Kind::kAdam);
  EXPECT_THAT(r.integers("f", std::vector<std::int64_t>{7}), ElementsAre(7));
  EXPECT_THAT(r.maps("g"), IsEmpty());
  EXPECT_EQ(r.map("h").map("i").integer("j", 3), 3);
  EXPECT_FALSE(r.has("a"));
  EXPECT_FALSE(r.has("k"));
  EXPECT_THAT(r.finish(), IsOk());
}

TEST_F(ConfigReaderTest, SaysWhatIsMissingAndWhere) {
  ConfigReader r = read("a: 1\noptimizer:\n  type: sgd\n");
  r.integer("a", 0);
  r.integer("epochs", kRequired);
  ConfigReader optimizer = r.map("optimizer");
  optimizer.text("type", kRequired);
  optimizer.number("lr", kRequired);
  r.map("data").text("path", kRequired);
  EXPECT_EQ(message(r),
            "t.yaml:1:1: epochs: is required\n"
            "t.yaml:1:1: data.path: is required\n"
            "t.yaml:3:3: optimizer.lr: is required");
}

TEST_F(ConfigReaderTest, ChecksRanges) {
  ConfigReader r = read("a: 0\nb: 11\nc: 0\nd: 1.0\ne: -0.5\nf: 2\ng: [1, -1]\n");
  r.integer("a", 5, {.min = 1});
  r.integer("b", 5, {.max = 10});
  EXPECT_EQ(r.number("c", 0.1, {.above = 0}), 0.1) << "a mistake returns the fallback";
  r.number("d", 0, {.below = 1});
  r.number("e", 0, {.min = 0, .max = 1});
  r.number("f", 0, {.min = 0, .max = 1});
  r.integers("g", kRequired, {.min = 0});
  EXPECT_EQ(message(r),
            "t.yaml:1:4: a: 0 is below 1\n"
            "t.yaml:2:4: b: 11 is above 10\n"
            "t.yaml:3:4: c: 0 is not above 0\n"
            "t.yaml:4:4: d: 1.0 is not below 1\n"
            "t.yaml:5:4: e: -0.5 is below 0\n"
            "t.yaml:6:4: f: 2 is above 1\n"
            "t.yaml:7:8: g[1]: -1 is below 0");
}

TEST_F(ConfigReaderTest, ChecksTypes) {
  ConfigReader r = read(
      "a: x\nb: 1.5\nc: '1'\nd: [1]\ne: .inf\nf: nan\ng: yes\nh: {}\ni: adamw\nj: 3\nk: {a: 1}\n"
      "l: [[1]]\nm: [1]\nn: 99999999999999999999\no: 1e300\n");
  for (const char* key : {"a", "b", "c", "d", "n", "o"}) r.integer(key, 0);
  for (const char* key : {"e", "f"}) r.number(key, 0);
  r.boolean("g", false);
  r.text("h", "");
  r.choice<Kind>("i", kRequired, {{"sgd", Kind::kSgd}, {"adam", Kind::kAdam}});
  EXPECT_EQ(r.map("j").integer("x", 4), 4);
  EXPECT_THAT(r.integers("k", kRequired), IsEmpty());
  r.integers("l", kRequired);
  EXPECT_THAT(r.maps("m"), IsEmpty());
  EXPECT_EQ(message(r),
            "t.yaml:1:4: a: \"x\" is not a whole number\n"
            "t.yaml:2:4: b: \"1.5\" is not a whole number\n"
            "t.yaml:3:4: c: \"1\" is not a whole number\n"
            "t.yaml:4:4: d: a list is not a whole number\n"
            "t.yaml:5:4: e: \".inf\" is not a number\n"
            "t.yaml:6:4: f: \"nan\" is not a number\n"
            "t.yaml:7:4: g: \"yes\" is not true or false\n"
            "t.yaml:8:4: h: a map where text was expected\n"
            "t.yaml:9:4: i: \"adamw\" is not sgd or adam\n"
            "t.yaml:10:4: j: \"3\" where a map was expected\n"
            "t.yaml:11:4: k: a map where a list was expected\n"
            "t.yaml:12:5: l[0]: a list is not a whole number\n"
            "t.yaml:13:5: m[0]: \"1\" where a map was expected\n"
            "t.yaml:14:4: n: \"99999999999999999999\" is not a whole number\n"
            "t.yaml:15:4: o: \"1e300\" is not a whole number");
}

TEST_F(ConfigReaderTest, RefusesUnknownKeysAndGuessesTheRightOne) {
  ConfigReader r = read("epoch: 1\noptimizer:\n  learning_rte: 1\n  zzz: 2\nlayers: [{unit: 1}]\n");
  r.integer("epochs", 1);
  ConfigReader optimizer = r.map("optimizer");
  optimizer.number("learning_rate", 1);
  for (ConfigReader& layer : r.maps("layers")) layer.integer("units", 1);
  EXPECT_EQ(message(r),
            "t.yaml:1:1: epoch: unknown key, did you mean \"epochs\"?\n"
            "t.yaml:3:3: optimizer.learning_rte: unknown key, did you mean \"learning_rate\"?\n"
            "t.yaml:4:3: optimizer.zzz: unknown key\n"
            "t.yaml:5:11: layers[0].unit: unknown key, did you mean \"units\"?");
}

TEST_F(ConfigReaderTest, TakesKeysOfTheUsersChoosing) {
  ConfigReader r = read("models:\n  resnet: {batch: 8}\n  bert: {batch: 4}\n");
  ConfigReader models = r.map("models");
  std::vector<std::int64_t> batches;
  EXPECT_THAT(models.keys(), ElementsAre("resnet", "bert"));
  for (const std::string& name : models.keys()) {
    batches.push_back(models.map(name).integer("batch", 1));
  }
  EXPECT_THAT(batches, ElementsAre(8, 4));
  EXPECT_THAT(r.finish(), IsOk());
}

TEST_F(ConfigReaderTest, AMapReadTwiceKnowsTheKeysOfBoth) {
  ConfigReader r = read("a: {x: 1, y: 2}\n");
  r.map("a").integer("x", 0);
  r.map("a").integer("y", 0);
  EXPECT_THAT(r.finish(), IsOk());
}

TEST_F(ConfigReaderTest, TakesMistakesOfTheCallers) {
  ConfigReader r = read("path: x.csv\n");
  r.text("path", "");
  r.reject("path", "no such file");
  r.reject("size", "is needed with path");
  EXPECT_EQ(message(r),
            "t.yaml:1:1: size: is needed with path\n"
            "t.yaml:1:7: path: no such file");
}

TEST_F(ConfigReaderTest, StopsListingAfterTwenty) {
  std::string text;
  for (int i = 0; i < 25; ++i) text += "key" + std::to_string(i) + ": 1\n";
  ConfigReader r = read(text);
  const std::string all = message(r);
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 20);
  EXPECT_TRUE(all.ends_with("\nand 5 more"));
}

TEST_F(ConfigReaderTest, TheRootMustBeAMap) {
  ConfigReader r = read("- 1\n");
  EXPECT_EQ(r.integer("a", 2), 2);
  EXPECT_THAT(r.finish(), FailsWith(StatusCode::kInvalidArgument,
                                    "t.yaml:1:1: a list where a map was expected"));
}

}  // namespace
}  // namespace tern::config
