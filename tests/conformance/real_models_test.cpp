// Published networks give the outputs recorded beside them: image classifiers, a face detector,
// classical learners and recurrent layers (docs/testing.md says where they come from).
#include "tests/conformance/real_models.h"

#include <algorithm>

#include "base/file.h"
#include "inspect/verify.h"
#include "tests/support/tensors.h"

namespace tern::testing {
namespace {

std::int64_t index_of_largest(const Tensor& t) {
  const auto values = t.span<float>();
  return std::ranges::max_element(values) - values.begin();
}

TEST_F(RealModels, MnistCnn) {
  const Result<std::vector<inspect::CaseFolder>> cases =
      inspect::find_cases(file("onnx-mnist-cnn"));
  ASSERT_TRUE(cases.ok()) << cases.status().to_string();
  ASSERT_EQ(cases->size(), 1u);
  EXPECT_EQ((*cases)[0].data_sets.size(), 3u);
  const inspect::CaseResult result =
      inspect::verify_case((*cases)[0], {.rtol = 1e-3, .atol = 1e-5});
  EXPECT_EQ(result.verdict, inspect::Verdict::kPassed) << result.reason;
}

TEST_F(RealModels, MnistWithWeightsInTheFile) {
  expect_reference("onnx-mnist-external-data/mnist.onnx",
                   "onnx-mnist-external-data/ort_reference/mnist");
}

TEST_F(RealModels, MnistWithWeightsBesideTheFile) {
  expect_reference("onnx-mnist-external-data/mnist-external/mnist.onnx",
                   "onnx-mnist-external-data/ort_reference/mnist-external");
}

TEST_F(RealModels, OptimisedMnistTellsTheDigitsOfItsPictures) {
  for (const int digit : {0, 3, 5, 7}) {
    SCOPED_TRACE(digit);
    const std::string folder =
        "onnx-opt-mnist-digits/ort_reference/opt-mnist-" + std::to_string(digit);
    expect_reference("onnx-opt-mnist-digits/opt-mnist.onnx", folder);
    EXPECT_EQ(index_of_largest(npy(file(folder + "/output_0.npy"))), digit);
  }
}

TEST_F(RealModels, SingleRelu) {
  expect_outputs("onnx-opt-mnist-digits/single_relu.onnx", {{"x", f32({1, 2}, {-1, 2})}},
                 {{"y", f32({1, 2}, {0, 2})}});
}

TEST_F(RealModels, UltraFace) {
  expect_reference("onnx-ultraface-rfb/version-RFB-320.onnx",
                   "onnx-ultraface-rfb/ort_reference/version-RFB-320");
}

TEST_F(RealModels, UltraFaceSimplified) {
  expect_reference("onnx-ultraface-rfb/version-RFB-320_simplified.onnx",
                   "onnx-ultraface-rfb/ort_reference/version-RFB-320_simplified");
}

TEST_F(RealModels, UltraFaceWithoutPostProcessing) {
  expect_reference("onnx-ultraface-rfb/version-RFB-320_without_postprocessing.onnx",
                   "onnx-ultraface-rfb/ort_reference/version-RFB-320_without_postprocessing");
}

TEST_F(RealModels, TribuoCnn) {
  expect_reference("onnx-mnist-tribuo/cnn_mnist.onnx", "onnx-mnist-tribuo/ort_reference/cnn_mnist");
}

TEST_F(RealModels, TribuoLogisticRegression) {
  expect_reference("onnx-mnist-tribuo/lr_mnist.onnx", "onnx-mnist-tribuo/ort_reference/lr_mnist");
}

// Networks whose tensors come in one archive: the files in it have the names of the values.
class ArchivedTensors : public RealModels {
 protected:
  void expect_archive(const std::string& name, const std::string& input,
                      const std::string& in_archive, const std::string& output,
                      const Shape& shape) const {
    const std::string folder = "onnx-trees-and-lstm/" + name;
    const std::string tensors = unpacked(folder + "/io");
    ASSERT_TRUE(is_directory(tensors)) << tensors << " is missing: run unpack.sh (ctest does)";
    const Result<Tensor> wanted = npy(tensors + "/" + in_archive + ".npy").reshape(shape);
    ASSERT_TRUE(wanted.ok()) << wanted.status().to_string();
    expect_outputs(folder + "/model.onnx", {{input, npy(tensors + "/" + input + ".npy")}},
                   {{output, *wanted}});
  }
};

TEST_F(ArchivedTensors, AveragePoolThatCountsPadding) {
  expect_archive("averagepool_count_include_pad", "x", "y", "y", {1, 3, 1, 1});
}

// The archive knows the output by the name that the exporter gave its node.
TEST_F(ArchivedTensors, BidirectionalLstmOnBytes) {
  expect_archive("byte_sb_bidi_lstm", "input", "Add_26", "output", {2, 58, 2});
}

TEST_F(ArchivedTensors, LightGbmClassifier) {
  expect_archive("lgbm_classifier_tensor", "input", "probabilities", "probabilities", {1, 3});
}

// The archive holds what the learner says, a number a row; the standard wants one a row and target.
TEST_F(ArchivedTensors, XgBoostRegressor) {
  expect_archive("xgboost_regressor_tree", "input", "variable", "variable", {1, 1});
}

}  // namespace
}  // namespace tern::testing
