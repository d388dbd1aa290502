#include "base/errors.h"
#include "ops/elementwise.h"
#include "ops/linalg/contraction.h"
#include "ops/tensor/dims.h"
#include "tern/functions.h"
#include "tern/ops/linalg.h"

namespace tern {
namespace {

constexpr TypeSet kTypes = kNumeric;

std::vector<int> ranks_of(std::span<const TypeInfo> types) {
  std::vector<int> ranks;
  for (const TypeInfo& type : types) ranks.push_back(type.rank());
  return ranks;
}

template <class T, class Reader>
ops::Labelled<T> operand(const Tensor& x, const ops::Labels& labels) {
  ops::Labelled<T> result{.labels = labels, .shape = {x.shape().begin(), x.shape().end()}};
  const Reader values(x);
  for (std::int64_t i = 0, n = x.elements(); i < n; ++i) {
    result.values.push_back(static_cast<T>(values[i]));
  }
  return result;
}

// The result with the axes of `labels` and sizes `shape`, in place of those it has.
template <class T, class Writer>
void store(const ops::Labelled<T>& result, const ops::Labels& labels, Tensor& to) {
  const Writer y(to);
  const ops::Sizes shape(to.shape().begin(), to.shape().end());
  const ops::Sizes from = ops::label_strides(result.labels, result.shape, labels);
  std::int64_t i = 0;
  ops::for_each_index(shape, from, from, from, [&](std::int64_t at, std::int64_t, std::int64_t) {
    using Stored = std::conditional_t<std::is_same_v<T, double>, double, std::int64_t>;
    y.set(i++, static_cast<Stored>(result.values[static_cast<std::size_t>(at)]));
  });
}

template <class T, class Reader, class Writer>
void compute(const ops::EinsumEquation& equation, ReferenceContext& c,
             std::span<const std::int64_t> sizes) {
  std::vector<ops::Labelled<T>> operands;
  for (std::size_t k = 0; k < c.inputs(); ++k) {
    operands.push_back(operand<T, Reader>(c.in(k), equation.operands[k]));
  }
  store<T, Writer>(ops::contract<T>(operands, equation.output, sizes), equation.output, c.out(0));
}

struct EinsumImpl {
  static constexpr std::string_view summary = "Sums of products over labelled axes.";
  static constexpr auto inputs = ops::variadic_input(kTypes);
  static constexpr auto outputs = std::array{Port{"Output", kTypes}};

  static Status infer(const ops::Einsum& op, InferContext& c) {
    for (std::size_t i = 0; i < c.in.size(); ++i) {
      if (!c.has(i)) return invalid_argument("input {} is left out", i);
    }
    TERN_ASSIGN_OR_RETURN(const ops::EinsumEquation equation,
                          ops::EinsumEquation::parse(op.equation, ranks_of(c.in)));
    TERN_ASSIGN_OR_RETURN(const std::vector<Dim> sizes, equation.sizes(c.in));
    std::vector<Dim> out;
    for (const int label : equation.output) out.push_back(sizes[static_cast<std::size_t>(label)]);
    return ops::push_output(c, c.in[0].dtype, std::move(out));
  }

  static void reference(const ops::Einsum& op, ReferenceContext& c) {
    std::vector<TypeInfo> types;
    for (std::size_t k = 0; k < c.inputs(); ++k) types.push_back(TypeInfo::of(c.in(k)));
    const auto equation = ops::EinsumEquation::parse(op.equation, ranks_of(types));
    if (!equation.ok()) return c.fail(equation.status());
    const Result<std::vector<Dim>> dims = equation->sizes(types);
    if (!dims.ok()) return c.fail(dims.status());
    ops::Sizes sizes;
    for (const Dim& dim : *dims) sizes.push_back(dim.value());
    if (is_floating(c.in(0).dtype())) {
      compute<double, FloatReader, FloatWriter>(*equation, c, sizes);
    } else {
      compute<std::uint64_t, IntReader, IntWriter>(*equation, c, sizes);
    }
  }

  static void gradient(const ops::Einsum& op, GradContext& g) {
    std::vector<Value> inputs{g.grad(0)};
    for (std::size_t k = 0; k < g.inputs(); ++k) inputs.push_back(g.input(k));
    for (std::size_t k = 0; k < g.inputs(); ++k) {
      if (!g.wants(k)) continue;
      const ops::EinsumGrad grad{.equation = op.equation, .operand = static_cast<std::int64_t>(k)};
      g.set(k, g.builder().op(grad, inputs));
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Einsum>() {
  static constexpr OpDef def = make_op<ops::Einsum, EinsumImpl>("Einsum", "ai.onnx", 12);
  return def;
}

}  // namespace tern
