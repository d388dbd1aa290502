// The harness itself: it must notice operators that are wrong.
#include "tests/support/op_case.h"

#include <gtest/gtest-spi.h>

#include "ops/elementwise.h"
#include "ops/evaluate.h"
#include "tern/functions.h"

namespace tern {
namespace testing {

// y = x * x, with one thing wrong at a time.
enum class Flaw : int { kNone, kValue, kGradient, kInferredSize, kDType };

struct FlawedSquare {
  Flaw flaw = Flaw::kNone;
  static constexpr auto fields = Fields{Field{"flaw", &FlawedSquare::flaw}};
};

struct FlawedSquareImpl {
  static constexpr std::string_view summary = "x * x";
  static constexpr auto inputs = ops::unary_input(kFloats);
  static constexpr auto outputs = ops::unary_output(kFloats);

  static Status infer(const FlawedSquare& op, InferContext& c) {
    c.out.push_back(c.in[0]);
    // Claims a size that it cannot know.
    if (op.flaw == Flaw::kInferredSize && !c.in[0].concrete()) c.out[0].shape[0] = Dim(7);
    return {};
  }
  static void reference(const FlawedSquare& op, ReferenceContext& c) {
    const double offset = op.flaw == Flaw::kValue ? 0.01 : 0;
    const double scale = op.flaw == Flaw::kDType && c.in(0).dtype() == DType::kF16 ? 2 : 1;
    ops::reference_unary(c, [=](double x) { return scale * x * x + offset; });
  }
  static void gradient(const FlawedSquare& op, GradContext& g) {
    g.set(0, g.grad(0) * g.input(0) * (op.flaw == Flaw::kGradient ? 1.0 : 2.0));
  }
};

}  // namespace testing

template <>
struct AttributeEnum<testing::Flaw> {
  static constexpr std::array<std::string_view, 5> names{"none", "value", "gradient", "size",
                                                         "dtype"};
};

template <>
const OpDef& def_of<testing::FlawedSquare>() {
  static constexpr OpDef def =
      make_op<testing::FlawedSquare, testing::FlawedSquareImpl>("FlawedSquare", "test", 1);
  return def;
}

namespace testing {
namespace {

int failures_of(Flaw flaw) {
  ::testing::TestPartResultArray results;
  {
    ::testing::ScopedFakeTestPartResultReporter reporter(
        ::testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &results);
    check_op_cases(def_of<FlawedSquare>(), {{.name = "squares",
                                             .op = FlawedSquare{flaw},
                                             .inputs = {f32({3}, {1, 2, 3})},
                                             .expected = {f32({3}, {1, 4, 9})}}});
  }
  return results.size();
}

TEST(OpHarness, AcceptsACorrectOperator) { EXPECT_EQ(failures_of(Flaw::kNone), 0); }
TEST(OpHarness, NoticesAWrongValue) { EXPECT_GT(failures_of(Flaw::kValue), 0); }
TEST(OpHarness, NoticesAWrongGradient) { EXPECT_GT(failures_of(Flaw::kGradient), 0); }
TEST(OpHarness, NoticesWrongInference) { EXPECT_GT(failures_of(Flaw::kInferredSize), 0); }
TEST(OpHarness, NoticesOneWrongDType) { EXPECT_GT(failures_of(Flaw::kDType), 0); }

TEST(AllClose, ComparesByTheRulesOfTheDType) {
  EXPECT_TRUE(all_close(f32({2}, {1, NAN}), f32({2}, {1.000001, NAN})));
  EXPECT_FALSE(all_close(f32({1}, {1}), f32({1}, {1.001})));
  EXPECT_FALSE(all_close(f32({1}, {INFINITY}), f32({1}, {-INFINITY})));
  EXPECT_FALSE(all_close(f32({1}, {1}), f64({1}, {1})));
  EXPECT_FALSE(all_close(f32({1}, {1}), f32({1, 1}, {1})));
  EXPECT_FALSE(all_close(i64({1}, {(1LL << 60) + 1}), i64({1}, {1LL << 60})));
  EXPECT_TRUE(all_close(of(DType::kBF16, {1}, {1}), of(DType::kBF16, {1}, {1.0078125})));
}

TEST(Evaluate, RunsAGraphAndNamesTheNodeThatFails) {
  GraphBuilder b("g");
  const Value x = b.input("x", DType::kF32, {"n"});
  b.output("y", relu(x + b.constant(f32({2}, {1, -5}))) * 3.0);
  const Result<Graph> graph = b.build();
  ASSERT_TRUE(graph.ok()) << graph.status().to_string();
  const std::vector<Tensor> good{f32({2}, {1, 2})};
  const auto y = evaluate(*graph, good);
  ASSERT_TRUE(y.ok()) << y.status().to_string();
  EXPECT_TRUE(all_close((*y)[0], f32({2}, {6, 0})));
  const std::vector<Tensor> bad{f32({3}, {1, 2, 3})};
  EXPECT_EQ(evaluate(*graph, bad).status().message(),
            "node Add (Add): sizes 3 and 2 do not broadcast");
  EXPECT_FALSE(evaluate(*graph, {}).ok());
}

}  // namespace
}  // namespace testing
}  // namespace tern
