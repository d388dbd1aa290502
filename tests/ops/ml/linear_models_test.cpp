#include "ops/ml/svm.h"
#include "tern/ops/ml.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

using ops::PostTransform;
using ops::SvmKernel;

Tensor three_examples() { return f32({3, 2}, {1, 2, -1, 0.5, 3, -3}); }

OpCase model(std::string name, Op op, Tensor x, std::vector<Tensor> expected) {
  return {.name = std::move(name),
          .op = std::move(op),
          .inputs = {std::move(x)},
          .expected = std::move(expected),
          .gradient = false};
}

// Scores (x0 + x1, x0 - 1, -x1).
ops::LinearClassifier three_classes(PostTransform transform) {
  return {.classlabels_strings = {"sum", "first", "minus"},
          .coefficients = {1, 1, 1, 0, 0, -1},
          .intercepts = {0, -1, 0},
          .post_transform = transform};
}

// One score x0 / 4 + x1 / 8 + 0.1 for the second class: 0.6, -0.0875, 0.475.
ops::LinearClassifier two_classes(PostTransform transform) {
  return {.classlabels_ints = {10, 20},
          .coefficients = {0.25F, 0.125F},
          .intercepts = {0.1F},
          .post_transform = transform};
}

}  // namespace

TERN_OP_TEST(LinearClassifier) {
  ops::LinearClassifier no_intercepts = three_classes(PostTransform::kNone);
  no_intercepts.intercepts.clear();
  const Tensor labels = strings({3}, {"sum", "sum", "minus"});
  const Tensor pair = i64({3}, {20, 10, 20});
  return {
      model("three classes", three_classes(PostTransform::kNone), three_examples(),
            {labels, f32({3, 3}, {3, 0, -2, -0.5, -2, -0.5, 0, 2, 3})}),
      // e^2 = 7.389056, e^3 = 20.08554
      model("softmax", three_classes(PostTransform::kSoftmax), f32({1, 2}, {3, -3}),
            {strings({1}, {"minus"}), f32({1, 3}, {0.0351190, 0.2594965, 0.7053845})}),
      model("softmax without zeros", three_classes(PostTransform::kSoftmaxZero),
            f32({1, 2}, {3, -3}),
            {strings({1}, {"minus"}), f32({1, 3}, {0, 0.2689414, 0.7310586})}),
      model("one example", no_intercepts, f32({2}, {1, 2}),
            {strings({1}, {"sum"}), f32({1, 3}, {3, 1, -2})}),
      model("one score for two classes", two_classes(PostTransform::kNone), three_examples(),
            {pair, f32({3, 2}, {0.4, 0.6, 1.0875, -0.0875, 0.525, 0.475})}),
      // 1 / (1 + e^-s)
      model(
          "one score, logistic", two_classes(PostTransform::kLogistic), three_examples(),
          {pair, f32({3, 2}, {0.3543437, 0.6456563, 0.5218611, 0.4781389, 0.3834335, 0.6165665})}),
      model("integers", three_classes(PostTransform::kNone), i32({1, 2}, {2, -5}),
            {strings({1}, {"minus"}), f32({1, 3}, {-3, 1, 5})}),
  };
}

TERN_OP_TEST(LinearRegressor) {
  const ops::LinearRegressor two{
      .coefficients = {1, 2, -1, 0.5F}, .intercepts = {10, 20}, .targets = 2};
  ops::LinearRegressor softmax = two;
  softmax.intercepts.clear();
  softmax.post_transform = PostTransform::kSoftmax;
  return {
      model("targets", two, three_examples(), {f32({3, 2}, {15, 20, 10, 21.25, 7, 15.5})}),
      model("one target", ops::LinearRegressor{.coefficients = {1, 2}}, f64({2}, {3, 4}),
            {f32({1, 1}, {11})}),
      // softmax(5, 0): 1 / (1 + e^-5)
      model("softmax", softmax, f32({1, 2}, {1, 2}), {f32({1, 2}, {0.9933071, 0.0066929})}),
  };
}

TEST(LinearModels, RefuseListsThatDoNotFit) {
  ops::LinearClassifier op = three_classes(PostTransform::kNone);
  expect_refused(op, {f32({1, 3}, {1, 2, 3})}, "X has 3 features, the rows of coefficients have 2",
                 2);
  op.intercepts = {1, 2};
  expect_refused(op, {three_examples()}, "intercepts has 2 entries, coefficients 3 rows", 2);
  op.coefficients.push_back(1);
  expect_refused(op, {three_examples()}, "coefficients has 7 entries, which are no 3 rows", 2);
  op.classlabels_strings.clear();
  expect_refused(op, {three_examples()}, "one list of them is needed", 2);
  const ops::LinearRegressor none{.targets = std::int64_t{1} << 50};
  expect_refused(none, {f32({1, 0}, {})}, "coefficients is empty");
  expect_refused(ops::LinearRegressor{.coefficients = {1}, .targets = 0}, {f32({1, 1}, {1})},
                 "no 0 rows");
}

namespace {

// One feature; the vectors 1, 2 and 3 are one of each class. With x the decisions are
//   0 or 1: x - 2x + 0.5, 0 or 2: 0.25x + 1.5x, 1 or 2: 2x - 3x + 5.
ops::SVMClassifier one_vector_each() {
  return {.classlabels_ints = {7, 8, 9},
          .coefficients = {1, -1, 0.5F, 0.25F, 1, -1},
          .rho = {0.5F, 0, 5},
          .support_vectors = {1, 2, 3},
          .vectors_per_class = {1, 1, 1}};
}

ops::SVMClassifier two_classes_rbf() {
  return {.classlabels_ints = {10, 20},
          .coefficients = {0.3F, 0.4F, -0.7F},
          .kernel_params = {0.5F, 0, 3},
          .kernel_type = SvmKernel::kRbf,
          .rho = {0.05F},
          .support_vectors = {1, 0, 0, 1, -1, 0.5F},
          .vectors_per_class = {2, 1}};
}

ops::SVMClassifier three_classes_poly() {
  return {.classlabels_ints = {10, 20, 30},
          .coefficients = {0.3F, 0.4F, -0.7F, 0.2F, 0.5F, -0.1F, 0.25F, -0.6F},
          .kernel_params = {0.5F, 0.2F, 2},
          .kernel_type = SvmKernel::kPoly,
          .rho = {0.05F, -0.1F, 0.2F},
          .support_vectors = {1, 0, 0, 1, -1, 0.5F, 0.3F, 0.3F},
          .vectors_per_class = {1, 2, 1}};
}

ops::SVMClassifier with(ops::SVMClassifier op, PostTransform transform) {
  op.post_transform = transform;
  return op;
}

}  // namespace

// Where no formula stands, the numbers are those of ONNX Runtime 1.30 on the same attributes.
TERN_OP_TEST(SVMClassifier) {
  ops::SVMClassifier two_shares = two_classes_rbf();
  two_shares.prob_a = {-1.5F};
  two_shares.prob_b = {0.1F};
  ops::SVMClassifier three_shares = three_classes_poly();
  three_shares.prob_a = {-1.5F, -0.5F, -2};
  three_shares.prob_b = {0.1F, 0, 0.2F};
  const ops::SVMClassifier linear{.classlabels_strings = {"a", "b", "c"},
                                  .coefficients = {0.3F, 0.4F, -0.7F, 0.2F, 0.5F, -0.1F},
                                  .rho = {0.05F, -0.1F, 0.2F}};
  const Tensor rbf = i64({3}, {10, 20, 10});
  const Tensor poly = i64({3}, {10, 20, 20});
  OpCase shares = model("three classes, probabilities", three_shares, three_examples(),
                        {poly, f32({3, 3}, {0.4431392, 0.1824672, 0.3743937,  //
                                            0.2624526, 0.4592598, 0.2782876,  //
                                            0.1077371, 0.7968176, 0.0954454})});
  return {
      // x = 1: -0.5, 1.75, 4; x = -1: 1.5, -1.75, 6. A tie goes to the first class.
      model("pairs", one_vector_each(), f32({2, 1}, {1, -1}),
            {i64({2}, {8, 7}), f32({2, 3}, {-0.5, 1.75, 4, 1.5, -1.75, 6})}),
      model("two classes", two_classes_rbf(), three_examples(),
            {rbf,
             f32({3, 2}, {-0.2069965, 0.2069965, 0.4000655, -0.4000655, -0.0504520, 0.0504520})}),
      model("two classes, logistic", with(two_classes_rbf(), PostTransform::kLogistic),
            three_examples(),
            {rbf, f32({3, 2}, {0.4484349, 0.5515651, 0.5987034, 0.4012966, 0.4873897, 0.5126103})}),
      model("two classes, probabilities", two_shares, three_examples(),
            {rbf, f32({3, 2}, {0.5523775, 0.4476226, 0.3317905, 0.6682096, 0.4939198, 0.5060802})}),
      model("three classes", three_classes_poly(), three_examples(),
            {poly, f32({3, 3}, {0.745, 0.2295, -0.1875,            //
                                -0.3184375, -0.051875, 0.3405312,  //
                                -1.34875, 1.353, 1.057625})}),
      model("three classes, softmax", with(three_classes_poly(), PostTransform::kSoftmax),
            three_examples(),
            {poly, f32({3, 3}, {0.5023181, 0.2999853, 0.1976966,  //
                                0.2359455, 0.3080195, 0.4560350,  //
                                0.0370378, 0.5520774, 0.4108849})}),
      shares,
      model("linear scores", linear, three_examples(),
            {strings({3}, {"a", "b", "c"}), f32({3, 3}, {1.15, -0.25, 0.35,  //
                                                         -0.05, 0.85, -0.5,  //
                                                         -0.25, -2.65, 1.85})}),
  };
}

TEST(SVMClassifier, CouplesPairsThatAgree) {
  // Of p = (0.5, 0.3, 0.2): p_i / (p_i + p_j).
  const std::vector<double> p = ops::couple_pairs(3, std::vector{0.625, 5.0 / 7, 0.6});
  EXPECT_NEAR(p[0], 0.5, 0.005);
  EXPECT_NEAR(p[1], 0.3, 0.005);
  EXPECT_NEAR(p[2], 0.2, 0.005);
}

TERN_OP_TEST(SVMRegressor) {
  const ops::SVMRegressor linear{.coefficients = {0.3F, 0.4F},
                                 .n_supports = 2,
                                 .rho = {0.05F},
                                 .support_vectors = {1, 0, 0, 1}};
  ops::SVMRegressor one_class = linear;
  one_class.one_class = true;
  ops::SVMRegressor sigmoid = linear;
  sigmoid.kernel_type = SvmKernel::kSigmoid;
  sigmoid.kernel_params = {0.5F, 0.1F, 3};
  return {
      model("support vectors", linear, three_examples(), {f32({3, 1}, {1.15, -0.05, -0.25})}),
      model("inside or outside", one_class, three_examples(), {f32({3, 1}, {1, -1, -1})}),
      // 0.3 tanh(0.5 x0 + 0.1) + 0.4 tanh(0.5 x1 + 0.1) + 0.05
      model("sigmoid", sigmoid, three_examples(),
            {f32({3, 1}, {0.5313145, 0.0705655, -0.0276401})}),
      model("without support vectors",
            ops::SVMRegressor{.coefficients = {0.3F, 0.4F}, .rho = {0.05F}}, three_examples(),
            {f32({3, 1}, {1.15, -0.05, -0.25})}),
  };
}

TEST(Svm, RefusesListsThatDoNotFit) {
  const Tensor x = f32({1, 1}, {1});
  const auto refuse = [&](auto change, std::string_view part) {
    ops::SVMClassifier op = one_vector_each();
    change(op);
    expect_refused(op, {x}, part, 2);
  };
  refuse([](auto& op) { op.rho.pop_back(); }, "rho has 2 entries, 3 classes make 3 pairs");
  refuse([](auto& op) { op.coefficients.pop_back(); }, "coefficients has 5 entries for 3");
  refuse([](auto& op) { op.vectors_per_class = {1, 2}; }, "vectors_per_class has 2 entries");
  refuse([](auto& op) { op.vectors_per_class = {1, -1, 3}; }, "vectors_per_class has -1");
  refuse([](auto& op) { op.vectors_per_class = {INT64_MAX, INT64_MAX, 5}; }, "vectors_per_class");
  refuse([](auto& op) { op.support_vectors = {1, 2, 3, 4, 5, 6}; }, "X has 1 features");
  refuse([](auto& op) { op.support_vectors.push_back(1); }, "which are no 3 rows");
  refuse([](auto& op) { op.prob_a = {1, 1, 1}; }, "prob_a has 3 entries, prob_b 0");
  refuse([](auto& op) { op.prob_a = op.prob_b = {1}; }, "prob_a has 1 entries");
  refuse([](auto& op) { op.kernel_params = {1}; }, "kernel_params has 1 entries");
  refuse([](auto& op) { op.classlabels_ints.clear(); }, "one list of them is needed");
  expect_refused(
      ops::SVMRegressor{
          .coefficients = {1}, .n_supports = 2, .rho = {0}, .support_vectors = {1, 2}},
      {x}, "coefficients has 1 entries, n_supports is 2");
  expect_refused(ops::SVMRegressor{.coefficients = {1}}, {x}, "rho is missing");
}

}  // namespace tern::testing
