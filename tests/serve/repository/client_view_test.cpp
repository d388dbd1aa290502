#include "serve/repository/client_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/serve/signatures.h"
#include "tests/support/status_matchers.h"

namespace tern::serve {
namespace {

using testing::FailsWith;
using testing::IsOk;

Result<ClientView> view(const Signature& model, std::string_view config) {
  const Result<ModelConfig> parsed = parse_model_config(config, "c");
  EXPECT_THAT(parsed, IsOk());
  return make_client_view(model, *parsed);
}

// x f32[N,3,S] -> y f32[N]
Signature model() {
  return signature({io("x", DType::kF32, {'N', 3, 'S'})}, {io("y", DType::kF32, {'N'})});
}

TEST(ClientView, IsTheModelWithoutTensorsInTheConfiguration) {
  const auto seen = view(model(), "max_batch_size: 8");
  ASSERT_THAT(seen, IsOk());
  EXPECT_EQ(seen->signature.inputs()[0].text, "f32[N,3,S]");
  EXPECT_FALSE(seen->changes_shapes());
  EXPECT_TRUE(seen->signature.rows_are_open());
}

TEST(ClientView, DimsFixOpenSizes) {
  const auto seen = view(model(), R"(max_batch_size: 8 input { name: "x" dims: [ 3, 10 ] })");
  ASSERT_THAT(seen, IsOk());
  EXPECT_EQ(seen->signature.inputs()[0].text, "f32[?,3,10]");
  EXPECT_THAT(seen->signature.check(std::vector<Shape>{{2, 3, 10}}), IsOk());
  EXPECT_FALSE(seen->signature.check(std::vector<Shape>{{2, 3, 9}}).ok());
  const auto open = view(model(), R"(max_batch_size: 8 input { name: "x" dims: [ -1, -1 ] })");
  EXPECT_EQ(open->signature.inputs()[0].text, "f32[N,3,S]") << "the model says 3 all the same";
}

TEST(ClientView, WithoutRowsDimsAreTheWholeShape) {
  EXPECT_THAT(view(model(), R"(input { name: "x" dims: [ -1, 3, -1 ] })"), IsOk());
  EXPECT_THAT(view(model(), R"(input { name: "x" dims: [ 3, -1 ] })"),
              FailsWith(StatusCode::kInvalidArgument, "input x: sizes [3,-1], where the model is"));
}

TEST(ClientView, ReshapesChangeWhatClientsSee) {
  const auto seen = view(model(), R"(
    max_batch_size: 8
    input { name: "x" dims: [ -1, 1, 3 ] reshape { shape: [ 3, -1 ] } }
    output { name: "y" dims: [ 1 ] reshape { shape: [ ] } })");
  ASSERT_THAT(seen, IsOk());
  EXPECT_EQ(seen->signature.inputs()[0].text, "f32[?,?,1,3]");
  EXPECT_EQ(seen->signature.outputs()[0].text, "f32[?,1]");
  const Tensor in = *Tensor::zeros(DType::kF32, {2, 5, 1, 3});
  EXPECT_EQ(seen->inputs[0]->apply(in)->shape(), (Shape{2, 3, 5}));
  EXPECT_EQ(seen->inputs[0]->apply(in)->raw(), in.raw()) << "without a copy";
  EXPECT_EQ(seen->outputs[0]->apply(*Tensor::zeros(DType::kF32, {2}))->shape(), (Shape{2, 1}));
  EXPECT_FALSE(seen->outputs[0]->apply(*Tensor::zeros(DType::kF32, {2, 2})).ok());
}

TEST(ClientView, WhatDoesNotSuitTheModelIsAnError) {
  const auto invalid = [](std::string part) {
    return FailsWith(StatusCode::kInvalidArgument, std::move(part));
  };
  EXPECT_THAT(view(model(), R"(input { name: "z" })"),
              invalid("input z: the model has none of that name, only x"));
  EXPECT_THAT(view(model(), R"(output { name: "y" data_type: TYPE_FP64 })"),
              invalid("output y: its type is f64, that of the model f32"));
  EXPECT_THAT(view(model(), R"(max_batch_size: 2 input { name: "x" dims: [ 4, 10 ] })"),
              invalid("input x: sizes [4,10] behind the rows, where the model is f32[N,3,S]"));
  EXPECT_THAT(view(model(), R"(max_batch_size: 2
                               input { name: "x" dims: [ 7, -1 ] reshape { shape: [ 3, -1 ] } })"),
              invalid("different numbers of elements"));
  const Signature fixed = signature({io("x", DType::kF32, {4, 3})}, {io("y", DType::kF32, {4})});
  EXPECT_THAT(view(fixed, "max_batch_size: 2"),
              invalid("input x is f32[4,3], without the open first size that max_batch_size"));
}

TEST(EnsembleSignature, IsWhatTheConfigurationSays) {
  const auto parse = [](std::string_view text) {
    return ensemble_signature(*parse_model_config(text, "c"));
  };
  const auto seen = parse(R"(max_batch_size: 4
    input { name: "x" data_type: TYPE_FP32 dims: [ 3, -1 ] }
    output { name: "y" data_type: TYPE_INT64 dims: 1 })");
  ASSERT_THAT(seen, IsOk());
  EXPECT_EQ(seen->inputs()[0].text, "f32[?,3,?]");
  EXPECT_EQ(seen->outputs()[0].text, "i64[?,1]");
  EXPECT_THAT(parse(R"(input { name: "x" dims: 1 } output { name: "y" data_type: TYPE_FP32 })"),
              FailsWith(StatusCode::kInvalidArgument, "input x of an ensemble needs a data_type"));
  EXPECT_THAT(parse(R"(input { name: "x" data_type: TYPE_FP32 })"),
              FailsWith(StatusCode::kInvalidArgument, "an ensemble has no output"));
}

}  // namespace
}  // namespace tern::serve
