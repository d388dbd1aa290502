#include <algorithm>

#include "base/errors.h"
#include "base/random.h"
#include "tern/functions.h"
#include "tern/nn.h"

namespace tern::nn {
namespace {

constexpr std::uint64_t kInitialStream = 0x696e697469616c;  // "initial", apart from other uses

// From one number per axis to ONNX's begins and ends.
void set_both_ends(std::vector<std::int64_t>& pads) {
  const std::vector<std::int64_t> begins = pads;
  pads.insert(pads.end(), begins.begin(), begins.end());
}

// Explicit pads where the size of the image does not matter, so that every reader knows them.
void set_padding(bool same, ops::Conv& conv) {
  if (!same) return set_both_ends(conv.pads);
  conv.pads.clear();
  if (std::ranges::any_of(conv.strides, [](std::int64_t stride) { return stride != 1; })) {
    conv.auto_pad = ops::AutoPad::kSameUpper;
    return;
  }
  std::vector<std::int64_t> ends;
  for (std::size_t i = 0; i < conv.kernel_shape.size(); ++i) {
    const std::int64_t total = (conv.kernel_shape[i] - 1) * conv.dilations[i];
    conv.pads.push_back(total / 2);
    ends.push_back(total - total / 2);
  }
  conv.pads.insert(conv.pads.end(), ends.begin(), ends.end());
}

}  // namespace

Value Layers::variable(std::string_view name, DType dtype, const Shape& shape,
                       Initializer initializer, double fan_in, double fan_out, bool trainable) {
  Result<Tensor> initial = make_initial(dtype, shape,
                                        {.initializer = initializer,
                                         .fan_in = fan_in,
                                         .fan_out = fan_out,
                                         .seed = options_.seed,
                                         .stream = derive_stream({kInitialStream, variables_++})});
  if (!initial.ok()) {
    builder_.fail(initial.status().with_context(name));
    return {};
  }
  return builder_.variable(name, std::move(*initial), trainable);
}

std::string Layers::name_of(std::string_view given, std::string_view kind) {
  if (!given.empty()) return std::string(given);
  return fmt::format("{}{}", kind, ++counts_[std::string(kind)]);
}

bool Layers::has_rank(Value x, std::string_view layer, int lowest, int highest) {
  if (!x.present()) return false;  // its failure is kept already
  const TypeInfo& type = x.type();
  if (!is_floating(type.dtype)) {
    builder_.fail(
        invalid_argument("{}: the input is {}, not floating", layer, to_string(type.dtype)));
    return false;
  }
  if (type.has_rank && type.rank() >= lowest && type.rank() <= highest) return true;
  builder_.fail(invalid_argument(
      "{}: the input has {} axes, {} to {} are needed", layer,
      type.has_rank ? std::to_string(type.rank()) : "an unknown number of", lowest, highest));
  return false;
}

std::int64_t Layers::size_of(Value x, int axis, std::string_view layer) {
  const Dim& dim = x.type().shape[static_cast<std::size_t>(axis)];
  if (dim.known() && dim.value() > 0) return dim.value();
  builder_.fail(invalid_argument("{}: the size of axis {} of its input is not known", layer, axis));
  return 0;
}

std::vector<std::int64_t> Layers::per_axis(Value x, const std::vector<std::int64_t>& sizes,
                                           std::string_view what, std::int64_t lowest) {
  const auto axes = static_cast<std::size_t>(x.rank() - 2);
  if (sizes.size() != 1 && sizes.size() != axes) {
    builder_.fail(
        invalid_argument("{} has {} sizes for {} spatial axes", what, sizes.size(), axes));
    return {};
  }
  for (const std::int64_t size : sizes) {
    if (size >= lowest && size <= 1'000'000) continue;
    builder_.fail(invalid_argument("{} {} is not in [{}, 1000000]", what, size, lowest));
    return {};
  }
  return sizes.size() == axes ? sizes : std::vector(axes, sizes.front());
}

Value Layers::add(Value x, const Dense& layer) {
  const std::string name = name_of(layer.name, "dense");
  if (!has_rank(x, name, 2, Shape::kMaxRank)) return {};
  const std::int64_t inputs = size_of(x, x.rank() - 1, name);
  if (inputs == 0) return {};
  if (layer.units < 1) {
    builder_.fail(invalid_argument("{}: {} units", name, layer.units));
    return {};
  }
  const auto scope = builder_.scope(name);
  const Value weight = variable("weight", x.dtype(), {inputs, layer.units}, layer.weights,
                                static_cast<double>(inputs), static_cast<double>(layer.units));
  if (!layer.bias) return matmul(x, weight);
  const Value bias = variable("bias", x.dtype(), {layer.units});
  return x.rank() == 2 ? gemm(x, weight, bias) : matmul(x, weight) + bias;
}

Value Layers::add(Value x, const Conv& layer) {
  const std::string name = name_of(layer.name, "conv");
  if (!has_rank(x, name, 3, 5)) return {};
  const std::int64_t inputs = size_of(x, 1, name);
  if (inputs == 0) return {};
  if (layer.channels < 1 || layer.groups < 1 || inputs % layer.groups != 0 ||
      layer.channels % layer.groups != 0) {
    builder_.fail(invalid_argument("{}: {} groups for {} channels in and {} out", name,
                                   layer.groups, inputs, layer.channels));
    return {};
  }
  const auto scope = builder_.scope(name);
  ops::Conv conv{.group = layer.groups};
  conv.kernel_shape = per_axis(x, layer.kernel, "kernel", 1);
  conv.strides = per_axis(x, layer.stride, "stride", 1);
  conv.dilations = per_axis(x, layer.dilation, "dilation", 1);
  conv.pads = per_axis(x, layer.padding, "padding", 0);
  if (!builder_.status().ok()) return {};
  set_padding(layer.same, conv);
  // The weights that one element of the input, or of the output, takes part in.
  double window = 1.0 / static_cast<double>(layer.groups);
  Shape shape{layer.channels, inputs / layer.groups};
  for (const std::int64_t size : conv.kernel_shape) {
    window *= static_cast<double>(size);
    shape.push_back(size);
  }
  const Value weight =
      variable("weight", x.dtype(), shape, layer.weights, window * static_cast<double>(inputs),
               window * static_cast<double>(layer.channels));
  const Value bias = layer.bias ? variable("bias", x.dtype(), {layer.channels}) : Value();
  return tern::conv(x, weight, bias, std::move(conv));
}

Value Layers::add(Value x, const BatchNorm& layer) {
  const std::string name = name_of(layer.name, "batch_norm");
  if (!has_rank(x, name, 2, Shape::kMaxRank)) return {};
  const std::int64_t channels = size_of(x, 1, name);
  if (channels == 0) return {};
  const auto scope = builder_.scope(name);
  const Value scale = variable("scale", x.dtype(), {channels}, Initializer::kOnes);
  const Value bias = variable("bias", x.dtype(), {channels});
  const Value mean = variable("mean", x.dtype(), {channels}, Initializer::kZeros, 1, 1, false);
  const Value deviation =
      variable("variance", x.dtype(), {channels}, Initializer::kOnes, 1, 1, false);
  return builder_.op(ops::BatchNormalization{.epsilon = layer.epsilon, .momentum = layer.momentum},
                     {x, scale, bias, mean, deviation});
}

Value Layers::add(Value x, const LayerNorm& layer) {
  const std::string name = name_of(layer.name, "layer_norm");
  if (!has_rank(x, name, 1, Shape::kMaxRank)) return {};
  const std::int64_t size = size_of(x, x.rank() - 1, name);
  if (size == 0) return {};
  const auto scope = builder_.scope(name);
  const Value scale = variable("scale", x.dtype(), {size}, Initializer::kOnes);
  const Value bias = variable("bias", x.dtype(), {size});
  return layer_normalization(x, scale, bias, {.epsilon = layer.epsilon});
}

template <class Pool, class Op>
Value Layers::add_pool(Value x, const Pool& layer) {
  if (!has_rank(x, "pool", 3, 5)) return {};
  Op op;
  op.kernel_shape = per_axis(x, layer.kernel, "kernel", 1);
  op.strides = per_axis(x, layer.stride.empty() ? layer.kernel : layer.stride, "stride", 1);
  op.pads = per_axis(x, layer.padding, "padding", 0);
  if (!builder_.status().ok()) return {};
  set_both_ends(op.pads);
  return builder_.op(std::move(op), {x});
}

Value Layers::add(Value x, const MaxPool& layer) {
  return add_pool<MaxPool, ops::MaxPool>(x, layer);
}

Value Layers::add(Value x, const AveragePool& layer) {
  return add_pool<AveragePool, ops::AveragePool>(x, layer);
}

Value Layers::add(Value x, const GlobalAveragePool&) {
  if (!has_rank(x, "global_average_pool", 3, Shape::kMaxRank)) return {};
  return tern::flatten(tern::global_average_pool(x));
}

Value Layers::add(Value x, const Dropout& layer) {
  if (!has_rank(x, "dropout", 1, Shape::kMaxRank)) return {};
  if (!(layer.ratio >= 0 && layer.ratio < 1)) {
    builder_.fail(invalid_argument("dropout: ratio {} is not in [0, 1)", layer.ratio));
    return {};
  }
  return builder_.op(ops::Dropout{}, {x, builder_.scalar_of(DType::kF32, layer.ratio)});
}

Value Layers::add(Value x, const Flatten&) { return x.present() ? tern::flatten(x) : Value(); }

Value Layers::add(Value x, const Reshape& layer) {
  if (!x.present()) return {};
  std::vector<std::int64_t> shape{0};  // the rows, as many as there are
  shape.insert(shape.end(), layer.shape.begin(), layer.shape.end());
  return tern::reshape(x, std::move(shape));
}

Value Layers::add(Value x, const Activate& layer) { return activate(x, layer.kind); }

Value Layers::add(Value ids, const Embedding& layer) {
  const std::string name = name_of(layer.name, "embedding");
  if (!ids.present()) return {};
  if (layer.count < 1 || layer.size < 1) {
    builder_.fail(invalid_argument("{}: {} rows of {} numbers", name, layer.count, layer.size));
    return {};
  }
  const auto scope = builder_.scope(name);
  const Value table = variable("weight", DType::kF32, {layer.count, layer.size}, layer.weights,
                               static_cast<double>(layer.count), static_cast<double>(layer.size));
  if (ids.dtype() != DType::kI32 && ids.dtype() != DType::kI64) ids = cast(ids, DType::kI64);
  return gather(table, ids);
}

Value Layers::add(Value x, const Residual& layer) {
  const auto scope = builder_.scope(name_of(layer.name, "residual"));
  const Value body = sequential(x, layer.body);
  return body + sequential(x, layer.shortcut);
}

Value Layers::sequential(Value x, std::span<const Layer> layers) {
  for (const Layer& layer : layers) x = apply(x, layer);
  return x;
}

Value Layers::apply(Value x, const Layer& layer) {
  using Alternatives = Layer::variant;
  return std::visit([&](const auto& one) { return add(x, one); },
                    static_cast<const Alternatives&>(layer));
}

std::string_view kind_of(const Layer& layer) {
  static constexpr std::string_view kKinds[] = {
      "dense",     "conv",         "batch_norm",          "layer_norm",
      "max_pool",  "average_pool", "global_average_pool", "dropout",
      "flatten",   "reshape",      "activation",          "embedding",
      "recurrent", "residual"};
  static_assert(std::size(kKinds) == std::variant_size_v<Layer::variant>);
  return kKinds[layer.index()];
}

Value activate(Value x, Activation kind) {
  if (!x.present()) return {};
  GraphBuilder& b = *x.builder();
  switch (kind) {
    case Activation::kRelu: return relu(x);
    case Activation::kLeakyRelu: return b.op(ops::LeakyRelu{}, {x});
    case Activation::kElu: return b.op(ops::Elu{}, {x});
    case Activation::kSelu: return b.op(ops::Selu{}, {x});
    case Activation::kGelu: return gelu(x);
    case Activation::kSilu: return silu(x);
    case Activation::kMish: return b.op(ops::Mish{}, {x});
    case Activation::kHardSwish: return b.op(ops::HardSwish{}, {x});
    case Activation::kSigmoid: return sigmoid(x);
    case Activation::kTanh: return tern::tanh(x);
    case Activation::kSoftplus: return softplus(x);
    case Activation::kSoftmax: return softmax(x);
    case Activation::kLogSoftmax: return log_softmax(x);
  }
  return {};
}

}  // namespace tern::nn
