// Old operator versions arrive with today's meaning.
#include "import/onnx/upgrade.h"

#include <gtest/gtest.h>

#include "tern/functions.h"
#include "tern/ops/image.h"
#include "tests/import/onnx/model_maker.h"
#include "tests/support/status_matchers.h"

namespace tern::onnx {
namespace {

using tern::testing::describe;
using tern::testing::FailsWith;
using tern::testing::find_node;
using tern::testing::ints_of;
using tern::testing::IsOk;
using tern::testing::ModelMaker;
using tern::testing::NodeMaker;
using tern::testing::operators;
using Ints = std::vector<std::int64_t>;

/// One node on input x f32[2,3,4,5] with output y, in a model of `opset`.
class OneNode {
 public:
  OneNode(std::int64_t opset, std::string_view op, std::vector<std::string> more_inputs = {},
          std::vector<std::string> outputs = {"y"})
      : maker_(opset), node_(make(op, std::move(more_inputs), std::move(outputs))) {}

  ModelMaker& maker() { return maker_; }
  NodeMaker* operator->() { return &node_; }
  Graph import() { return maker_.import_ok(); }

 private:
  NodeMaker make(std::string_view op, std::vector<std::string> inputs,
                 std::vector<std::string> outputs) {
    maker_.input("x", DType::kF32, {2, 3, 4, 5});
    inputs.insert(inputs.begin(), "x");
    for (const std::string& output : outputs) maker_.output(output);
    return maker_.node(op, std::move(inputs), std::move(outputs));
  }

  ModelMaker maker_;
  NodeMaker node_;
};

float scalar_input(const Graph& graph, const Node& node, std::size_t i) {
  const Tensor* tensor = i < node.inputs.size() ? graph.constant(node.inputs[i]) : nullptr;
  EXPECT_TRUE(tensor != nullptr && tensor->dtype() == DType::kF32 && tensor->rank() == 0);
  return tensor != nullptr ? *tensor->data<float>() : 0;
}

TEST(Upgrade, AxesOfReductionsBecomeAnInput) {
  OneNode sum(11, "ReduceSum");
  sum->ints("axes", {1, -1}).integer("keepdims", 0);
  const Graph graph = sum.import();
  EXPECT_EQ(ints_of(graph, find_node(graph, "ReduceSum"), 1), (Ints{1, -1}));
  EXPECT_EQ(describe(graph, "y"), "f32[2,4]");
}

TEST(Upgrade, AxesOfSqueezeAndUnsqueezeBecomeAnInput) {
  OneNode unsqueeze(11, "Unsqueeze", {}, {"u"});
  unsqueeze->ints("axes", {0, 5});
  unsqueeze.maker().node("Squeeze", {"u"}, {"s"}).ints("axes", {0});
  unsqueeze.maker().output("s");
  const Graph graph = unsqueeze.import();
  EXPECT_EQ(describe(graph, "u"), "f32[1,2,3,4,5,1]");
  EXPECT_EQ(describe(graph, "s"), "f32[2,3,4,5,1]");
}

TEST(Upgrade, OldSoftmaxSpansAllAxesFromItsOwn) {
  OneNode softmax(11, "Softmax");  // axis is 1
  const Graph graph = softmax.import();
  EXPECT_EQ(operators(graph), "Shape Flatten Softmax Reshape");
  EXPECT_EQ(find_node(graph, "Softmax").op.as<ops::Softmax>()->axis, -1);
  EXPECT_EQ(describe(graph, graph.value(find_node(graph, "Softmax").outputs[0]).type), "f32[2,60]");
  EXPECT_EQ(graph.value(graph.outputs()[0]).name, "y");
}

TEST(Upgrade, OldSoftmaxOverTheLastAxisStaysOneNode) {
  OneNode softmax(11, "Softmax");
  softmax->integer("axis", 3);
  const Graph graph = softmax.import();
  EXPECT_EQ(operators(graph), "Softmax");
  EXPECT_EQ(find_node(graph, "Softmax").op.as<ops::Softmax>()->axis, -1);
}

TEST(Upgrade, NewSoftmaxKeepsItsAxis) {
  OneNode softmax(13, "Softmax");
  softmax->integer("axis", 1);
  const Graph graph = softmax.import();
  EXPECT_EQ(operators(graph), "Softmax");
  EXPECT_EQ(find_node(graph, "Softmax").op.as<ops::Softmax>()->axis, 1);
}

TEST(Upgrade, LimitsOfClipBecomeInputs) {
  OneNode clip(6, "Clip");
  clip->number("min", -1).number("max", 6);
  const Graph graph = clip.import();
  EXPECT_EQ(scalar_input(graph, find_node(graph, "Clip"), 1), -1);
  EXPECT_EQ(scalar_input(graph, find_node(graph, "Clip"), 2), 6);
}

TEST(Upgrade, ClipWithoutALowerLimitLeavesItOut) {
  OneNode clip(6, "Clip");
  clip->number("max", 6).number("min", std::numeric_limits<float>::lowest());
  const Graph graph = clip.import();
  EXPECT_EQ(find_node(graph, "Clip").inputs[1], kNoValue);
  EXPECT_EQ(scalar_input(graph, find_node(graph, "Clip"), 2), 6);
}

TEST(Upgrade, ShapeOfReshapeBecomesAnInput) {
  OneNode reshape(1, "Reshape");
  reshape->ints("shape", {6, -1}).ints("consumed_inputs", {0});
  const Graph graph = reshape.import();
  EXPECT_EQ(describe(graph, "y"), "f32[6,20]");
}

TEST(Upgrade, AnAxisOfBroadcastBecomesTrailingAxes) {
  OneNode add(6, "Add", {"b"});
  add->integer("broadcast", 1).integer("axis", 1);
  add.maker().initializer<float>("b", {3}, {1, 2, 3});
  const Graph graph = add.import();
  EXPECT_EQ(operators(graph), "Unsqueeze Add");
  EXPECT_EQ(describe(graph, graph.value(find_node(graph, "Add").inputs[1]).type), "f32[3,1,1]");
  EXPECT_EQ(describe(graph, "y"), "f32[2,3,4,5]");
}

TEST(Upgrade, SplitStatesItsCount) {
  OneNode split(11, "Split", {}, {"a", "b"});
  split->integer("axis", 0);
  const Graph graph = split.import();
  EXPECT_EQ(describe(graph, "a"), "f32[1,3,4,5]");
  EXPECT_EQ(describe(graph, "b"), "f32[1,3,4,5]");
}

TEST(Upgrade, SizesOfSplitBecomeAnInput) {
  OneNode split(11, "Split", {}, {"a", "b"});
  split->integer("axis", 3).ints("split", {1, 4});
  const Graph graph = split.import();
  EXPECT_EQ(describe(graph, "a"), "f32[2,3,4,1]");
  EXPECT_EQ(describe(graph, "b"), "f32[2,3,4,4]");
}

TEST(Upgrade, RangesOfSliceBecomeInputs) {
  OneNode slice(9, "Slice");
  slice->ints("starts", {1, 0}).ints("ends", {3, -1}).ints("axes", {1, 3});
  const Graph graph = slice.import();
  EXPECT_EQ(describe(graph, "y"), "f32[2,2,4,4]");
}

TEST(Upgrade, PadsBecomeInputs) {
  OneNode pad(2, "Pad");
  pad->ints("pads", {0, 0, 1, 1, 0, 0, 2, 2}).number("value", 7);
  const Graph graph = pad.import();
  EXPECT_EQ(describe(graph, "y"), "f32[2,3,7,8]");
  EXPECT_EQ(scalar_input(graph, find_node(graph, "Pad"), 2), 7);
}

TEST(Upgrade, RatioOfDropoutBecomesAnInputAndItsUnusedMaskGoes) {
  OneNode dropout(7, "Dropout", {}, {"y"});
  dropout->number("ratio", 0.25f);
  dropout->proto().add_output("mask");
  const Graph graph = dropout.import();
  EXPECT_EQ(scalar_input(graph, find_node(graph, "Dropout"), 1), 0.25f);
  EXPECT_EQ(find_node(graph, "Dropout").outputs.size(), 1u);
}

TEST(Upgrade, OldBatchNormalizationForInference) {
  OneNode norm(7, "BatchNormalization", {"s", "b", "m", "v"}, {"y"});
  for (const char* unused : {"mean", "var", "saved_mean", "saved_var"}) {
    norm->proto().add_output(unused);
  }
  for (const char* name : {"s", "b", "m", "v"}) {
    norm.maker().initializer<float>(name, {3}, {1, 1, 1});
  }
  const Graph graph = norm.import();
  const Node& node = find_node(graph, "BatchNormalization");
  EXPECT_EQ(node.outputs.size(), 1u);
  EXPECT_FALSE(node.op.as<ops::BatchNormalization>()->training_mode);
}

TEST(Upgrade, AnOldMeaningThatCannotBeSaidIsRefusedWithItsNode) {
  OneNode norm(7, "BatchNormalization", {"s", "b", "m", "v"});
  norm->name("bn1").integer("spatial", 0);
  for (const char* name : {"s", "b", "m", "v"}) {
    norm.maker().initializer<float>(name, {3}, {1, 1, 1});
  }
  EXPECT_THAT(norm.maker().import(),
              FailsWith(StatusCode::kUnimplemented, "node bn1 (BatchNormalization): "));
}

TEST(Upgrade, CastByName) {
  OneNode cast(1, "Cast");
  cast->text("to", "DOUBLE");
  const Graph graph = cast.import();
  EXPECT_EQ(describe(graph, "y"), "f64[2,3,4,5]");
}

TEST(Upgrade, ConcatOfOpsetOneJoinsChannels) {
  OneNode concat(1, "Concat", {"x"});
  const Graph graph = concat.import();
  EXPECT_EQ(describe(graph, "y"), "f32[2,6,4,5]");
}

TEST(Upgrade, UpsampleBecomesAnAsymmetricResize) {
  for (const std::int64_t opset : {7, 9}) {
    OneNode upsample(opset, "Upsample");
    if (opset == 7) {
      upsample->floats("scales", {1, 1, 2, 3}).text("mode", "linear");
    } else {
      upsample->proto().add_input("scales");
      upsample->text("mode", "linear");
      upsample.maker().initializer<float>("scales", {4}, {1, 1, 2, 3});
    }
    const Graph graph = upsample.import();
    EXPECT_EQ(describe(graph, "y"), "f32[2,3,8,15]");
    const auto* resize = find_node(graph, "Resize").op.as<ops::Resize>();
    EXPECT_EQ(resize->mode, ops::ResizeMode::kLinear);
    EXPECT_EQ(resize->coordinate_transformation_mode, ops::ResizeCoordinates::kAsymmetric);
  }
}

TEST(Upgrade, ResizeOfOpsetTenRoundsTowardsTheReadPixel) {
  OneNode resize(10, "Resize", {"scales"});
  resize.maker().initializer<float>("scales", {4}, {1, 1, 0.5, 0.5});
  const Graph graph = resize.import();
  EXPECT_EQ(describe(graph, "y"), "f32[2,3,2,2]");
  const auto* op = find_node(graph, "Resize").op.as<ops::Resize>();
  EXPECT_EQ(op->nearest_mode, ops::NearestMode::kCeil);
}

TEST(Upgrade, ResizeOfOpsetElevenLeavesOutWhatIsEmpty) {
  OneNode resize(11, "Resize", {"roi", "scales", "sizes"});
  resize->text("coordinate_transformation_mode", "tf_half_pixel_for_nn")
      .text("nearest_mode", "floor");
  resize.maker().initializer<float>("roi", {0}, {});
  resize.maker().initializer<float>("scales", {0}, {});
  resize.maker().initializer<std::int64_t>("sizes", {4}, {2, 3, 7, 9});
  const Graph graph = resize.import();
  EXPECT_EQ(describe(graph, "y"), "f32[2,3,7,9]");
  const Node& node = find_node(graph, "Resize");
  EXPECT_EQ(node.inputs[1], kNoValue);
  EXPECT_EQ(node.inputs[2], kNoValue);
  // Half a pixel further and rounded down is to the nearest, ties up.
  EXPECT_EQ(node.op.as<ops::Resize>()->coordinate_transformation_mode,
            ops::ResizeCoordinates::kHalfPixel);
  EXPECT_EQ(node.op.as<ops::Resize>()->nearest_mode, ops::NearestMode::kRoundPreferCeil);
}

TEST(Upgrade, TileAlongOneAxisRepeatsAll) {
  OneNode tile(1, "Tile", {"tiles", "axis"});
  tile.maker().initializer<float>("tiles", {1}, {3});
  tile.maker().initializer<float>("axis", {1}, {2});
  const Graph graph = tile.import();
  EXPECT_EQ(describe(graph, "y"), "f32[2,3,12,5]");
  EXPECT_EQ(ints_of(graph, find_node(graph, "Tile"), 1), (Ints{1, 1, 3, 1}));
}

TEST(Upgrade, CountOfTopKBecomesAnInput) {
  OneNode top(1, "TopK", {}, {"y", "i"});
  top->integer("k", 2);
  const Graph graph = top.import();
  EXPECT_EQ(describe(graph, "y"), "f32[2,3,4,2]");
  EXPECT_EQ(describe(graph, "i"), "i64[2,3,4,2]");
}

TEST(Upgrade, OldOneHotShowsNoNegativeIndex) {
  OneNode hot(9, "OneHot", {"depth", "values"});
  hot.maker().initializer<std::int64_t>("depth", {1}, {6});
  hot.maker().initializer<float>("values", {2}, {0, 1});
  const Graph graph = hot.import();
  EXPECT_EQ(describe(graph, "y"), "f32[2,3,4,5,6]");
  EXPECT_EQ(operators(graph), "Sub Less Reshape CastLike Where OneHot");
}

TEST(Upgrade, NewOneHotStaysOneNode) {
  OneNode hot(11, "OneHot", {"depth", "values"});
  hot.maker().initializer<std::int64_t>("depth", {}, {6});
  hot.maker().initializer<float>("values", {2}, {0, 1});
  EXPECT_EQ(operators(hot.import()), "OneHot");
}

TEST(Upgrade, ScatterIsScatterElements) {
  OneNode scatter(9, "Scatter", {"i", "u"});
  scatter->integer("axis", 1);
  scatter.maker().initializer<std::int64_t>("i", {1, 1, 1, 1}, {2});
  scatter.maker().initializer<float>("u", {1, 1, 1, 1}, {7});
  const Graph graph = scatter.import();
  EXPECT_EQ(find_node(graph, "ScatterElements").op.as<ops::ScatterElements>()->axis, 1);
  EXPECT_EQ(describe(graph, "y"), "f32[2,3,4,5]");
}

TEST(Upgrade, AxisOfDftBecomesAnInput) {
  ModelMaker maker(17);
  maker.input("x", DType::kF32, {2, 3, 4, 1});
  maker.node("DFT", {"x"}, {"y"}).integer("axis", 2).integer("onesided", 1);
  maker.node("DFT", {"x"}, {"z"});  // axis is 1
  maker.output("y");
  maker.output("z");
  const Graph graph = maker.import_ok();
  EXPECT_EQ(describe(graph, "y"), "f32[2,3,3,2]");
  EXPECT_EQ(describe(graph, "z"), "f32[2,3,4,2]");
}

TEST(Upgrade, GridSampleGetsTheNamesOfToday) {
  OneNode sample(16, "GridSample", {"grid"});
  sample->text("mode", "bicubic");
  sample.maker().initializer<float>("grid", {2, 1, 1, 2}, {0, 0, 0, 0});
  const Graph graph = sample.import();
  EXPECT_EQ(describe(graph, "y"), "f32[2,3,1,1]");
  EXPECT_EQ(find_node(graph, "GridSample").op.as<ops::GridSample>()->mode,
            ops::GridSampleMode::kCubic);
}

TEST(Upgrade, OldRoiAlignIsNotShifted) {
  OneNode align(10, "RoiAlign", {"rois", "images"});
  align.maker().initializer<float>("rois", {1, 4}, {0, 0, 1, 1});
  align.maker().initializer<std::int64_t>("images", {1}, {0});
  const Graph graph = align.import();
  EXPECT_EQ(find_node(graph, "RoiAlign").op.as<ops::RoiAlign>()->coordinate_transformation_mode,
            ops::RoiCoordinates::kOutputHalfPixel);
}

TEST(Upgrade, OpsetsNewerThanKnownAreRefused) {
  OneNode relu(kNewestOpset + 1, "Relu");
  EXPECT_THAT(relu.maker().import(), FailsWith(StatusCode::kUnimplemented, "opset 29 is newer"));
}

}  // namespace
}  // namespace tern::onnx
