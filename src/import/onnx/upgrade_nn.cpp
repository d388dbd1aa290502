// Upgrade rules of normalisation, dropout, pooling and recurrent operators.
#include "base/errors.h"
#include "import/onnx/upgrade_rules.h"

namespace tern::onnx {

Status batch_normalization_spatial(NodeDraft& node) {
  TERN_ASSIGN_OR_RETURN(const auto spatial, node.take<std::int64_t>("spatial"));
  if (spatial.value_or(1) != 0 || !node.has_input(0)) return {};
  // Statistics per element instead of per channel are the same thing where a channel is one
  // element.
  const TypeInfo& x = node.type(0);
  if (x.has_rank && x.rank() <= 2) return {};
  return unimplemented("BatchNormalization with spatial = 0 is not supported");
}

Status batch_normalization_training(NodeDraft& node) {
  TERN_ASSIGN_OR_RETURN(const auto is_test, node.take<std::int64_t>("is_test"));
  for (std::size_t i = 3; i < node.outputs.size(); ++i) {
    if (node.wants_output(i)) {
      return unimplemented("output {} of BatchNormalization (saved statistics) is not supported",
                           node.outputs[i]);
    }
  }
  // The statistics are outputs in training only; files that are for inference do not use them.
  if (is_test.value_or(0) == 0 && (node.wants_output(1) || node.wants_output(2))) {
    node.set("training_mode", std::int64_t{1});
  }
  return {};
}

Status dropout_ratio_to_input(NodeDraft& node) {
  TERN_ASSIGN_OR_RETURN(const auto ratio, node.take<float>("ratio"));
  // Up to opset 6 the default is training; models that are exchanged mean inference all the same.
  node.remove("is_test");
  if (ratio) node.set_input(1, node.constant(Tensor::scalar<float>(*ratio)));
  return {};
}

Status group_normalization_per_channel(NodeDraft& node) {
  if (!node.has_input(0) || !node.has_input(1) || !node.has_input(2)) return {};
  const TypeInfo& x = node.type(0);
  if (!x.has_rank || x.rank() < 2 || !x.shape[1].known()) {
    return unimplemented("GroupNormalization before opset 21 needs a known number of channels");
  }
  std::int64_t groups = 0;
  for (const auto& [name, value] : node.attributes) {
    const auto* number = std::get_if<std::int64_t>(&value);
    if (name == "num_groups" && number != nullptr) groups = *number;
  }
  const std::int64_t channels = x.shape[1].value();
  if (groups < 1 || channels % groups != 0) {
    return invalid_argument("{} channels cannot be split into {} groups", channels, groups);
  }
  // One scale and one bias per group become one per channel: [G] -> [G,1] -> [G,C/G] -> [C].
  for (const std::size_t i : {std::size_t{1}, std::size_t{2}}) {
    const std::int64_t column = 1;
    const std::int64_t spread[] = {groups, channels / groups};
    const std::int64_t flat = channels;
    TERN_ASSIGN_OR_RETURN(
        ValueId value, node.add("Unsqueeze", {node.inputs[i], node.ints(std::span(&column, 1))}));
    TERN_ASSIGN_OR_RETURN(value, node.add("Expand", {value, node.ints(spread)}));
    TERN_ASSIGN_OR_RETURN(value, node.add("Reshape", {value, node.ints(std::span(&flat, 1))}));
    node.set_input(i, value);
  }
  return {};
}

Status integer_norm_order(NodeDraft& node) {
  TERN_ASSIGN_OR_RETURN(const auto p, node.take<float>("p"));
  const float order = p.value_or(2);
  if (!(order >= 1 && order <= 1000) || order != static_cast<float>(static_cast<int>(order))) {
    return unimplemented("{} with p = {} is not supported, only whole numbers from 1 are",
                         node.op_type, order);
  }
  node.set("p", static_cast<std::int64_t>(order));
  return {};
}

Status output_half_pixel(NodeDraft& node) {
  node.set("coordinate_transformation_mode", std::string("output_half_pixel"));
  return {};
}

Status drop_output_sequence(NodeDraft& node) {
  node.remove("output_sequence");
  return {};
}

}  // namespace tern::onnx
