#include "config/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace tern::config {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;

ConfigNode parse(std::string_view text) {
  auto node = parse_yaml(text, "a.yaml");
  EXPECT_THAT(node, IsOk());
  return node.ok() ? *node : ConfigNode();
}

// The tree in one line: {key: value}, [items], quoted text in quotes.
std::string show(const ConfigNode& node) {
  std::string out;
  switch (node.kind) {
    case ConfigNode::Kind::kNull: return "null";
    case ConfigNode::Kind::kScalar: return node.quoted ? '"' + node.text + '"' : node.text;
    case ConfigNode::Kind::kList:
      for (const auto& item : node.items) out += (out.empty() ? "" : ", ") + show(item);
      return '[' + out + ']';
    case ConfigNode::Kind::kMap:
      for (const auto& e : node.entries) {
        out += (out.empty() ? "" : ", ") + e.key + ": " + show(e.value);
      }
      return '{' + out + '}';
  }
  return "?";
}

TEST(ParseYaml, ReadsBlockAndFlowStyle) {
  EXPECT_EQ(show(parse("a: 1\nb:\n  - x\n  - {c: 'y', d: \"z\"}\n  - [1, 2]\ne:\nf: ~\n")),
            R"({a: 1, b: [x, {c: "y", d: "z"}, [1, 2]], e: null, f: null})");
  EXPECT_EQ(show(parse("a: |\n  two\n  lines\n")), "{a: \"two\nlines\n\"}");
  EXPECT_EQ(show(parse("# only a comment\n")), "{}");
  EXPECT_EQ(show(parse("")), "{}");
  EXPECT_EQ(show(parse("---\na: 1\n...\n")), "{a: 1}");
  EXPECT_EQ(show(parse("- 1\n- 2\n")), "[1, 2]");
}

TEST(ParseYaml, RemembersWhereEverythingStands) {
  const ConfigNode root = parse("a: 1\nb:\n  - x\n  -   c: y\n");
  EXPECT_EQ(root.find("a")->origin.to_string(), "a.yaml:1:4");
  EXPECT_EQ(root.entries[1].key_origin.to_string(), "a.yaml:2:1");
  const ConfigNode& list = *root.find("b");
  EXPECT_EQ(list.items[0].origin.to_string(), "a.yaml:3:5");
  EXPECT_EQ(list.items[1].find("c")->origin.to_string(), "a.yaml:4:10");
}

TEST(ParseYaml, ReplacesAliases) {
  const ConfigNode root = parse("a: &x {k: 1}\nb: *x\nc: [*x, &y z, *y]\n");
  EXPECT_EQ(show(root), "{a: {k: 1}, b: {k: 1}, c: [{k: 1}, z, z]}");
  EXPECT_EQ(root.find("b")->origin.line, 2);
}

TEST(ParseYaml, RefusesWithThePlace) {
  const std::pair<const char*, const char*> cases[] = {
      {"a: 1\nb: 2\na: 3\n", "a.yaml:3:1: the key \"a\" is already on line 1"},
      {"a: [1, 2\n", "a.yaml:2:1: "},
      {"a: b: c\n", "a.yaml:1:5: "},
      {"a:\n\t- 1\n", "a.yaml:2:"},
      {"a: \"\\q\"\n", "unknown escape"},
      {"a: !!int 3\n", "a.yaml:1:4: tags such as"},
      {"a: !include x\n", "tags such as !include"},
      {"x: &x {a: 1}\ny:\n  <<: *x\n", "a.yaml:3:3: merge keys"},
      {"? [1, 2]\n: 3\n", "a list as a key"},
      {"? \n: 3\n", "null as a key"},
      {"a: *nope\n", "a.yaml:1:4: "},
      {"a: &a [*a]\n", "an alias inside its own anchor"},
      {"a: 1\n---\nb: 2\n", "a second document"},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_THAT(parse_yaml(text, "a.yaml"), FailsWith(StatusCode::kInvalidArgument, message))
        << text;
  }
  EXPECT_THAT(parse_yaml(std::string_view("a: \0", 4), "a.yaml"),
              FailsWith(StatusCode::kInvalidArgument, "zero byte at offset 3"));
}

TEST(ParseYaml, LimitsSizeDepthAndCount) {
  EXPECT_THAT(parse_yaml("a: 12345", "a.yaml", {.bytes = 7}),
              FailsWith(StatusCode::kInvalidArgument, "8 bytes, the limit is 7"));
  EXPECT_THAT(parse_yaml("[[[1]]]", "a.yaml", {.depth = 3}), IsOk());
  EXPECT_THAT(parse_yaml("[[[[1]]]]", "a.yaml", {.depth = 3}),
              FailsWith(StatusCode::kInvalidArgument, "a.yaml:1:4: nested deeper than 3"));
  EXPECT_THAT(parse_yaml(std::string(100'000, '['), "a.yaml"),
              FailsWith(StatusCode::kInvalidArgument, "nested deeper than 64"));
  EXPECT_THAT(parse_yaml(std::string(100'000, '{'), "a.yaml"),
              FailsWith(StatusCode::kInvalidArgument, "nested deeper than 64"));
  std::string blocks;
  for (int i = 0; i < 1000; ++i) blocks += "- ";
  EXPECT_THAT(parse_yaml(blocks, "a.yaml"),
              FailsWith(StatusCode::kInvalidArgument, "nested deeper than 64"));
  EXPECT_THAT(parse_yaml("[1, 2, 3]", "a.yaml", {.values = 4}), IsOk());
  EXPECT_THAT(parse_yaml("[1, 2, 3, 4]", "a.yaml", {.values = 4}),
              FailsWith(StatusCode::kInvalidArgument, "more than 4 values"));
}

TEST(ParseYaml, AliasesCannotMultiplyWithoutEnd) {
  std::string laughs = "a0: &a0 x\n";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + "," + before +
              "," + before + "]\n";
  }
  EXPECT_THAT(parse_yaml(laughs, "a.yaml"), FailsWith(StatusCode::kInvalidArgument, "values"));
  std::string heavy = "a: &a " + std::string(100'000, 'x') + "\nb: [*a";
  for (int i = 0; i < 10'000; ++i) heavy += ", *a";
  EXPECT_THAT(parse_yaml(heavy + "]\n", "a.yaml"),
              FailsWith(StatusCode::kInvalidArgument, "values"));
  std::string deep = "a0: &a0 [x]\n";
  for (int i = 1; i < 70; ++i) {
    deep += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) +
            "]\n";
  }
  EXPECT_THAT(parse_yaml(deep, "a.yaml"), FailsWith(StatusCode::kInvalidArgument, "nested deeper"));
}

TEST(ParseYaml, ManyKeysTakeTheTimeOfMany) {
  std::string text;
  for (int i = 0; i < 45'000; ++i) text += "k" + std::to_string(i) + ": 1\n";
  EXPECT_EQ(parse(text).entries.size(), 45'000u);
}

TEST(ReadYamlFile, NamesTheFile) {
  const testing::TempDir dir;
  const std::string path = dir.write("a.yaml", "a: 1\nb: [\n");
  EXPECT_THAT(read_yaml_file(path), FailsWith(StatusCode::kInvalidArgument, path + ":"));
  EXPECT_THAT(read_yaml_file(dir.file("none.yaml")), FailsWith(StatusCode::kNotFound, "none.yaml"));
}

}  // namespace
}  // namespace tern::config
