#include <algorithm>

#include "base/errors.h"
#include "ops/linalg/contraction.h"
#include "ops/reference.h"
#include "tern/ops/linalg.h"

namespace tern {
namespace {

// The size of `label` in an operand, 0 where it lacks it.
std::int64_t size_in(const ops::Labels& labels, const Shape& shape, int label) {
  std::int64_t size = 0;
  for (std::size_t axis = 0; axis < labels.size(); ++axis) {
    if (labels[axis] == label) size = std::max(size, shape[static_cast<int>(axis)]);
  }
  return size;
}

ops::Labelled<double> operand(const Tensor& x, const ops::Labels& labels) {
  return {.labels = labels, .shape = {x.shape().begin(), x.shape().end()}, .values = read_f64(x)};
}

struct EinsumGradImpl {
  static constexpr std::string_view summary = "Gradient of Einsum with respect to one input.";
  static constexpr auto inputs =
      std::array{Port{"dY", kFloats}, Port{"Inputs", kFloats, PortKind::kVariadic}};
  static constexpr auto outputs = std::array{Port{"dX", kFloats}};

  static Status infer(const ops::EinsumGrad& op, InferContext& c) {
    const auto operands = static_cast<std::int64_t>(c.in.size()) - 1;
    if (op.operand < 0 || op.operand >= operands) {
      return invalid_argument("operand {} of {}", op.operand, operands);
    }
    std::vector<int> ranks;
    for (std::size_t k = 1; k < c.in.size(); ++k) {
      if (!c.has(k)) return invalid_argument("input {} is left out", k);
      ranks.push_back(c.in[k].rank());
    }
    TERN_ASSIGN_OR_RETURN(const ops::EinsumEquation equation,
                          ops::EinsumEquation::parse(op.equation, ranks));
    TERN_ASSIGN_OR_RETURN(const auto sizes, equation.sizes(std::span(c.in).subspan(1)));
    if (equation.output.size() != c.in[0].shape.size()) {
      return invalid_argument("dY has rank {}, not {}", c.in[0].rank(), equation.output.size());
    }
    c.out.push_back(c.in[static_cast<std::size_t>(op.operand) + 1]);
    return {};
  }

  static void reference(const ops::EinsumGrad& op, ReferenceContext& c) {
    std::vector<int> ranks;
    std::vector<TypeInfo> types;
    for (std::size_t k = 1; k < c.inputs(); ++k) {
      ranks.push_back(c.in(k).rank());
      types.push_back(TypeInfo::of(c.in(k)));
    }
    const auto equation = ops::EinsumEquation::parse(op.equation, ranks);
    if (!equation.ok()) return c.fail(equation.status());
    const auto dims = equation->sizes(types);
    if (!dims.ok()) return c.fail(dims.status());
    ops::Sizes sizes;
    for (const Dim& dim : *dims) sizes.push_back(dim.value());
    if (ops::label_shape(equation->output, sizes) !=
        ops::Sizes(c.in(0).shape().begin(), c.in(0).shape().end())) {
      return c.fail(
          invalid_argument("dY {} is not of Einsum's shape", c.in(0).shape().to_string()));
    }

    // The other operands and dY, summed over all that this operand does not have; an axis of size 1
    // that was broadcast counts as not had.
    const auto own = static_cast<std::size_t>(op.operand);
    std::vector<ops::Labelled<double>> operands{operand(c.in(0), equation->output)};
    for (std::size_t k = 0; k < ranks.size(); ++k) {
      if (k != own) operands.push_back(operand(c.in(k + 1), equation->operands[k]));
    }
    const ops::Labels& labels = equation->operands[own];
    const Shape& shape = c.in(own + 1).shape();
    const ops::Labels unique = ops::joined(labels, {});
    ops::Labels kept;
    ops::Sizes own_sizes;
    for (const int label : unique) {
      own_sizes.push_back(size_in(labels, shape, label));
      if (own_sizes.back() == sizes[static_cast<std::size_t>(label)]) kept.push_back(label);
    }
    const auto sums = ops::contract<double>(operands, kept, sizes);

    std::vector<double> dx(static_cast<std::size_t>(shape.elements()), 0.0);
    ops::for_each_index(
        own_sizes, ops::label_strides(labels, shape.dims(), unique),
        ops::label_strides(sums.labels, sums.shape, unique), ops::Sizes(unique.size(), 0),
        [&](std::int64_t to, std::int64_t from, std::int64_t) {
          dx[static_cast<std::size_t>(to)] = sums.values[static_cast<std::size_t>(from)];
        });
    write_f64(dx, c.out(0));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::EinsumGrad>() {
  static constexpr OpDef def = make_op<ops::EinsumGrad, EinsumGradImpl>("EinsumGrad", "tern", 1);
  return def;
}

}  // namespace tern
