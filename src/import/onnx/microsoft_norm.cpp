// com.microsoft: normalisations with the sums in front of them.
#include <numeric>

#include "base/errors.h"
#include "import/onnx/microsoft_rules.h"
#include "tern/functions.h"
#include "tern/ops/quant.h"

namespace tern::onnx {
namespace {

/// scale x / sqrt(mean(x^2) + epsilon) over the axes from `axis` on.
Value rms_normalization(Lowering& l, Value x, Value scale, std::int64_t axis, float epsilon) {
  return l.builder().op(ops::RMSNormalization{.axis = axis, .epsilon = epsilon}, {x, scale});
}

/// 1 / sqrt(mean(x^2) + epsilon) over the axes from `axis` on, in f32.
Value inverse_rms(Lowering& l, Value x, std::int64_t axis, float epsilon) {
  const int rank = l.rank(x);
  if (axis < -rank || axis >= rank) {
    return l.fail(invalid_argument("axis {} for rank {}", axis, rank));
  }
  std::vector<std::int64_t> axes(static_cast<std::size_t>(axis < 0 ? -axis : rank - axis));
  std::iota(axes.begin(), axes.end(), axis < 0 ? axis + rank : axis);
  if (x.dtype() != DType::kF32) x = cast(x, DType::kF32);
  return 1.0 / sqrt(reduce_mean(x * x, std::move(axes)) + double{epsilon});
}

void layer_norm_outputs(Lowering& l, Value x, Value scale, Value bias,
                        ops::LayerNormalization attributes) {
  const std::size_t outputs = l.wants(2) ? 3 : l.wants(1) ? 2 : 1;
  const std::vector<Value> results = l.builder().op_n(attributes, {x, scale, bias}, outputs);
  for (std::size_t i = 0; i < results.size(); ++i) l.set(i, results[i]);
}

/// GroupNorm of x, images with the channels last unless the attribute says otherwise.
Value group_normalized(Lowering& l, Value x, bool is_channels_last) {
  ops::GroupNormalization attributes;
  attributes.epsilon = l.number("epsilon", 1e-5F);
  attributes.num_groups = l.integer("groups");
  const std::int64_t activation = l.integer("activation");
  if (activation != 0 && activation != 1) {
    return l.fail(unimplemented("activation {} is not 0 or 1", activation));
  }
  const DType dtype = x.dtype();
  const Value scale = l.input(1);
  if (scale.dtype() != dtype) x = cast(x, scale.dtype());
  if (is_channels_last) x = channels_first(l, x);
  Value y = l.builder().op(attributes, {x, scale, l.input(2)});
  if (activation == 1) y = silu(y);
  if (is_channels_last) y = channels_last(l, y);
  return y.dtype() == dtype ? y : cast(y, dtype);
}

/// What EmbedLayerNormalization looks up and sums.
struct Embeddings {
  Value words, positions, segments;  // segments may be absent
};

/// Rows of a table: those that `ids` names, or the first `length` ones without them.
Value rows(Value table, Value ids, Value length) {
  if (ids.present()) return gather(table, ids);
  return slice(table, table.builder()->constant(Tensor::vector<std::int64_t>({0})), length, {0});
}

/// The number of ones of each row of the mask, zeros without a mask.
Value mask_index(Lowering& l, std::size_t mask) {
  const Value ids = l.input(0);
  if (!l.has(mask)) {
    const Value batch = size_at(l, ids, 0);
    return expand(l.builder().scalar_of(ids.dtype(), 0), batch);
  }
  return reduce_sum(cast(equal(l.input(mask), 1.0), ids.dtype()), {1}, false);
}

}  // namespace

void embed_layer_normalization(Lowering& l) {
  const Value ids = l.input(0);
  Value sum = gather(l.input(2), ids) + rows(l.input(3), l.input(8), size_at(l, ids, 1));
  if (l.has(1) != l.has(4)) {
    l.fail(invalid_argument("segment_ids and segment_embedding belong together"));
  }
  if (l.has(4)) sum = sum + gather(l.input(4), l.input(1));
  const ops::LayerNormalization attributes{.epsilon = l.number("epsilon", 1e-12F)};
  l.integer("mask_index_type");  // says what shape inference should expect
  l.set(0, l.builder().op(attributes, {sum, l.input(5), l.input(6)}));
  if (l.wants(1)) l.set(1, mask_index(l, 7));
  l.set(2, sum);
}

void q_embed_layer_normalization(Lowering& l) {
  // Tables at 2 to 4, scale and bias at 5 and 6; their scales from 8 and zero points from 13 on.
  const auto numbers = [&](Value q, std::size_t table) {
    return l.builder().op(
        ops::DequantizeLinear{},
        {q, scalar(l.input(8 + table)), l.has(13 + table) ? scalar(l.input(13 + table)) : Value()});
  };
  const Value ids = l.input(0);
  Value sum = numbers(gather(l.input(2), ids), 0) +
              numbers(rows(l.input(3), Value(), size_at(l, ids, 1)), 1);
  if (l.has(4) && l.has(1)) sum = sum + numbers(gather(l.input(4), l.input(1)), 2);
  const ops::LayerNormalization attributes{.epsilon = l.number("epsilon", 1e-12F)};
  l.set(0, l.builder().op(attributes, {sum, numbers(l.input(5), 3), numbers(l.input(6), 4)}));
  if (l.wants(1)) l.set(1, mask_index(l, 7));
}

void gated_rms_norm(Lowering& l) {
  // In f32; the scale may be shorter than the last axis, which then holds several rows.
  const Value x = l.input(0);
  const Value scale = cast(l.input(1), DType::kF32);
  const Value rows =
      concat({l.builder().constant(Tensor::vector<std::int64_t>({-1})), size_at(l, scale, 0)}, 0);
  const Value normal = rms_normalization(l, reshape(cast(x, DType::kF32), rows), scale, -1,
                                         l.number("epsilon", 1e-5F));
  const Value gate = silu(cast(l.input(2), DType::kF32));
  l.set(0, cast(reshape(normal, shape_of(x)) * gate, x.dtype()));
}

void group_norm(Lowering& l) {
  const bool is_channels_last = l.flag("channels_last", true);
  l.set(0, group_normalized(l, l.input(0), is_channels_last));
}

void skip_group_norm(Lowering& l) {
  const bool is_channels_last = l.flag("channels_last", true);
  Value skip = l.input(3);
  if (l.rank(skip) == 2)
    skip = unsqueeze(
        skip, is_channels_last ? std::vector<std::int64_t>{1, 2} : std::vector<std::int64_t>{2, 3});
  Value sum = l.input(0) + skip;
  if (l.has(4)) {
    const Value bias = l.input(4);
    sum = sum + (is_channels_last ? bias : unsqueeze(bias, {1, 2}));
  }
  l.set(0, group_normalized(l, sum, is_channels_last));
  l.set(1, sum);
}

void layer_normalization(Lowering& l) {
  ops::LayerNormalization attributes;
  attributes.axis = l.integer("axis", -1);
  attributes.epsilon = l.number("epsilon", 1e-5F);
  l.integer("stash_type");
  layer_norm_outputs(l, l.input(0), l.input(1), l.input(2), attributes);
}

void simplified_layer_normalization(Lowering& l) {
  const std::int64_t axis = l.integer("axis", -1);
  const float epsilon = l.number("epsilon", 1e-5F);
  l.integer("stash_type");
  l.set(0, rms_normalization(l, l.input(0), l.input(1), axis, epsilon));
  if (l.wants(1)) l.set(1, inverse_rms(l, l.input(0), axis, epsilon));
}

void skip_layer_normalization(Lowering& l) {
  Value sum = l.input(0) + l.input(1);
  if (l.has(4)) sum = sum + l.input(4);
  layer_norm_outputs(l, sum, l.input(2), l.input(3), {.epsilon = l.number("epsilon", 1e-12F)});
  l.set(3, sum);
}

void skip_simplified_layer_normalization(Lowering& l) {
  Value sum = l.input(0) + l.input(1);
  if (l.has(3)) sum = sum + l.input(3);
  const float epsilon = l.number("epsilon", 1e-12F);
  l.set(0, rms_normalization(l, sum, l.input(2), -1, epsilon));
  // Output 1 would be a mean, which this normalisation does not have.
  if (l.wants(2)) l.set(2, inverse_rms(l, sum, -1, epsilon));
  l.set(3, sum);
}

}  // namespace tern::onnx
