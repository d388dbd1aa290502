// The rules behind upgrade(): each rewrites one operator from an old meaning to the next newer one
// that differs. upgrade.cpp says which rule is for which versions.
#pragma once

#include "import/onnx/node_draft.h"

namespace tern::onnx {

// -- math
Status broadcast_by_axis(NodeDraft& node);  // Add ... Xor of opset 6: B stands at an axis of A
Status cast_by_name(NodeDraft& node);       // the element type was a string
Status clip_limits_to_inputs(NodeDraft& node);
Status drop_broadcast(NodeDraft& node);   // Gemm of opset 6 always broadcasts C
Status flatten_softmax(NodeDraft& node);  // Softmax, LogSoftmax, Hardmax over a matrix
Status reduce_axes_to_input(NodeDraft& node);
Status slope_by_channel(NodeDraft& node);  // PRelu
Status top_k_to_input(NodeDraft& node);

// -- neural networks
Status batch_normalization_spatial(NodeDraft& node);
Status batch_normalization_training(NodeDraft& node);
Status dropout_ratio_to_input(NodeDraft& node);
Status group_normalization_per_channel(NodeDraft& node);
Status integer_norm_order(NodeDraft& node);  // p of LpPool and GlobalLpPool was a float
Status output_half_pixel(NodeDraft& node);   // RoiAlign
Status drop_output_sequence(NodeDraft& node);

// -- tensors
Status concat_axis(NodeDraft& node);
Status dft_axis_to_input(NodeDraft& node);
Status drop_empty_resize_inputs(NodeDraft& node);
Status grid_sample_modes(NodeDraft& node);
Status negative_index_is_off(NodeDraft& node);  // OneHot
Status pad_name(NodeDraft& node);
Status pads_to_inputs(NodeDraft& node);
Status reshape_to_input(NodeDraft& node);
Status resize_asymmetric(NodeDraft& node);
Status resize_tf_half_pixel(NodeDraft& node);
Status scan_by_batch(NodeDraft& node);
Status scatter_elements(NodeDraft& node);
Status slice_to_inputs(NodeDraft& node);
Status split_count(NodeDraft& node);
Status split_to_input(NodeDraft& node);
Status squeeze_axes_to_input(NodeDraft& node);
Status tile_to_repeats(NodeDraft& node);
Status upsample_scales(NodeDraft& node);
Status upsample_to_input(NodeDraft& node);

// -- ai.onnx.ml
Status label_encoder_classes(NodeDraft& node);  // opset 1: places in a list of strings

}  // namespace tern::onnx
