// Small models that exercise what a caller sees: several inputs and outputs, mixed and unusual
// types, strings, sizes that are open or zero, operators that only other programs know.
#include "tern/model.h"
#include "tests/conformance/real_models.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tensors.h"

namespace tern::testing {
namespace {

class InterfaceCases : public RealModels {
 protected:
  static std::string path(const std::string& name) {
    return "onnx-interface-cases/" + name + ".onnx";
  }
  void expect_recorded(const std::string& name) const {
    expect_reference(path(name), "onnx-interface-cases/ort_reference/" + name);
  }
};

TEST_F(InterfaceCases, ASizeThatElementsDecide) { expect_recorded("example_0_dim_output"); }
TEST_F(InterfaceCases, AHundredProductsOfOneInput) { expect_recorded("example_big_fanout"); }
TEST_F(InterfaceCases, AnOpenSize) { expect_recorded("example_dynamic_axes"); }
TEST_F(InterfaceCases, LowRankAdaptation) { expect_recorded("example_lora"); }
TEST_F(InterfaceCases, IntegersAndDoubles) { expect_recorded("example_multitype"); }
TEST_F(InterfaceCases, Upsampling) { expect_recorded("upsample"); }

// The middle size is the sum of the first column.
TEST_F(InterfaceCases, AnOutputWithASizeOfZero) {
  expect_outputs(path("example_0_dim_output"),
                 {{"x", f32({2, 8}, {1, 2, 3, 4, 5, 6, 7, 8, -1, 2, 3, 4, 5, 6, 7, 8})}},
                 {{"y", f32({2, 0, 8}, {})}});
}

// Forty times by ten and times ten: 80 roundings of at most 2^-24 each.
TEST_F(InterfaceCases, TwoHundredMegabytesThroughEightySteps) {
  Result<Session> session = Session::load(file(path("example_big_compute")));
  ASSERT_THAT(session, IsOk());
  constexpr std::int64_t kCount = 52428800;
  Tensor x = *Tensor::uninitialized(DType::kF32, {1, kCount});
  float* const values = x.mutable_data<float>();
  for (std::int64_t i = 0; i < kCount; ++i) values[i] = static_cast<float>(i % 1021) - 510;
  const NamedTensors outputs = run_by_name(*session, {{"Input", x}});
  ASSERT_EQ(outputs.count("Output"), 1u);
  expect_close(outputs.at("Output"), x, {.rtol = 80.0 / (1 << 24), .atol = 0}, "Output");
}

TEST_F(InterfaceCases, HalfPrecisionInBrainFloatOut) {
  // 3 x of small integers is exact in both formats.
  const std::vector<double> x{-2, -1, 0, 1, 2, 3, 4, 5};
  std::vector<double> y;
  for (const double v : x) y.push_back(3 * v);
  expect_outputs(path("example_float16"), {{"InputA", of(DType::kF16, {1, 2, 2, 2}, x)}},
                 {{"OutputA", of(DType::kBF16, {1, 2, 2, 2}, y)}});
}

TEST_F(InterfaceCases, ThreeTypesInTwoShapesOut) {
  // output 1: input 1 as 10 x 10, its first element plus that of input 3; output 2: input 2 as
  // 1 x 2 x 3 x 4 x 5.
  std::vector<std::int64_t> first(100);
  std::vector<double> second(120);
  for (std::size_t i = 0; i < 100; ++i) first[i] = static_cast<std::int64_t>(i) - 50;
  for (std::size_t i = 0; i < 120; ++i) second[i] = 0.25 * static_cast<double>(i);
  std::vector<std::int64_t> sum = first;
  sum[0] += 7;
  expect_outputs(path("example_several_inputs_and_outputs"),
                 {{"input 1", i32({2, 5, 2, 5}, first)},
                  {"input 2", f32({2, 3, 20}, second)},
                  {"input 3", of(DType::kBF16, {9}, {7, 1, 2, 3, 4, 5, 6, 7, 8})}},
                 {{"output 1", i64({10, 10}, sum)}, {"output 2", f64({1, 2, 3, 4, 5}, second)}});
}

TEST_F(InterfaceCases, StringsInBothCases) {
  expect_outputs(path("example_strings"), {{"input", strings({2}, {"Straße", "ABC d"})}},
                 {{"output_lower", strings({2}, {"straße", "abc d"})},
                  {"output_upper", strings({2}, {"STRASSE", "ABC D"})}});
}

// The counts of and, document, first, is, one, second, the, third, this in each line.
TEST_F(InterfaceCases, WordsAreCounted) {
  expect_outputs(path("vectorizer"),
                 {{"string_input", strings({2}, {"This is the first document.",
                                                 "And this one: this is the third!"})}},
                 {{"variable", f32({2, 9}, {0, 1, 1, 1, 0, 0, 1, 0, 1,  //
                                            1, 0, 0, 1, 1, 0, 1, 1, 2})}});
}

TEST_F(InterfaceCases, AnInitializerIsAConstantUnlessAskedFor) {
  const NamedTensors inputs{{"Label", boolean({1, 1}, {1})}, {"F2", strings({1, 1}, {"text"})}};
  expect_outputs(path("overridable_initializer"), inputs,
                 {{"Label0", boolean({1, 1}, {1})},
                  {"F20", strings({1, 1}, {"text"})},
                  {"F11", f32({1, 1}, {0})}});
}

TEST_F(InterfaceCases, AnInitializerThatIsAnInputCanBeReplaced) {
  Result<Graph> graph =
      load_model(file(path("overridable_initializer")), {.keep_overridable_inputs = true});
  ASSERT_THAT(graph, IsOk());
  Result<Session> session = Session::create(*std::move(graph));
  ASSERT_THAT(session, IsOk());
  ASSERT_THAT(session->variables()->assign("F1", f32({1, 1}, {2.5})), IsOk());
  const NamedTensors outputs =
      run_by_name(*session, {{"Label", boolean({1, 1}, {0})}, {"F2", strings({1, 1}, {""})}});
  ASSERT_EQ(outputs.count("F11"), 1u);
  expect_close(outputs.at("F11"), f32({1, 1}, {2.5}), {}, "F11");
}

TEST_F(InterfaceCases, OperatorsOfOtherProgramsAreNamed) {
  EXPECT_THAT(load_model(file(path("copy_2_inputs_2_outputs"))),
              FailsWith(StatusCode::kUnimplemented, "CopyTensorArrayAllVariadic (test.customop"));
  EXPECT_THAT(load_model(file(path("example_needs_extensions"))),
              FailsWith(StatusCode::kUnimplemented, "StringUpper (ai.onnx.contrib"));
}

}  // namespace
}  // namespace tern::testing
