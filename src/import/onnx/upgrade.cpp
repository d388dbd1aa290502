#include "import/onnx/upgrade.h"

#include <algorithm>
#include <array>

#include "base/errors.h"
#include "import/onnx/upgrade_rules.h"

namespace tern::onnx {
namespace {

struct Rule {
  std::string_view op_type;
  std::int64_t below;  // applies to files of an older opset than this
  Status (*apply)(NodeDraft& node);
};

constexpr std::int64_t kAlways = kNewestOpset + 1;

/// Rules of one operator stand in the order in which they are applied, oldest first. A rule that
/// makes another operator of the node is followed by that operator's rules, if they stand below.
constexpr std::array kRules{
    Rule{"Add", 7, broadcast_by_axis},
    Rule{"And", 7, broadcast_by_axis},
    Rule{"BatchNormalization", 9, batch_normalization_spatial},
    Rule{"BatchNormalization", 14, batch_normalization_training},
    Rule{"Cast", 6, cast_by_name},
    Rule{"Clip", 11, clip_limits_to_inputs},
    Rule{"Concat", 4, concat_axis},
    Rule{"DFT", 20, dft_axis_to_input},
    Rule{"Div", 7, broadcast_by_axis},
    Rule{"Dropout", 12, dropout_ratio_to_input},
    Rule{"Equal", 7, broadcast_by_axis},
    Rule{"GRU", 7, drop_output_sequence},
    Rule{"Gemm", 7, drop_broadcast},
    Rule{"GlobalLpPool", 2, integer_norm_order},
    Rule{"Greater", 7, broadcast_by_axis},
    Rule{"GridSample", 20, grid_sample_modes},
    Rule{"GroupNormalization", 21, group_normalization_per_channel},
    Rule{"Hardmax", 13, flatten_softmax},
    Rule{"LSTM", 7, drop_output_sequence},
    Rule{"Less", 7, broadcast_by_axis},
    Rule{"LogSoftmax", 13, flatten_softmax},
    Rule{"LpPool", 2, integer_norm_order},
    Rule{"Mul", 7, broadcast_by_axis},
    Rule{"OneHot", 11, negative_index_is_off},
    Rule{"Or", 7, broadcast_by_axis},
    Rule{"PRelu", 7, slope_by_channel},
    Rule{"Pad", 2, pad_name},
    Rule{"Pad", 11, pads_to_inputs},
    Rule{"Pow", 7, broadcast_by_axis},
    Rule{"RNN", 7, drop_output_sequence},
    Rule{"ReduceL1", 18, reduce_axes_to_input},
    Rule{"ReduceL2", 18, reduce_axes_to_input},
    Rule{"ReduceLogSum", 18, reduce_axes_to_input},
    Rule{"ReduceLogSumExp", 18, reduce_axes_to_input},
    Rule{"ReduceMax", 18, reduce_axes_to_input},
    Rule{"ReduceMean", 18, reduce_axes_to_input},
    Rule{"ReduceMin", 18, reduce_axes_to_input},
    Rule{"ReduceProd", 18, reduce_axes_to_input},
    Rule{"ReduceSum", 13, reduce_axes_to_input},
    Rule{"ReduceSumSquare", 18, reduce_axes_to_input},
    Rule{"Reshape", 5, reshape_to_input},
    Rule{"Resize", 11, resize_asymmetric},
    Rule{"RoiAlign", 16, output_half_pixel},
    Rule{"Scatter", kAlways, scatter_elements},
    Rule{"Scan", 9, scan_by_batch},
    Rule{"Slice", 10, slice_to_inputs},
    Rule{"Softmax", 13, flatten_softmax},
    Rule{"Split", 13, split_to_input},
    Rule{"Split", 18, split_count},
    Rule{"Squeeze", 13, squeeze_axes_to_input},
    Rule{"Sub", 7, broadcast_by_axis},
    Rule{"Tile", 6, tile_to_repeats},
    Rule{"TopK", 10, top_k_to_input},
    Rule{"Unsqueeze", 13, squeeze_axes_to_input},
    Rule{"Upsample", 7, upsample_scales},
    Rule{"Upsample", 9, upsample_to_input},
    Rule{"Upsample", kAlways, resize_asymmetric},
    Rule{"Resize", 13, resize_tf_half_pixel},
    Rule{"Resize", kAlways, drop_empty_resize_inputs},
    Rule{"Xor", 7, broadcast_by_axis},
};

}  // namespace

Status upgrade(NodeDraft& node) {
  if (node.domain == "ai.onnx.ml" && node.op_type == "LabelEncoder" && node.opset < 2) {
    return label_encoder_classes(node);
  }
  if (node.domain != "ai.onnx") return {};
  // A hint about in-place computation that operators of opset 1 to 5 could carry.
  if (node.opset < 6) node.remove("consumed_inputs");
  for (const Rule& rule : kRules) {
    if (rule.op_type == node.op_type && node.opset < rule.below) TERN_TRY(rule.apply(node));
  }
  return {};
}

bool is_upgraded(std::string_view op_type) {
  return std::ranges::any_of(kRules, [&](const Rule& rule) {
    return upgraded_name(rule.op_type) == op_type && rule.below < kAlways;
  });
}

std::string_view upgraded_name(std::string_view op_type) {
  if (op_type == "Upsample") return "Resize";
  if (op_type == "Scatter") return "ScatterElements";
  return op_type;
}

}  // namespace tern::onnx
