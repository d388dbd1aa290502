// Operators without a rule of their own are differentiated through their expansions; here against
// central differences.
#include <gtest/gtest.h>

#include <cmath>

#include "ops/evaluate.h"
#include "tern/autodiff.h"
#include "tern/functions.h"
#include "tern/ops/transformer.h"
#include "tests/support/tensors.h"

namespace tern {
namespace {

using testing::random_values;

Tensor any(const Shape& shape, std::uint64_t seed) {
  return random_values(DType::kF64, shape, -1, 1, seed);
}

struct Case {
  std::string name;
  Op op;
  std::vector<Tensor> inputs;  // an undefined Tensor where the node leaves the input out
  std::size_t outputs = 1;
};

// loss = sum of all outputs times fixed numbers. Floating inputs are fed, others are constants.
struct LossGraph {
  Graph loss;
  Graph backward;
  std::vector<Tensor> feeds;

  static LossGraph of(const Case& test, bool known_sizes) {
    LossGraph result;
    GraphBuilder forward("loss"), back("gradients");
    for (GraphBuilder* b : {&forward, &back}) {
      std::vector<Value> inputs, wrt;
      for (const Tensor& input : test.inputs) {
        if (!input.defined()) {
          inputs.emplace_back();
        } else if (!is_floating(input.dtype())) {
          inputs.push_back(b->constant(input));
        } else {
          TypeInfo type = TypeInfo::of(input);
          if (!known_sizes) type.shape[2] = Dim();  // the length of everything here
          inputs.push_back(b->input("in", std::move(type)));
          wrt.push_back(inputs.back());
          if (b == &forward) result.feeds.push_back(input);
        }
      }
      Value loss;
      std::size_t seed = 50;
      for (const Value& y : b->op_n(test.op, inputs, test.outputs)) {
        const Value weighed = reduce_sum(y * sin(y + static_cast<double>(++seed)), {}, false);
        loss = loss.present() ? loss + weighed : weighed;
      }
      if (b == &forward) {
        b->output("loss", loss);
      } else {
        for (const Value& d : gradients(loss, wrt)) b->output("d", d);
      }
    }
    Result<Graph> loss = forward.build(), backward = back.build();
    EXPECT_TRUE(loss.ok()) << loss.status().to_string();
    EXPECT_TRUE(backward.ok()) << backward.status().to_string();
    if (loss.ok()) result.loss = std::move(*loss);
    if (backward.ok()) result.backward = std::move(*backward);
    return result;
  }

  double at(std::size_t input, std::int64_t element, double step) const {
    std::vector<Tensor> moved = feeds;
    moved[input] = *feeds[input].clone();
    moved[input].mutable_data<double>()[element] += step;
    const auto y = evaluate(loss, moved);
    return y.ok() ? (*y)[0].data<double>()[0] : NAN;
  }
};

std::vector<Case> cases() {
  const Tensor none;
  const Tensor q = any({1, 2, 3, 2}, 1), k = any({1, 2, 4, 2}, 2), v = any({1, 2, 4, 3}, 3);
  return {
      {"plain", ops::Attention{}, {q, k, v}},
      {"all outputs", ops::Attention{.qk_matmul_output_mode = 1, .softcap = 2}, {q, k, v}, 4},
      {"causal behind past keys",
       ops::Attention{.is_causal = true},
       {q, k, v, none, any({1, 2, 2, 2}, 4), any({1, 2, 2, 3}, 5)},
       3},
      {"a mask that is added", ops::Attention{.scale = 0.7F}, {q, k, v, any({1, 1, 3, 4}, 6)}},
      {"a mask of bools that hides all keys of a query",
       ops::Attention{},
       {q, k, v, testing::boolean({3, 3}, {1, 0, 1, 0, 0, 0, 1, 1, 1})}},
      {"keys that do not count",
       ops::Attention{.is_causal = true},
       {q, k, v, none, none, none, testing::i64({1}, {3})}},
      {"heads that share", ops::FlexAttention{}, {any({1, 4, 3, 2}, 1), k, v}},
      {"packed heads",
       ops::Attention{.kv_num_heads = 1, .q_num_heads = 2},
       {any({2, 3, 4}, 1), any({2, 4, 2}, 2), any({2, 4, 3}, 3)}},
      {"convolution with a state",
       ops::CausalConvWithState{.activation = ops::CausalConvActivation::kSilu},
       {any({2, 2, 4}, 1), any({2, 1, 3}, 2), none, any({2, 2, 2}, 4)},
       2},
  };
}

TEST(Expansion, GradientsAgreeWithDifferences) {
  for (const Case& test : cases()) {
    const bool conv = test.op.is<ops::CausalConvWithState>();  // needs the size of its weights
    for (const bool known_sizes : {true, false}) {
      if (!known_sizes && (conv || test.inputs[0].rank() == 3)) continue;
      SCOPED_TRACE(test.name + (known_sizes ? "" : ", lengths unknown"));
      const LossGraph g = LossGraph::of(test, known_sizes);
      const auto gradients = evaluate(g.backward, g.feeds);
      ASSERT_TRUE(gradients.ok()) << gradients.status().to_string();
      for (std::size_t i = 0; i < g.feeds.size(); ++i) {
        SCOPED_TRACE("input " + std::to_string(i));
        ASSERT_EQ((*gradients)[i].shape(), g.feeds[i].shape());
        for (std::int64_t e = 0; e < g.feeds[i].elements(); ++e) {
          const double slope = (g.at(i, e, 1e-5) - g.at(i, e, -1e-5)) / 2e-5;
          EXPECT_NEAR((*gradients)[i].data<double>()[e], slope, 1e-6 * (1 + std::abs(slope)))
              << "element " << e;
        }
      }
    }
  }
}

}  // namespace
}  // namespace tern
