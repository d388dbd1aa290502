// Sequences without padding.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/import/onnx/node_model.h"
#include "tests/support/status_matchers.h"

namespace tern::testing {
namespace {

// Two sequences of numbers, 1 2 and 5, each of which is query, key and value of one head. A query q
// weighs the values of its own sequence with exp(q k).
Tensor expected() {
  const auto of_first = [](double q) {
    return (std::exp(q) + 2 * std::exp(2 * q)) / (std::exp(q) + std::exp(2 * q));
  };
  return f32({3, 1}, {of_first(1), of_first(2), 5});
}

Tensor tokens() { return f32({3, 1}, {1, 2, 5}); }
Tensor places() { return i32({2, 2}, {0, 1, 2, 3}); }
Tensor sums() { return i32({3}, {0, 2, 3}); }

TEST(PackedAttention, SequencesDoNotSeeEachOther) {
  NodeModel m("PackedAttention");
  m.integer("num_heads", 1).input(tokens());
  m.constant(f32({1, 3}, {1, 1, 1})).constant(f32({3}, {0, 0, 0}));
  m.input(places()).input(sums());
  EXPECT_TRUE(all_close(m.run()[0], expected()));
  // A bias that only a key's place decides: the second weighs e more.
  const double first = (std::exp(1.0) + 2 * std::exp(3.0)) / (std::exp(1.0) + std::exp(3.0));
  const double second = (std::exp(2.0) + 2 * std::exp(5.0)) / (std::exp(2.0) + std::exp(5.0));
  m.constant(f32({1, 1, 2, 2}, {0, 1, 0, 1}));
  EXPECT_TRUE(all_close(m.run()[0], f32({3, 1}, {first, second, 5})));
}

TEST(PackedAttention, RefusesSizesThatDoNotAddUp) {
  NodeModel m("PackedAttention");
  m.integer("num_heads", 1).ints("qkv_hidden_sizes", {1, 1, 2}).input(tokens());
  m.constant(f32({1, 3}, {1, 1, 1})).constant(f32({3}, {0, 0, 0})).input(places()).input(sums());
  EXPECT_THAT(m.import(), FailsWith(StatusCode::kInvalidArgument, "3 columns are not the sum"));
}

TEST(PackedMultiHeadAttention, TakesOneTensorOrThree) {
  NodeModel three("PackedMultiHeadAttention");
  three.integer("num_heads", 1).input(tokens()).input(tokens()).input(tokens()).none();
  three.input(places()).input(sums());
  EXPECT_TRUE(all_close(three.run()[0], expected()));
  NodeModel one("PackedMultiHeadAttention");
  one.integer("num_heads", 1).input(f32({3, 1, 3, 1}, {1, 1, 1, 2, 2, 2, 5, 5, 5}));
  one.none().none().none().input(places()).input(sums());
  EXPECT_TRUE(all_close(one.run()[0], expected()));
  // A bias of 1 on the values alone.
  NodeModel biased("PackedMultiHeadAttention");
  biased.integer("num_heads", 1).input(tokens()).input(tokens()).input(tokens());
  biased.constant(f32({3}, {0, 0, 1})).input(places()).input(sums());
  EXPECT_TRUE(all_close(biased.run()[0], mapped(expected(), [](double y) { return y + 1; })));
  NodeModel keyless("PackedMultiHeadAttention");
  keyless.integer("num_heads", 1).input(tokens()).none().none().none();
  keyless.input(places()).input(sums());
  EXPECT_THAT(keyless.import(), FailsWith(StatusCode::kInvalidArgument, "key and value"));
}

// Sequences of 1 and 2 in a batch of length 2.
TEST(Padding, IsRemovedAndRestored) {
  NodeModel remove("RemovePadding", 4);
  remove.input(f32({2, 2, 1}, {1, 9, 5, 6})).input(i32({2}, {1, 2}));
  const std::vector<Tensor> packed = remove.run();
  EXPECT_TRUE(all_close(packed[0], f32({3, 1}, {1, 5, 6})));
  EXPECT_TRUE(all_close(packed[1], i32({2, 2}, {0, 2, 3, 1})));
  EXPECT_TRUE(all_close(packed[2], i32({3}, {0, 1, 3})));
  EXPECT_TRUE(all_close(packed[3], i32({1}, {2})));
  NodeModel restore("RestorePadding");
  restore.input(f32({3, 1}, {1, 5, 6})).input(i32({2, 2}, {0, 2, 3, 1}));
  EXPECT_TRUE(all_close(restore.run()[0], f32({2, 2, 1}, {1, 0, 5, 6})));
}

}  // namespace
}  // namespace tern::testing
