#include "runtime/cost.h"

#include <fmt/format.h>

#include <algorithm>

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

}  // namespace

double flops_of(const Op& op, std::span<const TensorDesc> in, std::span<const TensorDesc> out) {
  const std::string_view name = op.name();
  const double results = out.empty() ? 0.0 : elements(out[0]);
  if (in.size() >= 2 && (name == "Conv" || name == "NhwcConv" || name == "ConvInteger" ||
                         name == "NhwcConvInteger")) {
    // Every output element is a dot product over one filter.
    const double filters = static_cast<double>(in[1].shape.rank() > 0 ? in[1].shape[0] : 1);
    return filters > 0 ? 2.0 * results * elements(in[1]) / filters : 0.0;
  }
  if (in.size() >= 4 && (name == "QLinearConv" || name == "NhwcQLinearConv")) {
    const double filters = static_cast<double>(in[3].shape.rank() > 0 ? in[3].shape[0] : 1);
    return filters > 0 ? 2.0 * results * elements(in[3]) / filters : 0.0;
  }
  if (name == "ConvTranspose" && in.size() >= 2) {
    const double channels = static_cast<double>(in[1].shape.rank() > 0 ? in[1].shape[0] : 1);
    return channels > 0 ? 2.0 * elements(in[0]) * elements(in[1]) / channels : 0.0;
  }
  if ((name == "MatMul" || name == "Gemm" || name == "Linear" || name == "IntegerLinear" ||
       name == "MatMulInteger" || name == "QLinearMatMul") &&
      in[0].shape.rank() > 0) {
    // A transposed A of Gemm has its sums along the first axis.
    const double a = elements(in[0]);
    const double rows =
        name == "Gemm" && out[0].shape.rank() == 2
            ? static_cast<double>(out[0].shape[0])
            : a / static_cast<double>(std::max<std::int64_t>(1, in[0].shape.back()));
    return rows > 0 ? 2.0 * results * a / rows : 0.0;
  }
  if ((name == "LSTM" || name == "GRU" || name == "RNN") && in.size() >= 3) {
    const double steps =
        in[0].shape.rank() == 3 ? static_cast<double>(in[0].shape[0] * in[0].shape[1]) : 0.0;
    return 2.0 * steps * (elements(in[1]) + elements(in[2]));
  }
  return results;
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
