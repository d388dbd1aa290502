#include "train/job/shorthand.h"

#include <gtest/gtest.h>

#include "config/yaml.h"

namespace tern::train {
namespace {

// A node in YAML's flow style, which says all there is to say.
std::string flow(const config::ConfigNode& node) {
  std::string text;
  if (node.is_list()) {
    for (const auto& item : node.items) text += (text.empty() ? "" : ", ") + flow(item);
    return "[" + text + "]";
  }
  if (node.is_map()) {
    for (const auto& e : node.entries) {
      text += (text.empty() ? "" : ", ") + e.key + ": " + flow(e.value);
    }
    return "{" + text + "}";
  }
  return node.is_null() ? "~" : node.text;
}

std::string expanded(std::string_view yaml) {
  auto root = config::parse_yaml(yaml, "test.yaml");
  if (!root.ok()) return root.status().to_string();
  expand_shorthand(*root);
  return flow(*root);
}

TEST(Shorthand, ScalarsBecomeSections) {
  EXPECT_EQ(expanded("loss: mse"), "{loss: {type: mse}}");
  EXPECT_EQ(expanded("optimizer: adam"), "{optimizer: {type: adam}}");
  EXPECT_EQ(expanded("checkpoint: a.ckpt"), "{checkpoint: {path: a.ckpt}}");
  EXPECT_EQ(expanded("data: {validation: 0.2}"), "{data: {validation: {fraction: 0.2}}}");
}

TEST(Shorthand, LayersAreSpelledOut) {
  EXPECT_EQ(expanded("model: [relu, dense: 10, max_pool: [2, 3]]"),
            "{model: {layers: [{type: relu}, {type: dense, units: 10}, "
            "{type: max_pool, kernel: [2, 3]}]}}");
  EXPECT_EQ(expanded("model: [conv: {channels: 8, same: true}, batch_norm: ~]"),
            "{model: {layers: [{type: conv, channels: 8, same: true}, {type: batch_norm}]}}");
  EXPECT_EQ(
      expanded("model: {layers: [residual: [relu, dense: 3]]}"),
      "{model: {layers: [{type: residual, layers: [{type: relu}, {type: dense, units: 3}]}]}}");
}

TEST(Shorthand, TheLongFormStays) {
  for (const char* text : {"{loss: {type: mse}}", "{model: {layers: [{type: dense, units: 1}]}}",
                           "{data: ~}", "{model: 3}", "{model: {layers: {a: 1}}}"}) {
    EXPECT_EQ(expanded(text), text);
  }
}

TEST(Shorthand, KeepsPlaces) {
  auto root = config::parse_yaml("model:\n  - relu\n  - dense: 10\n", "test.yaml");
  ASSERT_TRUE(root.ok());
  expand_shorthand(*root);
  const auto& dense = root->find("model")->find("layers")->items[1];
  EXPECT_EQ(dense.find("type")->origin.to_string(), "test.yaml:3:5");
  EXPECT_EQ(dense.find("units")->origin.to_string(), "test.yaml:3:12");
}

}  // namespace
}  // namespace tern::train
