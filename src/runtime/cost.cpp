#include "runtime/cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "tern/ops/fused_grad.h"
#include "tern/ops/math.h"
#include "tern/ops/microsoft.h"

namespace tern::runtime {
namespace {

std::vector<TensorDesc> describe(std::span<const Tensor* const> tensors) {
  std::vector<TensorDesc> descs;
  for (const Tensor* t : tensors) {
    descs.push_back(t == nullptr ? TensorDesc{} : TensorDesc{t->dtype(), t->shape()});
  }
  return descs;
}

double elements(const TensorDesc& desc) {
  return desc.present() ? static_cast<double>(desc.shape.elements()) : 0.0;
}

// Where an operator has its filter, [filters, ...]: every output element is a dot product over one.
struct FilterInput {
  std::string_view op;
  std::size_t input;
};
constexpr std::array kFilters{FilterInput{"Conv", 1},           FilterInput{"NhwcConv", 1},
                              FilterInput{"ConvInteger", 1},    FilterInput{"DeformConv", 1},
                              FilterInput{"QLinearConv", 3},    FilterInput{"NhwcConvInteger", 1},
                              FilterInput{"NhwcQLinearConv", 3}};
// Products of A, the first input, along its last axis.
constexpr std::array<std::string_view, 6> kProducts{
    "MatMul", "Gemm", "Linear", "IntegerLinear", "MatMulInteger", "QLinearMatMul"};

// Multiply-adds of `count` dot products over one filter of `filters`.
double window_products(double count, const TensorDesc& filters) {
  const double number = filters.shape.rank() > 0 ? static_cast<double>(filters.shape[0]) : 1.0;
  return number > 0 ? count * elements(filters) / number : 0.0;
}

// Length of the dot products that a product of matrices sums.
double depth_of(const Op& op, std::span<const TensorDesc> in, std::span<const TensorDesc> out) {
  const Shape& a = in[0].shape;
  if (a.rank() == 0) return 0.0;
  const auto* transposed = op.as<ops::TransposedMatMul>();
  if (transposed != nullptr && transposed->trans_a && a.rank() > 1) {
    return static_cast<double>(a[a.rank() - 2]);
  }
  if (op.is<ops::Gemm>() && out[0].shape.rank() == 2 && out[0].shape[0] > 0) {
    return elements(in[0]) / static_cast<double>(out[0].shape[0]);
  }
  return static_cast<double>(a.back());
}

// Keys that every query of an attention meets: those of this run and of its past.
double keys_of(std::span<const TensorDesc> in) {
  const auto length = [](const TensorDesc& k) {
    const int axis = k.shape.rank() == 4 ? 2 : 1;
    return k.shape.rank() > axis ? static_cast<double>(k.shape[axis]) : 0.0;
  };
  return length(in[1]) + (in.size() > 4 && in[4].present() ? length(in[4]) : 0.0);
}

// Of a node with inputs and an output; nullopt where there is no rule.
std::optional<double> multiply_adds(const Op& op, std::span<const TensorDesc> in,
                                    std::span<const TensorDesc> out) {
  const std::string_view name = op.name();
  const double results = elements(out[0]);
  const auto filter = std::ranges::find(kFilters, name, &FilterInput::op);
  if (filter != kFilters.end() && in.size() > filter->input) {
    return window_products(results, in[filter->input]);
  }
  if (std::ranges::find(kProducts, name) != kProducts.end() || op.is<ops::TransposedMatMul>()) {
    return results * depth_of(op, in, out);
  }
  if (const auto* product = op.as<ops::MatMulNBits>()) {
    return results * static_cast<double>(product->K);
  }
  if (in.size() < 2) return std::nullopt;
  if (name == "ConvTranspose") return window_products(elements(in[0]), in[1]);
  if (name == "ConvGradInput") return window_products(elements(in[0]), in[1]);
  if (name == "ConvGradWeight") return window_products(elements(in[0]), out[0]);
  if (in.size() < 3) return std::nullopt;
  if (name == "Attention" || name == "FlexAttention") {
    return keys_of(in) * (elements(in[0]) + results);
  }
  if (name == "LSTM" || name == "GRU" || name == "RNN") {
    const double steps =
        in[0].shape.rank() == 3 ? static_cast<double>(in[0].shape[0] * in[0].shape[1]) : 0.0;
    return steps * (elements(in[1]) + elements(in[2]));
  }
  return std::nullopt;
}

}  // namespace

double flops_of(const Op& op, std::span<const TensorDesc> in, std::span<const TensorDesc> out) {
  if (out.empty()) return 0.0;
  if (in.empty()) return elements(out[0]);
  const std::optional<double> products = multiply_adds(op, in, out);
  return products ? 2.0 * *products : elements(out[0]);
}

namespace {

StepProfile describe_step(const Graph& graph, const Step& step, std::vector<TensorDesc> in,
                          std::span<const TensorDesc> out) {
  const Node& node = graph.node(step.node);
  // A released constant has no tensor any more, but its type is still known.
  for (std::size_t i = 0; i < in.size() && i < node.inputs.size(); ++i) {
    const ValueId id = node.inputs[i];
    if (!in[i].present() && id != kNoValue && graph.value(id).type.concrete()) {
      in[i] = {graph.value(id).type.dtype, graph.value(id).type.concrete_shape()};
    }
  }
  StepProfile entry{.node = node.name,
                    .op = std::string(node.op.name()),
                    .kernel = std::string(step.kernel->name)};
  const auto add = [&entry](const TensorDesc& desc) {
    if (!desc.present()) return std::string("_");
    entry.bytes += static_cast<double>(storage_bytes(desc.dtype, desc.shape.elements()));
    return desc.shape.to_string();
  };
  for (const TensorDesc& desc : in) entry.shapes += add(desc) + " ";
  entry.shapes += "->";
  for (const TensorDesc& desc : out) entry.shapes.append(1, ' ').append(add(desc));
  entry.flops = flops_of(node.op, in, out);
  return entry;
}

}  // namespace

StepProfile describe_step(const Graph& graph, const Step& step, std::span<const Tensor* const> in,
                          std::span<Tensor* const> out) {
  const std::vector<const Tensor*> results(out.begin(), out.end());
  return describe_step(graph, step, describe(in), describe(results));
}

std::vector<StepProfile> describe_steps(const Program& program, const Segment& segment) {
  // Shapes by slot: inputs of the graph, then what each placement says.
  std::vector<TensorDesc> slots(program.slot_count());
  const Graph& graph = program.graph();
  for (std::size_t i = 0; i < segment.inputs.size(); ++i) {
    slots[static_cast<std::size_t>(program.slot(graph.inputs()[i]))] = segment.inputs[i];
  }
  for (const Placement& placement : segment.placements) {
    slots[static_cast<std::size_t>(placement.slot)] = placement.desc;
  }
  for (const DirectOutput& output : segment.outputs) {
    slots[static_cast<std::size_t>(output.slot)] = output.desc;
  }
  const auto desc_of = [&](const Operand& operand) -> TensorDesc {
    if (operand.fixed != nullptr) return {operand.fixed->dtype(), operand.fixed->shape()};
    return operand.slot < 0 ? TensorDesc{} : slots[static_cast<std::size_t>(operand.slot)];
  };
  std::vector<StepProfile> steps;
  for (const Step& step : segment.steps) {
    std::vector<TensorDesc> in, out;
    for (std::uint32_t i = 0; i < step.inputs + step.outputs; ++i) {
      (i < step.inputs ? in : out).push_back(desc_of(segment.operands[step.first_operand + i]));
    }
    steps.push_back(describe_step(graph, step, std::move(in), out));
  }
  return steps;
}

}  // namespace tern::runtime
