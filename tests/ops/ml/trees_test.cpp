#include <cmath>

#include "tern/ops/trees.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

using ops::TreeAggregate;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Tensor u8(const std::vector<std::int64_t>& values) {
  return ints(DType::kU8, {static_cast<std::int64_t>(values.size())}, values);
}

// x0 <= 0.5 gives 10; else x1 > 1 gives 20, and 30 otherwise. A second tree gives 5 whatever x is.
ops::TreeEnsemble two_trees() {
  return {.leaf_targetids = {0, 0, 0, 0},
          .leaf_weights = f32({4}, {10, 20, 30, 5}),
          .nodes_falseleafs = {0, 1, 1},
          .nodes_falsenodeids = {1, 2, 3},
          .nodes_featureids = {0, 1, 0},
          .nodes_modes = u8({0, 3, 0}),
          .nodes_splits = f32({3}, {0.5, 1, 0}),
          .nodes_trueleafs = {1, 1, 1},
          .nodes_truenodeids = {0, 1, 3},
          .tree_roots = {0, 2}};
}

ops::TreeEnsemble aggregated(TreeAggregate aggregate) {
  ops::TreeEnsemble op = two_trees();
  op.aggregate_function = static_cast<std::int64_t>(aggregate);
  return op;
}

// Tree `k` compares x0 with 1 in mode `k` and gives target `k` a 1 where that is true.
ops::TreeEnsemble all_modes() {
  ops::TreeEnsemble op{.leaf_weights = f32({2 * 6}, {1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0}),
                       .n_targets = 6,
                       .nodes_modes = u8({0, 1, 2, 3, 4, 5}),
                       .nodes_splits = f32({6}, {1, 1, 1, 1, 1, 1})};
  for (std::int64_t k = 0; k < 6; ++k) {
    op.leaf_targetids.insert(op.leaf_targetids.end(), {k, k});
    op.nodes_falseleafs.push_back(1);
    op.nodes_trueleafs.push_back(1);
    op.nodes_truenodeids.push_back(2 * k);
    op.nodes_falsenodeids.push_back(2 * k + 1);
    op.nodes_featureids.push_back(0);
    op.tree_roots.push_back(k);
  }
  return op;
}

// x0 in {1, 3} gives 1, else x0 in {2} gives 2, and 3 otherwise.
ops::TreeEnsemble members() {
  return {.leaf_targetids = {0, 0, 0},
          .leaf_weights = f64({3}, {1, 2, 3}),
          .membership_values = f64({5}, {3, 1, kNaN, 2, kNaN}),
          .nodes_falseleafs = {0, 1},
          .nodes_falsenodeids = {1, 2},
          .nodes_featureids = {0, 0},
          .nodes_modes = u8({6, 6}),
          .nodes_splits = f64({2}, {0, 0}),
          .nodes_trueleafs = {1, 1},
          .nodes_truenodeids = {0, 1},
          .tree_roots = {0}};
}

Tensor four_examples() { return f32({4, 2}, {0, 0, 1, 2, 1, 0, kNaN, 2}); }

OpCase ensemble(std::string name, ops::TreeEnsemble op, Tensor x, Tensor y) {
  return {.name = std::move(name),
          .op = std::move(op),
          .inputs = {std::move(x)},
          .expected = {std::move(y)},
          .gradient = false,
          .other_dtypes = false};
}

}  // namespace

TERN_OP_TEST(TreeEnsemble) {
  ops::TreeEnsemble missing = two_trees();
  missing.nodes_missing_value_tracks_true = {1, 0, 0};
  ops::TreeEnsemble logistic = two_trees();
  logistic.leaf_weights = f32({4}, {1, -2, 0, 0});
  logistic.post_transform = 2;
  return {
      ensemble("sum", two_trees(), four_examples(), f32({4, 1}, {15, 25, 35, 25})),
      ensemble("average", aggregated(TreeAggregate::kAverage), four_examples(),
               f32({4, 1}, {7.5, 12.5, 17.5, 12.5})),
      ensemble("min", aggregated(TreeAggregate::kMin), four_examples(), f32({4, 1}, {5, 5, 5, 5})),
      ensemble("max", aggregated(TreeAggregate::kMax), four_examples(),
               f32({4, 1}, {10, 20, 30, 20})),
      ensemble("NaN tracks true", missing, four_examples(), f32({4, 1}, {15, 25, 35, 15})),
      // 1 / (1 + e^-1), 1 / (1 + e^2), 1 / 2
      ensemble("logistic", logistic, f32({3, 2}, {0, 0, 1, 2, 1, 0}),
               f32({3, 1}, {0.7310586, 0.1192029, 0.5})),
      ensemble("every mode", all_modes(), f64({4, 1}, {0, 1, 2, kNaN}),
               f64({4, 6}, {1, 1, 0, 0, 0, 1,  //
                            1, 0, 1, 0, 1, 0,  //
                            0, 0, 1, 1, 0, 1,  //
                            0, 0, 0, 0, 0, 1})),
      ensemble("members", members(), f64({5, 1}, {1, 2, 3, 2.5, kNaN}),
               f64({5, 1}, {1, 2, 1, 3, 3})),
      ensemble("half precision", members(), as(DType::kF16, f32({2, 1}, {1, 2})),
               as(DType::kF16, f32({2, 1}, {1, 2}))),
      ensemble("no examples", two_trees(), f32({0, 2}, {}), f32({0, 1}, {})),
  };
}

TEST(TreeEnsemble, RefusesTreesThatAreNone) {
  const Tensor x = f32({1, 2}, {0, 0});
  const auto refuse = [&](auto change, std::string_view part) {
    ops::TreeEnsemble op = two_trees();
    change(op);
    expect_refused(op, {x}, part);
  };
  refuse([](auto& op) { op.nodes_falsenodeids[0] = 0; }, "the nodes of a tree form a cycle");
  refuse([](auto& op) { op.nodes_falseleafs[1] = 0, op.nodes_falsenodeids[1] = 0; },
         "form a cycle");
  refuse([](auto& op) { op.nodes_falsenodeids[0] = 3; }, "nodes_falsenodeids has 3, there are 3");
  refuse([](auto& op) { op.nodes_truenodeids[0] = -1; }, "nodes_truenodeids has -1");
  refuse([](auto& op) { op.nodes_truenodeids[0] = 4; }, "has 4, there are 4 leaves");
  refuse([](auto& op) { op.tree_roots[1] = 7; }, "tree_roots has 7, there are 3 nodes");
  refuse([](auto& op) { op.leaf_targetids[2] = 1; }, "a weight for target 1, there are 1");
  refuse([](auto& op) { op.leaf_targetids.pop_back(); }, "leaf_weights has 4 entries");
  refuse([](auto& op) { op.nodes_modes = u8({0, 9, 0}); }, "nodes_modes has 9");
  refuse([](auto& op) { op.nodes_modes = u8({0, 6, 0}); }, "membership_values has 0 sets");
  refuse([](auto& op) { op.nodes_modes = i64({3}, {0, 3, 0}); }, "nodes_modes is i64, not u8");
  refuse([](auto& op) { op.nodes_splits = i64({3}, {0, 3, 0}); }, "nodes_splits is i64");
  refuse([](auto& op) { op.nodes_splits = f32({2}, {0, 3}); }, "nodes_splits has 2 entries");
  refuse([](auto& op) { op.nodes_splits = Tensor(); }, "nodes_splits");
  refuse([](auto& op) { op.nodes_trueleafs.clear(); }, "nodes_trueleafs has 0 entries");
  refuse([](auto& op) { op.nodes_featureids[1] = -2; }, "nodes_featureids has -2");
  refuse([](auto& op) { op.nodes_featureids[1] = 2; }, "X has 2 features, the trees look at");
  refuse([](auto& op) { op.nodes_missing_value_tracks_true = {1}; }, "tracks_true has 1 entries");
  refuse([](auto& op) { op.aggregate_function = 4; }, "aggregate_function is 4, not 0 to 3");
  refuse([](auto& op) { op.post_transform = -1; }, "post_transform is -1");
  refuse([](auto& op) { op.n_targets = 0; }, "n_targets is 0");
  refuse([](auto& op) { op.n_targets = std::int64_t{1} << 40; }, "n_targets is 1099511627776");
}

// A chain as deep as it has nodes must not be followed by recursion.
TEST(TreeEnsemble, TakesTreesOfAnyDepth) {
  constexpr std::int64_t kDepth = 200'000;
  ops::TreeEnsemble op{.leaf_targetids = {0, 0},
                       .leaf_weights = f32({2}, {1, 2}),
                       .nodes_modes = filled(DType::kU8, {kDepth}, [](auto) { return 0.0; }),
                       .nodes_splits = filled(DType::kF32, {kDepth}, [](auto) { return 0.0; }),
                       .tree_roots = {0}};
  for (std::int64_t i = 0; i < kDepth; ++i) {
    const bool last = i == kDepth - 1;
    op.nodes_featureids.push_back(0);
    op.nodes_trueleafs.push_back(1);
    op.nodes_truenodeids.push_back(0);
    op.nodes_falseleafs.push_back(last ? 1 : 0);
    op.nodes_falsenodeids.push_back(last ? 1 : i + 1);
  }
  const Tensor x = f32({2, 1}, {-1, 1});
  const Tensor* in[] = {&x};
  const auto y = run_reference(op, in, 1);
  ASSERT_TRUE(y.ok()) << y.status().to_string();
  EXPECT_TRUE(all_close((*y)[0], f32({2, 1}, {1, 2})));
}

namespace {

// Two trees of three nodes; tree 7 splits on x0 <= 0.5, tree 3 on x1 > 0.
ops::TreeEnsembleRegressor regressor() {
  return {.nodes_falsenodeids = {2, 0, 0, 12, 0, 0},
          .nodes_featureids = {0, 0, 0, 1, 0, 0},
          .nodes_modes = {"BRANCH_LEQ", "LEAF", "LEAF", "BRANCH_GT", "LEAF", "LEAF"},
          .nodes_nodeids = {0, 1, 2, 10, 11, 12},
          .nodes_treeids = {7, 7, 7, 3, 3, 3},
          .nodes_truenodeids = {1, 0, 0, 11, 0, 0},
          .nodes_values = {0.5, 0, 0, 0, 0, 0},
          .target_ids = {0, 0, 0, 0},
          .target_nodeids = {1, 2, 11, 12},
          .target_treeids = {7, 7, 3, 3},
          .target_weights = {1, 2, 4, 8}};
}

ops::TreeEnsembleRegressor regressor(TreeAggregate aggregate) {
  ops::TreeEnsembleRegressor op = regressor();
  op.aggregate_function = aggregate;
  op.base_values = {100};
  return op;
}

Tensor three_examples() { return f32({3, 2}, {0, 1, 1, 1, 1, -1}); }

OpCase regression(std::string name, ops::TreeEnsembleRegressor op, Tensor x, Tensor y) {
  return {.name = std::move(name),
          .op = std::move(op),
          .inputs = {std::move(x)},
          .expected = {std::move(y)},
          .gradient = false};
}

}  // namespace

TERN_OP_TEST(TreeEnsembleRegressor) {
  ops::TreeEnsembleRegressor doubles = regressor();
  doubles.nodes_values.clear();
  doubles.nodes_values_as_tensor = f64({6}, {0.5, 0, 0, 0, 0, 0});
  doubles.target_weights.clear();
  doubles.target_weights_as_tensor = f64({4}, {1, 2, 4, 8});
  doubles.base_values_as_tensor = f64({1}, {0.25});
  ops::TreeEnsembleRegressor targets = regressor();
  targets.n_targets = 3;
  targets.target_ids = {0, 1, 1, 0};
  targets.base_values = {10, 20, 30};
  ops::TreeEnsembleRegressor least = targets;
  least.aggregate_function = TreeAggregate::kMin;
  return {
      regression("sum", regressor(), three_examples(), f32({3, 1}, {5, 6, 10})),
      regression("average", regressor(TreeAggregate::kAverage), three_examples(),
                 f32({3, 1}, {102.5, 103, 105})),
      regression("min", regressor(TreeAggregate::kMin), three_examples(),
                 f32({3, 1}, {101, 102, 102})),
      regression("max", regressor(TreeAggregate::kMax), three_examples(),
                 f32({3, 1}, {104, 104, 108})),
      regression("tensors of doubles", doubles, as(DType::kF64, three_examples()),
                 f32({3, 1}, {5.25, 6.25, 10.25})),
      regression("integers", regressor(), i64({3, 2}, {0, 1, 1, 1, 1, -1}),
                 f32({3, 1}, {5, 6, 10})),
      regression("targets", targets, three_examples(),
                 f32({3, 3}, {11, 24, 30, 10, 26, 30, 18, 22, 30})),
      // A target without a vote has its base value alone.
      regression("least of targets", least, three_examples(),
                 f32({3, 3}, {11, 24, 30, 10, 22, 30, 18, 22, 30})),
  };
}

TEST(TreeEnsembleRegressor, RefusesTreesThatAreNone) {
  const auto refuse = [&](auto change, std::string_view part) {
    ops::TreeEnsembleRegressor op = regressor();
    change(op);
    expect_refused(op, {three_examples()}, part);
  };
  refuse([](auto& op) { op.nodes_truenodeids[0] = 0; }, "form a cycle");
  refuse([](auto& op) { op.nodes_modes[1] = "BRANCH_EQ", op.nodes_truenodeids[1] = 1; },
         "form a cycle");
  refuse([](auto& op) { op.nodes_falsenodeids[0] = 10; }, "tree 7 has no node 10");
  refuse([](auto& op) { op.nodes_nodeids[1] = 0; }, "node 0 of tree 7 is there twice");
  refuse([](auto& op) { op.nodes_modes[0] = "BRANCH"; }, "nodes_modes has 'BRANCH'");
  refuse([](auto& op) { op.nodes_values.pop_back(); }, "nodes_values has 5 entries");
  refuse([](auto& op) { op.nodes_treeids.clear(); }, "nodes_nodeids has 6 entries");
  refuse([](auto& op) { op.target_treeids[0] = 9; }, "tree 9 has no node 1");
  refuse([](auto& op) { op.target_ids[0] = 1; }, "a weight for target 1, there are 1");
  refuse([](auto& op) { op.target_weights.clear(); }, "target_weights has 0 entries");
  refuse([](auto& op) { op.target_weights_as_tensor = f64({4}, {1, 2, 3, 4}); }, "both given");
  refuse(
      [](auto& op) {
        op.base_values = {1, 2};
      },
      "base_values has 2 entries, there are 1 targets");
  refuse([](auto& op) { op.nodes_featureids[3] = 5; }, "X has 2 features");
  expect_refused(regressor(), {f32({1, 1, 2}, {0, 0})}, "X has rank 3");
}

namespace {

// x0 <= 0.5 or not, with these votes (class, weight) for either side.
struct Vote {
  std::int64_t label;
  float weight;
};
ops::TreeEnsembleClassifier classifier(const std::vector<Vote>& below,
                                       const std::vector<Vote>& above) {
  ops::TreeEnsembleClassifier op{.classlabels_int64s = {10, 20},
                                 .nodes_falsenodeids = {2, 0, 0},
                                 .nodes_featureids = {0, 0, 0},
                                 .nodes_modes = {"BRANCH_LEQ", "LEAF", "LEAF"},
                                 .nodes_nodeids = {0, 1, 2},
                                 .nodes_treeids = {0, 0, 0},
                                 .nodes_truenodeids = {1, 0, 0},
                                 .nodes_values = {0.5, 0, 0}};
  for (const auto* votes : {&below, &above}) {
    for (const Vote& vote : *votes) {
      op.class_treeids.push_back(0);
      op.class_nodeids.push_back(votes == &below ? 1 : 2);
      op.class_ids.push_back(vote.label);
      op.class_weights.push_back(vote.weight);
    }
  }
  return op;
}

ops::TreeEnsembleClassifier with(ops::TreeEnsembleClassifier op, ops::PostTransform transform) {
  op.post_transform = transform;
  return op;
}

OpCase classification(std::string name, ops::TreeEnsembleClassifier op, Tensor y, Tensor z) {
  return {.name = std::move(name),
          .op = std::move(op),
          .inputs = {f32({2, 1}, {1, 0})},
          .expected = {std::move(y), std::move(z)},
          .gradient = false};
}

}  // namespace

TERN_OP_TEST(TreeEnsembleClassifier) {
  using ops::PostTransform;
  const auto shares = classifier({{0, 0.2F}}, {{0, 0.7F}});
  const auto signs = classifier({{0, -0.3F}}, {{0, 0.7F}});
  const auto both = classifier({{0, 0.8F}, {1, 0.2F}}, {{0, 0.3F}, {1, 0.7F}});
  ops::TreeEnsembleClassifier three = classifier({{0, 1}, {2, 3}}, {{1, -2}});
  three.classlabels_int64s.clear();
  three.classlabels_strings = {"a", "b", "c"};
  ops::TreeEnsembleClassifier based = three;
  based.base_values = {0, 5, 1};
  ops::TreeEnsembleClassifier shifted = shares;
  shifted.base_values = {0.1F};
  const Tensor labels = i64({2}, {20, 10});
  return {
      classification("one score of shares", shares, labels, f32({2, 2}, {0.3, 0.7, 0.8, 0.2})),
      classification("one score of signs", signs, labels, f32({2, 2}, {-0.7, 0.7, 0.3, -0.3})),
      // 1 / (1 + e^0.7) = 0.3318122, 1 / (1 + e^-0.2) = 0.549834
      classification("one score, logistic", with(shares, PostTransform::kLogistic), labels,
                     f32({2, 2}, {0.3318122, 0.6681878, 0.450166, 0.549834})),
      // softmax(-0.7, 0.7): 1 / (1 + e^1.4) = 0.1978161; softmax(0.3, -0.3): 0.6456563
      classification("one score, softmax", with(signs, PostTransform::kSoftmax), labels,
                     f32({2, 2}, {0.1978161, 0.8021839, 0.6456563, 0.3543437})),
      classification("one score and a base", shifted, labels, f32({2, 2}, {0.2, 0.8, 0.7, 0.3})),
      classification("two scores", both, labels, f32({2, 2}, {0.3, 0.7, 0.8, 0.2})),
      // e^0.4 / (1 + e^0.4) = 0.5986877, e^0.6 / (1 + e^0.6) = 0.6456563
      classification("two scores, softmax", with(both, PostTransform::kSoftmax), labels,
                     f32({2, 2}, {0.4013123, 0.5986877, 0.6456563, 0.3543437})),
      // A class without a vote does not win over one with a negative score.
      classification("three classes", three, strings({2}, {"b", "c"}),
                     f32({2, 3}, {0, -2, 0, 1, 0, 3})),
      classification("base values", based, strings({2}, {"b", "b"}),
                     f32({2, 3}, {0, 3, 1, 1, 5, 4})),
      // Scores that are 0 stay 0; softmax(1, 3): 1 / (1 + e^2) = 0.1192029
      classification("softmax without zeros", with(three, PostTransform::kSoftmaxZero),
                     strings({2}, {"b", "c"}), f32({2, 3}, {0, 1, 0, 0.1192029, 0, 0.8807971})),
  };
}

// Quantiles of the normal distribution, from tables; the approximation is good to three digits.
TEST(TreeEnsembleClassifier, GivesQuantiles) {
  const auto op = with(classifier({{0, 0.975F}, {1, 0.5F}}, {{0, 0.25F}, {1, 0.9F}}),
                       ops::PostTransform::kProbit);
  const Tensor x = f32({2, 1}, {0, 1});
  const Tensor* in[] = {&x};
  const auto y = run_reference(op, in, 2);
  ASSERT_TRUE(y.ok()) << y.status().to_string();
  EXPECT_TRUE(all_close((*y)[1], f32({2, 2}, {1.959964, 0, -0.6744898, 1.281552}),
                        {.relative = 3e-3, .absolute = 1e-6}));
}

TEST(TreeEnsembleClassifier, RefusesWhatDoesNotFit) {
  const Tensor x = f32({1, 1}, {0});
  const auto refuse = [&](auto change, std::string_view part) {
    ops::TreeEnsembleClassifier op = classifier({{0, 1}}, {{1, 1}});
    change(op);
    expect_refused(op, {x}, part, 2);
  };
  refuse([](auto& op) { op.classlabels_int64s.clear(); }, "one list of them is needed");
  refuse([](auto& op) { op.classlabels_strings = {"a", "b"}; }, "2 string and 2 integer class");
  refuse([](auto& op) { op.class_ids[0] = 2; }, "a weight for target 2, there are 2");
  refuse([](auto& op) { op.base_values = {1, 2, 3}; }, "base_values has 3 entries");
  refuse([](auto& op) { op.nodes_truenodeids[0] = 5; }, "tree 0 has no node 5");
  refuse(
      [](auto& op) {
        op.nodes_values_as_tensor = i64({3}, {0, 0, 0}), op.nodes_values.clear();
      },
      "nodes_values_as_tensor is i64");
}

}  // namespace tern::testing
